/**
 * A number's budget: what it may still cost, and what was guessed at it.
 *
 * It belongs to the number, not to a login, and travels from run to run in the memo (design idea 4).
 * Pure: times are milliseconds since the epoch and come from the caller.
 */
import type { Policy, SendLimit } from './policy.ts'

export type Purpose = 'login' | 'enrolment'

/** Consecutive failed checks, and when the last one was charged. */
export type Failures = { readonly count: number; readonly lastAt: number }

export type Budget = {
  /** Each send of the last 24 h, oldest first: when it was charged, and once it is over, when that was. */
  readonly sends: readonly number[]
  /** Those of `sends` that were enrolments. */
  readonly enrolmentSends: readonly number[]
  /** No send before this time: the end of the last one plus the resend interval. */
  readonly earliestSendAt: number
  readonly failures: Failures
  /** Failures of enrolments delay enrolments only: whoever enrols may be a stranger to the number. */
  readonly enrolmentFailures: Failures
}

/** Why a number may not be sent to now. `retryAt` is absent when only an operator can help. */
export type Denial = {
  readonly reason: 'interval' | 'sends' | 'enrolment_sends' | 'failures' | 'enrolment_failures' | 'disabled'
  readonly retryAt?: number
}

type TimedDenial = Denial & { readonly retryAt: number }

export type Decision =
  | { readonly outcome: 'granted'; readonly budget: Budget }
  | { readonly outcome: 'denied'; readonly denial: Denial }

const DAY_MS = 86_400_000
/** Failures before the first wait (ATT-7). */
const FREE_FAILURES = 5
/** Consecutive failures that disable a number until an operator clears it (ATT-2, NIST SP 800-63B-4 3.2.2). */
export const DISABLING_FAILURES = 100

const none: Failures = { count: 0, lastAt: 0 }

export const freshBudget: Budget = {
  sends: [],
  enrolmentSends: [],
  earliestSendAt: 0,
  failures: none,
  enrolmentFailures: none,
}

