/** The workflow types of this product; Temporal's SDK bundles from here. */
export { clearNumber } from './clear-number.ts'
export { deliverEvent, endpointDisabled } from './deliver-event.ts'
export { login } from './login.ts'
