/** What must hold whatever happens to a number, in any order and at any time. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  chargeCheck,
  checkNeverHappened,
  checkSucceeded,
  decideSend,
  decideStart,
  freshBudget,
  parseBudget,
  sendEnded,
  sendMayHaveLeft,
  sendNeverHappened,
  type Budget,
  type Decision,
  type Denial,
  type Purpose,
} from '../../domain/budget.ts'
import { defaultPolicy, type Policy, type SendLimit } from '../../domain/policy.ts'
import { DAY, SECOND } from './budgets.ts'

type Step =
  | { readonly kind: 'time'; readonly ms: number }
  /** Time passes until the last denial's `retryAt`. */
  | { readonly kind: 'patience' }
  | {
      readonly kind: 'send'
      readonly purpose: Purpose
      readonly within: 'start' | 'login'
      /** `slow`: 8x8 takes it as late as a first send may wait for that; `cut-off`: nobody waited for the end. */
      readonly end: 'none' | 'slow' | 'cut-off' | 'never-left'
    }
  | { readonly kind: 'check'; readonly purpose: Purpose; readonly end: 'wrong' | 'given-back' | 'success' }

const purpose = fc.constantFrom<Purpose>('login', 'enrolment')
const passing = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 29_999, 30_000, 30_001, 200_000, 599_999, 600_000) },
  { weight: 1, arbitrary: fc.constantFrom(3_600_000, DAY - 1, DAY, DAY + 1) },
  { weight: 2, arbitrary: fc.nat(20 * 60 * SECOND) },
)
const send = fc.record({
  kind: fc.constant('send' as const),
  purpose,
  within: fc.constantFrom('start' as const, 'login' as const),
  end: fc.constantFrom(
    'none' as const,
    'none' as const,
    'slow' as const,
    'cut-off' as const,
    'never-left' as const,
  ),
})
/** Guesses come in bursts, or five in a row would never be seen. */
const checks = fc
  .tuple(purpose, fc.constantFrom(1, 2, 5, 6, 40))
  .map(([purpose, times]) => Array.from({ length: times }, () => wrong(purpose)))
const wrong = (purpose: Purpose): Step => ({ kind: 'check', purpose, end: 'wrong' })
const check = fc.record({
  kind: fc.constant('check' as const),
  purpose,
  end: fc.constantFrom('given-back' as const, 'given-back' as const, 'success' as const),
})
const alone = (step: Step): readonly Step[] => [step]
const steps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: passing.map((ms) => alone({ kind: 'time', ms })) },
      { weight: 3, arbitrary: fc.constant(alone({ kind: 'patience' })) },
      { weight: 6, arbitrary: send.map(alone) },
      { weight: 2, arbitrary: checks },
      { weight: 1, arbitrary: check.map(alone) },
    ),
    { maxLength: 80, size: 'max' },
  )
  .map((parts) => parts.flat())

const tight: Policy = {
  ...defaultPolicy,
  resendIntervalSeconds: 10,
  sendLimits: [
    { sends: 2, seconds: 60 },
    { sends: 3, seconds: 600 },
  ],
  enrolmentSendLimits: [{ sends: 1, seconds: 600 }],
}
const policies = fc.constantFrom(defaultPolicy, tight)

type Ask = (at: number) => Decision
type Story = {
  /** When each granted send went out at the latest. */
  readonly granted: {
    readonly at: number
    readonly purpose: Purpose
    readonly left: boolean
    readonly isCutOff: boolean
  }[]
  readonly denied: { readonly at: number; readonly denial: Denial; readonly again: Ask }[]
  readonly changes: { readonly step: Step; readonly at: number; readonly from: Budget; readonly to: Budget }[]
}