/** A budget as the memo gave it back; `undefined` when it is not one, which must never be taken for a fresh one. */
export function parseBudget(value: unknown): Budget | undefined {
  const isTime = (at: unknown) => typeof at === 'number' && Number.isFinite(at)
  const isTimes = (times: unknown) => Array.isArray(times) && times.every(isTime)
  const isFailures = (failures: unknown) => {
    if (typeof failures !== 'object' || failures === null) return false
    const { count, lastAt } = failures as Record<string, unknown>
    return Number.isInteger(count) && Number(count) >= 0 && isTime(lastAt)
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { sends, enrolmentSends, earliestSendAt, failures, enrolmentFailures } = value as Record<
    string,
    unknown
  >
  const isBudget =
    isTimes(sends) &&
    isTimes(enrolmentSends) &&
    isTime(earliestSendAt) &&
    isFailures(failures) &&
    isFailures(enrolmentFailures)
  return isBudget ? (value as Budget) : undefined
}

/** What of a budget still counts: sends of the last 24 h, and failures that have not faded. */
export function budgetAt(budget: Budget, now: number): Budget {
  return {
    ...budget,
    sends: recent(budget.sends, now),
    enrolmentSends: recent(budget.enrolmentSends, now),
    failures: recentFailures(budget, 'login', now),
    enrolmentFailures: recentFailures(budget, 'enrolment', now),
  }
}

/** How many more messages the number's windows have room for now; the interval and the waits apart. */
export function sendsLeft(budget: Budget, now: number, policy: Policy): number {
  const room = policy.sendLimits.map(
    ({ sends, seconds }) => sends - budget.sends.filter((at) => at > now - seconds * 1000).length,
  )
  return Math.max(0, Math.min(...room))
}

/** May a login start, and with what budget: `granted` carries the budget already charged with the send to come. */
export function decideStart(budget: Budget, purpose: Purpose, now: number, policy: Policy): Decision {
  if (isDisabled(budget)) return { outcome: 'denied', denial: { reason: 'disabled' } }
  const denials = [...failureDenials(budget, purpose, now), ...sendDenials(budget, purpose, now, policy)]
  return decide(denials, budget, purpose, now, policy)
}

/** May one more message go out inside a granted login; the waits after failures do not apply to it. */
export function decideSend(budget: Budget, purpose: Purpose, now: number, policy: Policy): Decision {
  return decide(sendDenials(budget, purpose, now, policy), budget, purpose, now, policy)
}

/** Of several denials the one that lasts longest is told, so that at its `retryAt` nothing else stands in the way. */
function decide(
  denials: readonly TimedDenial[],
  budget: Budget,
  purpose: Purpose,
  now: number,
  policy: Policy,
): Decision {
  const denial = denials.toSorted((a, b) => b.retryAt - a.retryAt)[0]
  if (denial) return { outcome: 'denied', denial }
  return { outcome: 'granted', budget: chargeSend(budget, purpose, now, policy) }
}

function sendDenials(budget: Budget, purpose: Purpose, now: number, policy: Policy): readonly TimedDenial[] {
  const denials: TimedDenial[] = []
  if (now < budget.earliestSendAt) denials.push({ reason: 'interval', retryAt: budget.earliestSendAt })
  for (const limit of policy.sendLimits) denyOver(denials, 'sends', budget.sends, limit, now)
  if (purpose === 'enrolment') {
    for (const limit of policy.enrolmentSendLimits) {
      denyOver(denials, 'enrolment_sends', budget.enrolmentSends, limit, now)
    }
  }
  return denials
}

/** The interval counts from the end of a send, and so do the windows: a slow one is not followed too soon. */
export function sendEnded(budget: Budget, purpose: Purpose, now: number, policy: Policy): Budget {
  const counted = sendMayHaveLeft(budget, purpose, now)
  return { ...counted, earliestSendAt: now + policy.resendIntervalSeconds * 1000 }
}

/** The newest send may have left as late as now, however long ago it was charged: so the windows count it. */
export function sendMayHaveLeft(budget: Budget, purpose: Purpose, now: number): Budget {
  const moved = (sends: readonly number[]) => sends.map((at, i) => (i === sends.length - 1 ? now : at))
  const enrolmentSends = purpose === 'enrolment' ? moved(budget.enrolmentSends) : budget.enrolmentSends
  return { ...budget, sends: moved(budget.sends), enrolmentSends }
}

/** Gives a send back that certainly never left; the interval still counts, so that trouble is not hammered at. */
export function sendNeverHappened(budget: Budget, purpose: Purpose): Budget {
  const enrolmentSends = purpose === 'enrolment' ? budget.enrolmentSends.slice(0, -1) : budget.enrolmentSends
  return { ...budget, sends: budget.sends.slice(0, -1), enrolmentSends }
}

/** Counts one check before it is made; `checkNeverHappened` gives it back (ATT-5, ATT-6). */
export function chargeCheck(budget: Budget, purpose: Purpose, now: number): Budget {
  const failures = recentFailures(budget, purpose, now)
  return withFailures(budget, purpose, { count: failures.count + 1, lastAt: now })
}

/** `before` is the budget that the check was charged to. */
export function checkNeverHappened(budget: Budget, purpose: Purpose, before: Budget): Budget {
  return withFailures(budget, purpose, failuresOf(before, purpose))
}

/** Only a success resets (ATT-3). An enrolment proves the number to its app, so it resets enrolments only. */
export function checkSucceeded(budget: Budget, purpose: Purpose): Budget {
  const cleared = withFailures(budget, 'enrolment', none)
  return purpose === 'login' ? withFailures(cleared, 'login', none) : cleared
}

/** What an operator's `clear` leaves: no failures; the sends stay counted. */
export function clearFailures(budget: Budget): Budget {
  return { ...budget, failures: none, enrolmentFailures: none }
}

/** A disabled number stays so until an operator clears it; this does not fade. */
export function isDisabled(budget: Budget): boolean {
  return budget.failures.count >= DISABLING_FAILURES
}

/** Seconds without a start after the k-th consecutive failure: 0 below five, then 30 · 2^(k−5), at most an hour. */
export function waitAfterFailures(count: number): number {
  return count < FREE_FAILURES ? 0 : Math.min(30 * 2 ** (count - FREE_FAILURES), 3600)
}

function failureDenials(budget: Budget, purpose: Purpose, now: number): readonly TimedDenial[] {
  const denials = [waiting('failures', recentFailures(budget, 'login', now), now)]
  if (purpose === 'enrolment') {
    denials.push(waiting('enrolment_failures', recentFailures(budget, 'enrolment', now), now))
  }
  return denials.filter((denial) => denial !== undefined)
}

function waiting(reason: Denial['reason'], failures: Failures, now: number): TimedDenial | undefined {
  const retryAt = failures.lastAt + waitAfterFailures(failures.count) * 1000
  return retryAt > now ? { reason, retryAt } : undefined
}

function denyOver(
  denials: TimedDenial[],
  reason: Denial['reason'],
  sends: readonly number[],
  { sends: most, seconds }: SendLimit,
  now: number,
): void {
  const inWindow = sends.filter((at) => at > now - seconds * 1000)
  const freeing = inWindow.at(-most)
  if (freeing !== undefined) denials.push({ reason, retryAt: freeing + seconds * 1000 })
}

function chargeSend(budget: Budget, purpose: Purpose, now: number, policy: Policy): Budget {
  return {
    ...budget,
    sends: [...recent(budget.sends, now), now],
    enrolmentSends: [...recent(budget.enrolmentSends, now), ...(purpose === 'enrolment' ? [now] : [])],
    earliestSendAt: now + policy.resendIntervalSeconds * 1000,
  }
}

function recent(sends: readonly number[], now: number): readonly number[] {
  return sends.filter((at) => at > now - DAY_MS)
}

/** Failures fade after 24 h without one (ATT-8); those that disabled the number do not. */
function recentFailures(budget: Budget, purpose: Purpose, now: number): Failures {
  const failures = failuresOf(budget, purpose)
  const isKept = purpose === 'login' && isDisabled(budget)
  return !isKept && now - failures.lastAt >= DAY_MS ? none : failures
}

function failuresOf(budget: Budget, purpose: Purpose): Failures {
  return purpose === 'login' ? budget.failures : budget.enrolmentFailures
}

function withFailures(budget: Budget, purpose: Purpose, failures: Failures): Budget {
  return purpose === 'login' ? { ...budget, failures } : { ...budget, enrolmentFailures: failures }
}
