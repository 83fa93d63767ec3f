/** What a caller is told by the limits. */
import type { Block } from '../../domain/blocks.ts'
import type { Admission, LimitReason } from '../../domain/limits.ts'
import type { Caller } from '../client-view.ts'
import { problem } from '../problem.ts'
import { answerUnavailable } from '../routes/answers.ts'
import { noteLimit, wordOf, type Limited } from './note.ts'

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
  c: Limited,
  admission: Exclude<Admission, { outcome: 'granted' }>,
  caller: Caller = 'app',
) {
  if (admission.outcome === 'unavailable') return answerUnavailable(c)
  const { reason, retryAfterSeconds } = admission
  noteLimit(c, reason)
  if (caller === 'client') {
    return problem(c, 'too-many-requests', 'No more can be sent for now.', {
      reason: 'limit',
      retryAfterSeconds,
    })
  }
  return problem(c, 'too-many-requests', details[reason], { reason, retryAfterSeconds })
}

/** For what was admitted and then refused after all. */
export async function givenBack(admission: Admission | undefined): Promise<void> {
  if (admission?.outcome === 'granted') await admission.giveBack()
}

/** Nothing says which block it is: that is the operator's. Without `block` it is one that the worker knew of. */
export function answerBlocked(c: Limited, block?: Block) {
  noteLimit(c, block === undefined ? 'block' : wordOf(block))
  return problem(c, 'phone-not-allowed', 'Sending has been stopped here by an operator.', {
    reason: 'blocked',
  })
}