/** Lives the steps through, from a fresh budget on. */
function live(steps: readonly Step[], policy: Policy): Story {
  const story: Story = { granted: [], denied: [], changes: [] }
  let now = Date.parse('2026-05-04T12:00:00Z')
  let budget = freshBudget

  const send = ({ purpose, within, end }: Extract<Step, { kind: 'send' }>): Budget => {
    const from = budget
    const ask: Ask = (at) => (within === 'start' ? decideStart : decideSend)(from, purpose, at, policy)
    const decision = ask(now)
    if (decision.outcome === 'denied') {
      story.denied.push({ at: now, denial: decision.denial, again: ask })
      return budget
    }
    if (end === 'slow' || end === 'cut-off') now += policy.codeValiditySeconds * SECOND
    story.granted.push({ at: now, purpose, left: end !== 'never-left', isCutOff: end === 'cut-off' })
    if (end === 'never-left') return sendNeverHappened(decision.budget, purpose)
    if (end === 'none') return decision.budget
    const ended = end === 'slow' ? sendEnded : sendMayHaveLeft
    return ended(decision.budget, purpose, now, policy)
  }

  const check = ({ purpose, end }: Extract<Step, { kind: 'check' }>): Budget => {
    const charged = chargeCheck(budget, purpose, now)
    if (end === 'given-back') return checkNeverHappened(charged, purpose, budget)
    return end === 'success' ? checkSucceeded(charged, purpose) : charged
  }

  for (const step of steps) {
    const from = budget
    if (step.kind === 'time') now += step.ms
    if (step.kind === 'patience') now = Math.max(now, story.denied.at(-1)?.denial.retryAt ?? now)
    if (step.kind === 'send') budget = send(step)
    if (step.kind === 'check') budget = check(step)
    story.changes.push({ step, at: now, from, to: budget })
  }
  return story
}

/** The shortest time within which `sends + 1` of these happened. */
function tightest(times: readonly number[], { sends }: SendLimit): number {
  const spans = times.slice(sends).map((at, first) => at - (times[first] ?? Number.NaN))
  return Math.min(Infinity, ...spans)
}

const overAnyStory = (holds: (story: Story, policy: Policy) => void) =>
  fc.assert(
    fc.property(steps, policies, (steps, policy) => {
      holds(live(steps, policy), policy)
    }),
    { numRuns: 300 },
  )

