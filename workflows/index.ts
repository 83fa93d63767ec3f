/** The workflow types of this product; Temporal's SDK bundles from here. */
export { clearNumber } from './clear-number.ts'
export { deliverEvent } from './deliver-event.ts'
export { endpointDisabled } from './endpoint-disabled.ts'
export { endpointFailing } from './endpoint-failing.ts'
export { login } from './login.ts'
