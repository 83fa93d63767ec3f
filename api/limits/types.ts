/** What the routes ask of the limits and of the kill switch; `platform/limits` keeps these promises. */
import type { Admission, Sending } from '../../domain/limits.ts'

/** None of these rejects: a store that does not answer is `unavailable`. */
export type Limits = {
  /** Whether this address has been refused so often that nothing is looked up for it any more. Counts nothing. */
  mayAsk(address: string | undefined): Promise<Admission>
  countRefusal(address: string | undefined): Promise<void>
  admitStart(start: Sending & { readonly e164: string }): Promise<Admission>
  admitResend(resend: Sending): Promise<Admission>
}
