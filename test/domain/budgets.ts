/** Budgets to test with. Times are milliseconds since the epoch. */
import fc from 'fast-check'
import { freshBudget, type Budget, type Purpose } from '../../domain/budget.ts'
import { defaultPolicy } from '../../domain/policy.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Sent to at these times, oldest first, with the default interval. */
export function sentAt(...sends: readonly number[]): Budget {
  const last = sends.at(-1) ?? 0
  return { ...freshBudget, sends, earliestSendAt: last + defaultPolicy.resendIntervalSeconds * SECOND }
}

/** Guessed at wrongly `count` times in a row, the last time at `lastAt`. */
export function failedTimes(count: number, lastAt: number, purpose: Purpose = 'login'): Budget {
  const failures = { count, lastAt }
  return purpose === 'login' ? { ...freshBudget, failures } : { ...freshBudget, enrolmentFailures: failures }
}

const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
const times = fc.array(time, { maxLength: 12 })
const failures = fc.record({ count: fc.nat(200), lastAt: time }, { noNullPrototype: true })

export const anyBudget: fc.Arbitrary<Budget> = fc.record(
  { sends: times, enrolmentSends: times, earliestSendAt: time, failures, enrolmentFailures: failures },
  { noNullPrototype: true },
)
