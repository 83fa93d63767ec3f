/** The workflow types of this product; Temporal's SDK bundles from here. */
export { login } from './login.ts'
