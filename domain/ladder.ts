/** What follows when a message does not arrive: a setting of the app, fixed when a login starts. */
import { decideSend, type Budget, type Purpose } from './budget.ts'
import type { Channel } from './login.ts'
import type { Policy } from './policy.ts'

export type Ladder = {
  /** `offer`: the app is told that a call may be asked for. `call`: the call is made, as a resend of this login. */
  readonly whenUndelivered: 'nothing' | 'offer' | 'call'
  /** No receipt within this counts as undelivered, in seconds, 0–300; 0, the default: it does not. */
  readonly receiptWaitSeconds: number
}

export const defaultLadder: Ladder = { whenUndelivered: 'offer', receiptWaitSeconds: 0 }

/** A call rings and reads the code out: one that began nearer to the deadline would come too late, in ms. */
const ROOM_FOR_A_CALL_MS = 10_000

/** What a call is decided on. Times are milliseconds since the epoch. */
export type CallTerms = {
  readonly resendsLeft: number
  readonly deadline: number
  readonly budget: Budget
  readonly purpose: Purpose
  readonly policy: Policy
}

/** Why no call can be made in this login; `called_before`: the ladder calls once. */
const callRefusals = [
  'no_resends_left',
  'deadline_too_near',
  'called_before',
  'budget_sends',
  'budget_enrolment_sends',
] as const
export type CallRefusal = (typeof callRefusals)[number]

/** Whether the `cause` of `login.undelivered` says why no call follows, and not why the message did not arrive. */
export const isCallRefusal = (cause: string) => callRefusals.some((refusal) => refusal === cause)

/** When a call may be made, the interval since the last message included; or why none may. */
export function decideCall(
  { resendsLeft, deadline, budget, purpose, policy }: CallTerms,
  now: number,
): { readonly at: number } | { readonly refusal: CallRefusal } {
  if (resendsLeft <= 0) return { refusal: 'no_resends_left' }
  const decision = decideSend(budget, purpose, now, policy)
  const at = decision.outcome === 'granted' ? now : decision.denial.retryAt
  if (at !== undefined && at + ROOM_FOR_A_CALL_MS <= deadline) return { at }
  const reason = decision.outcome === 'denied' ? decision.denial.reason : 'interval'
  if (reason === 'sends' || reason === 'enrolment_sends') return { refusal: `budget_${reason}` }
  return { refusal: 'deadline_too_near' }
}

/** What `login.undelivered` says of it. */
export type LadderStep = { readonly next?: 'call_offered' | 'call_made'; readonly cause?: CallRefusal }

export type Undelivered = {
  /** What did not arrive. Nothing follows on a call. */
  readonly channel: Channel
  /** The ladder calls once in a login. */
  readonly hasCalled: boolean
  /** The provider has blocked the number: nothing more is sent to it of our own accord (FRD-10). */
  readonly isBlocked: boolean
}

/** The step that follows. A `cause` says why the app's ladder does not go on; without it, none was wanted. */
export function decideLadder(
  { whenUndelivered }: Ladder,
  { channel, hasCalled, isBlocked }: Undelivered,
  terms: CallTerms,
  now: number,
): LadderStep {
  if (whenUndelivered === 'nothing' || channel === 'call' || isBlocked) return {}
  if (whenUndelivered === 'call' && hasCalled) return { cause: 'called_before' }
  const call = decideCall(terms, now)
  if ('refusal' in call) return { cause: call.refusal }
  return { next: whenUndelivered === 'call' ? 'call_made' : 'call_offered' }
}
