/** What a caller is told by the limits. */
import type { Admission, LimitReason, Quota } from '../../domain/limits.ts'
import type { Caller } from '../client-view.ts'
import { problem, type Answering } from '../problem.ts'
import { answerUnavailable } from '../routes/answers.ts'

const details: Readonly<Record<LimitReason, string>> = {
  address: 'Too many requests for this address; see Retry-After.',
  app: 'Your app starts too many logins; see Retry-After.',
  country: 'No more codes are sent to this country for now; see Retry-After.',
  prefix: 'No more codes are sent to this range of numbers for now; see Retry-After.',
  'app-day': "Your app's sends are used up for now; see Retry-After.",
  'all-day': 'No more codes are sent for now; see Retry-After.',
}

/** A login's holder learns that it is too much, and not whose (ENUM-5). */
export function answerAdmission(
  c: Answering,
  admission: Exclude<Admission, { outcome: 'granted' }>,
  caller: Caller = 'app',
) {
  if (admission.outcome === 'unavailable') return answerUnavailable(c)
  const { reason, retryAfterSeconds } = admission
  if (caller === 'client') {
    return problem(c, 'too-many-requests', 'No more can be sent for now.', {
      reason: 'limit',
      retryAfterSeconds,
    })
  }
  return problem(c, 'too-many-requests', details[reason], { reason, retryAfterSeconds })
}

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers) about the app's own quotas. They are for the
 * app's key only: a browser learns nothing of what others use (ENUM-5).
 */
export function tellQuotas(c: Answering, admission: Admission | undefined): void {
  if (admission === undefined || admission.outcome === 'unavailable') return
  const { quotas } = admission
  if (quotas.length === 0) return
  const list = (format: (quota: Quota) => string) => quotas.map(format).join(', ')
  c.header(
    'RateLimit-Policy',
    list(({ name, most, seconds }) => `"${name}";q=${most};w=${seconds}`),
  )
  c.header(
    'RateLimit',
    list(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`),
  )
}

/** For what was admitted and then refused after all. */
export async function givenBack(admission: Admission | undefined): Promise<void> {
  if (admission?.outcome === 'granted') await admission.giveBack()
}

/** Nothing says which block it is: that is the operator's. */
export function answerBlocked(c: Answering) {
  return problem(c, 'phone-not-allowed', 'Sending has been stopped here by an operator.', {
    reason: 'blocked',
  })
}