describe('over any sequence of sends, checks and waits', () => {
  test('FRD-2: no rolling window holds more sends than its limit', () => {
    overAnyStory(({ granted }, policy) => {
      const times = granted.filter(({ left }) => left).map(({ at }) => at)
      const full = policy.sendLimits.map((limit) => tightest(times, limit) >= limit.seconds * SECOND)
      expect(full).not.toContain(false)
    })
  })

  test('no rolling window holds more enrolments than its limit', () => {
    overAnyStory(({ granted }, policy) => {
      const enrolments = granted.filter(({ left, purpose }) => left && purpose === 'enrolment')
      const times = enrolments.map(({ at }) => at)
      const full = policy.enrolmentSendLimits.map((limit) => tightest(times, limit) >= limit.seconds * SECOND)
      expect(full).not.toContain(false)
    })
  })

  test('FRD-2: granted sends are at least the interval apart, even those that never left', () => {
    overAnyStory(({ granted }, policy) => {
      // Whoever cuts one off was granted the next by its beginning; from there on 8x8 keeps its own interval.
      const times = granted.filter(({ isCutOff }) => !isCutOff).map(({ at }) => at)
      const apart = tightest(times, { sends: 1, seconds: 0 })
      expect(apart).toBeGreaterThanOrEqual(policy.resendIntervalSeconds * SECOND)
    })
  })

  test('ATT-3: failures fall only by a success, or by 24 h without one', () => {
    overAnyStory(({ changes }) => {
      const wrongly = changes.filter(({ step, at, from, to }) => {
        const isSuccess = step.kind === 'check' && step.end === 'success'
        const fell = to.failures.count < from.failures.count && at - from.failures.lastAt < DAY
        const enrolmentsFell =
          to.enrolmentFailures.count < from.enrolmentFailures.count &&
          at - from.enrolmentFailures.lastAt < DAY
        return !isSuccess && (fell || enrolmentsFell)
      })
      expect(wrongly).toEqual([])
    })
  })

  test('ATT-3: an enrolment, whatever comes of it, changes nothing of a login’s failures', () => {
    overAnyStory(({ changes }) => {
      const enrolments = changes.filter(({ step }) => 'purpose' in step && step.purpose === 'enrolment')
      const before = enrolments.map(({ from }) => from.failures)
      expect(enrolments.map(({ to }) => to.failures)).toEqual(before)
    })
  })

  test('ATT-5: a wrong code raises the count by one, or begins it anew after 24 h', () => {
    overAnyStory(({ changes }) => {
      const wrong = changes.filter(({ step }) => step.kind === 'check' && step.end === 'wrong')
      const counts = ({ failures, enrolmentFailures }: Budget) => failures.count + enrolmentFailures.count
      const raised = wrong.filter(({ from, to }) => counts(to) === counts(from) + 1)
      const anew = wrong.filter(({ to, at }) =>
        [to.failures, to.enrolmentFailures].some(({ count, lastAt }) => count === 1 && lastAt === at),
      )
      expect(new Set([...raised, ...anew]).size).toBe(wrong.length)
    })
  })

  test('a denial’s `retryAt` lies ahead', () => {
    overAnyStory(({ denied }) => {
      const late = denied.filter(({ at, denial }) => denial.retryAt !== undefined && denial.retryAt <= at)
      expect(late).toEqual([])
    })
  })

  test('1 ms before a denial’s `retryAt` it is still denied', () => {
    overAnyStory(({ denied }) => {
      const outcomes = timed(denied).map(({ retryAt, again }) => again(retryAt - 1).outcome)
      expect(outcomes).not.toContain('granted')
    })
  })

  test('at a denial’s `retryAt` it is granted', () => {
    overAnyStory(({ denied }) => {
      const outcomes = timed(denied).map(({ retryAt, again }) => again(retryAt).outcome)
      expect(outcomes).not.toContain('denied')
    })
  })

  test('ATT-2: what an operator alone can lift is not lifted by time', () => {
    overAnyStory(({ denied }) => {
      const forever = denied.filter(({ denial }) => denial.retryAt === undefined)
      expect(forever.filter(({ denial }) => denial.reason !== 'disabled')).toEqual([])
      expect(forever.filter(({ at, again }) => again(at + 3650 * DAY).outcome === 'granted')).toEqual([])
    })
  })

  test('design 4: the memo can carry the budget at every step', () => {
    overAnyStory(({ changes }) => {
      const carried = changes.map(({ to }) => parseBudget(JSON.parse(JSON.stringify(to))))
      expect(carried).toEqual(changes.map(({ to }) => to))
    })
  })

  test('the budget stays small: nothing older than 24 h is carried past a send', () => {
    overAnyStory(({ changes }) => {
      const sent = changes.filter(({ step, from, to }) => step.kind === 'send' && from !== to)
      const old = sent.filter(({ to, at }) =>
        to.sends.some((send) => send <= at - DAY - defaultPolicy.codeValiditySeconds * SECOND),
      )
      expect(old).toEqual([])
    })
  })
})

function timed(denied: Story['denied']): { readonly retryAt: number; readonly again: Ask }[] {
  return denied.flatMap(({ denial: { retryAt }, again }) =>
    retryAt === undefined ? [] : [{ retryAt, again }],
  )
}

describe('those stories', () => {
  const sample = fc.sample(steps, { numRuns: 200, seed: 8 }).map((steps) => live(steps, defaultPolicy))
  const reasons = new Set(sample.flatMap(({ denied }) => denied.map(({ denial }) => denial.reason)))

  test.each(['interval', 'sends', 'enrolment_sends', 'failures', 'enrolment_failures', 'disabled'] as const)(
    'come upon the denial `%s`',
    (reason) => {
      expect(reasons).toContain(reason)
    },
  )

  test('fill the windows of 10 minutes and of 24 h', () => {
    expect(Math.max(...sample.map(({ granted }) => granted.length))).toBeGreaterThan(10)
  })
})
