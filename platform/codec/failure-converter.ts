/** Bundled with the workflows and loaded by path in clients and workers, hence the name that Temporal asks for. */
import { DefaultFailureConverter } from '@temporalio/common'

/** Messages and stack traces become a payload, and so are sealed by the codec; failure types stay readable (PII-3). */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true })
