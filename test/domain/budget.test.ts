import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  budgetAt,
  chargeCheck,
  checkNeverHappened,
  checkSucceeded,
  clearFailures,
  decideSend,
  decideStart,
  freshBudget,
  isDisabled,
  parseBudget,
  sendEnded,
  sendNeverHappened,
  sendsLeft,
  waitAfterFailures,
  type Budget,
  type Decision,
  type Denial,
} from '../../domain/budget.ts'
import { defaultPolicy } from '../../domain/policy.ts'
import { anyBudget, DAY, failedTimes, HOUR, MINUTE, SECOND, sentAt } from './budgets.ts'

const now = Date.parse('2026-05-04T12:00:00Z')
const policy = defaultPolicy
const denialOf = (decision: Decision): Denial | undefined =>
  decision.outcome === 'denied' ? decision.denial : undefined

describe('the interval', () => {
  test.each([
    ['right after the last send', 0, { reason: 'interval', retryAt: now + 30 * SECOND }],
    ['1 ms before it is over', 30 * SECOND - 1, { reason: 'interval', retryAt: now + 30 * SECOND }],
    ['when it is over', 30 * SECOND, undefined],
  ])('FRD-2: a second send %s', (_, later, denial) => {
    expect(denialOf(decideSend(sentAt(now), 'login', now + later, policy))).toEqual(denial)
  })

  test('it counts from the end of a send, so a slow one is not followed too soon', () => {
    const slow = sendEnded(sentAt(now), 'login', now + 9 * SECOND, policy)
    expect(slow.earliestSendAt).toBe(now + 39 * SECOND)
  })

  test('it still counts for a send that never left', () => {
    const budget = sendNeverHappened(sentAt(now), 'login')
    expect(denialOf(decideSend(budget, 'login', now + 1, policy))?.reason).toBe('interval')
  })

  test('its length is the policy’s', () => {
    const slower = { ...policy, resendIntervalSeconds: 600 }
    const granted = decideSend(freshBudget, 'login', now, slower)
    expect(granted).toMatchObject({ outcome: 'granted', budget: { earliestSendAt: now + 10 * MINUTE } })
  })
})

describe('the windows of a number', () => {
  const three = [now, now + MINUTE, now + 2 * MINUTE]
  const five = [0, 11, 22, 33, 44].map((minutes) => now + minutes * MINUTE)
  const ten = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18].map((hours) => now + hours * HOUR)

  test.each([
    ['third within 10 minutes', three.slice(0, 2), now + 10 * MINUTE - 1, undefined],
    ['fourth within 10 minutes', three, now + 10 * MINUTE - 1, now + 10 * MINUTE],
    ['fourth, 10 minutes after the first', three, now + 10 * MINUTE, undefined],
    ['fifth within an hour', five.slice(0, 4), now + HOUR - 1, undefined],
    ['sixth within an hour', five, now + HOUR - 1, now + HOUR],
    ['sixth, an hour after the first', five, now + HOUR, undefined],
    ['tenth within 24 h', ten.slice(0, 9), now + DAY - 1, undefined],
    ['eleventh within 24 h', ten, now + DAY - 1, now + DAY],
    ['eleventh, 24 h after the first', ten, now + DAY, undefined],
  ])('FRD-2: a %s', (_, sends, at, retryAt) => {
    const denial = retryAt === undefined ? undefined : { reason: 'sends', retryAt }
    expect(denialOf(decideSend(sentAt(...sends), 'login', at, policy))).toEqual(denial)
  })

  test('a window that is over-full opens when enough of it has left', () => {
    const crowded = sentAt(now, now + MINUTE, now + 2 * MINUTE, now + 3 * MINUTE)
    const denial = denialOf(decideSend(crowded, 'login', now + 5 * MINUTE, policy))
    expect(denial).toEqual({ reason: 'sends', retryAt: now + 11 * MINUTE })
  })

  test('of several full windows the one that opens last is told', () => {
    const both = sentAt(...[0, 10, 55, 56, 57].map((minutes) => now + minutes * MINUTE))
    const denial = denialOf(decideSend(both, 'login', now + 58 * MINUTE, policy))
    expect(denial).toEqual({ reason: 'sends', retryAt: now + 65 * MINUTE })
  })

  test('a granted send is charged at once', () => {
    const granted = decideSend(sentAt(now), 'login', now + MINUTE, policy)
    expect(granted).toMatchObject({ outcome: 'granted', budget: { sends: [now, now + MINUTE] } })
  })

  test('a send older than 24 h is forgotten', () => {
    const granted = decideSend(sentAt(now, now + 1), 'login', now + DAY, policy)
    expect(granted).toMatchObject({ outcome: 'granted', budget: { sends: [now + 1, now + DAY] } })
  })

  test('a send that certainly never left is given back', () => {
    expect(sendNeverHappened(sentAt(now, now + MINUTE), 'login').sends).toEqual([now])
  })

  test.each([
    ['a fresh number', [], now, 3],
    ['after two sends', [now, now + MINUTE], now + 2 * MINUTE, 1],
    ['with 10 minutes full', three, now + 3 * MINUTE, 0],
    ['with room in 10 minutes, and one left in the hour', five.slice(0, 4), now + 45 * MINUTE, 1],
    ['over-full', [...three, now + 3 * MINUTE], now + 4 * MINUTE, 0],
  ])('sends left: %s', (_, sends, at, left) => {
    expect(sendsLeft(sentAt(...sends), at, policy)).toBe(left)
  })
})

describe('the windows of enrolments, inside the number’s', () => {
  const hours = [0, 2, 4].map((hour) => now + hour * HOUR)
  const enrolled: Budget = { ...sentAt(...hours), enrolmentSends: hours }

  test.each([
    ['fourth enrolment within 24 h', now + DAY - 1, { reason: 'enrolment_sends', retryAt: now + DAY }],
    ['fourth enrolment, 24 h after the first', now + DAY, undefined],
  ])('a %s', (_, at, denial) => {
    expect(denialOf(decideSend(enrolled, 'enrolment', at, policy))).toEqual(denial)
  })

  test('enrolments that used theirs up leave logins theirs', () => {
    expect(decideSend(enrolled, 'login', now + 5 * HOUR, policy).outcome).toBe('granted')
  })

  test('an enrolment counts among the number’s sends too', () => {
    const granted = decideSend(freshBudget, 'enrolment', now, policy)
    expect(granted).toMatchObject({ outcome: 'granted', budget: { sends: [now], enrolmentSends: [now] } })
  })

  test('a login does not count among the enrolments', () => {
    const granted = decideSend(freshBudget, 'login', now, policy)
    expect(granted).toMatchObject({ outcome: 'granted', budget: { sends: [now], enrolmentSends: [] } })
  })

  test('an enrolment is held by the number’s windows, though it has room in its own', () => {
    const logins = sentAt(now, now + MINUTE, now + 2 * MINUTE)
    expect(denialOf(decideSend(logins, 'enrolment', now + 3 * MINUTE, policy))?.reason).toBe('sends')
  })

  test('an enrolment that never left is given back in both', () => {
    const budget = sendNeverHappened(enrolled, 'enrolment')
    expect([budget.sends, budget.enrolmentSends]).toEqual([hours.slice(0, 2), hours.slice(0, 2)])
  })

  test('a login that never left gives no enrolment back', () => {
    expect(sendNeverHappened(enrolled, 'login').enrolmentSends).toEqual(hours)
  })
})

describe('the waits after failures', () => {
  const waits = [
    [0, 0],
    [1, 0],
    [4, 0],
    [5, 30],
    [6, 60],
    [7, 120],
    [8, 240],
    [9, 480],
    [10, 960],
    [11, 1920],
    [12, 3600],
    [13, 3600],
    [99, 3600],
    [5000, 3600],
  ] as const
  test.each(waits)('ATT-7: after %i consecutive failures the wait is %i s', (failures, seconds) => {
    expect(waitAfterFailures(failures)).toBe(seconds)
  })

  test.each([5, 6, 7, 8, 9, 10, 11, 12, 99])('ATT-7: no start 1 ms before the wait after %i', (failures) => {
    const retryAt = now + waitAfterFailures(failures) * SECOND
    const denial = denialOf(decideStart(failedTimes(failures, now), 'login', retryAt - 1, policy))
    expect(denial).toEqual({ reason: 'failures', retryAt })
  })

  test.each([5, 6, 7, 8, 9, 10, 11, 12, 99])('ATT-7: a start when the wait after %i is over', (failures) => {
    const over = now + waitAfterFailures(failures) * SECOND
    expect(decideStart(failedTimes(failures, now), 'login', over, policy).outcome).toBe('granted')
  })

  test('ATT-7: four failures delay nothing', () => {
    expect(decideStart(failedTimes(4, now), 'login', now, policy).outcome).toBe('granted')
  })

  test('they hold starts, not the resends inside a granted login', () => {
    expect(decideSend(failedTimes(99, now), 'login', now, policy).outcome).toBe('granted')
  })

  test('a login’s failures delay an enrolment as well', () => {
    const denial = denialOf(decideStart(failedTimes(5, now), 'enrolment', now, policy))
    expect(denial).toEqual({ reason: 'failures', retryAt: now + 30 * SECOND })
  })

  test('an enrolment’s failures delay enrolments', () => {
    const denial = denialOf(decideStart(failedTimes(6, now, 'enrolment'), 'enrolment', now, policy))
    expect(denial).toEqual({ reason: 'enrolment_failures', retryAt: now + 60 * SECOND })
  })

  test('ATT-8: an enrolment’s failures do not delay logins', () => {
    expect(decideStart(failedTimes(99, now, 'enrolment'), 'login', now, policy).outcome).toBe('granted')
  })

  test('of both waits the longer one is told', () => {
    const both = { ...failedTimes(5, now), enrolmentFailures: { count: 8, lastAt: now } }
    const denial = denialOf(decideStart(both, 'enrolment', now, policy))
    expect(denial).toEqual({ reason: 'enrolment_failures', retryAt: now + 240 * SECOND })
  })

  test('when a window opens after the wait is over, the window is told', () => {
    const failures = { count: 5, lastAt: now + 2 * MINUTE }
    const budget = { ...sentAt(now, now + MINUTE, now + 2 * MINUTE), failures }
    const denial = denialOf(decideStart(budget, 'login', now + 2 * MINUTE, policy))
    expect(denial).toEqual({ reason: 'sends', retryAt: now + 10 * MINUTE })
  })

  test('ATT-7: waits never shrink as failures grow, and never pass an hour', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (one, other) => {
        const [fewer, more] = [Math.min(one, other), Math.max(one, other)]
        expect(waitAfterFailures(fewer)).toBeLessThanOrEqual(waitAfterFailures(more))
        expect(waitAfterFailures(more)).toBeLessThanOrEqual(3600)
      }),
    )
  })
})

describe('failures', () => {
  test('ATT-5: a check is counted before it is made', () => {
    expect(chargeCheck(freshBudget, 'login', now).failures).toEqual({ count: 1, lastAt: now })
  })

  test('an enrolment’s check is counted among the enrolments’', () => {
    const budget = chargeCheck(freshBudget, 'enrolment', now)
    expect([budget.failures.count, budget.enrolmentFailures.count]).toEqual([0, 1])
  })

  test('ATT-6: a check that never happened is given back, with the time of the one before', () => {
    const before = failedTimes(4, now)
    const charged = chargeCheck(before, 'login', now + MINUTE)
    expect(checkNeverHappened(charged, 'login', before)).toEqual(before)
  })

  test('ATT-6: giving an enrolment’s check back keeps what a login failed meanwhile', () => {
    const charged = chargeCheck(failedTimes(7, now), 'enrolment', now)
    const back = checkNeverHappened(charged, 'enrolment', freshBudget)
    expect([back.failures.count, back.enrolmentFailures.count]).toEqual([7, 0])
  })

  test('ATT-3: a granted start resets nothing', () => {
    const granted = decideStart(failedTimes(4, now), 'login', now, policy)
    expect(granted).toMatchObject({ outcome: 'granted', budget: { failures: { count: 4, lastAt: now } } })
  })

  test('ATT-3: a granted resend resets nothing', () => {
    const granted = decideSend(failedTimes(9, now), 'login', now, policy)
    expect(granted).toMatchObject({ outcome: 'granted', budget: { failures: { count: 9, lastAt: now } } })
  })

  test.each([
    ['the end of a send', (budget: Budget) => sendEnded(budget, 'login', now, policy)],
    ['a send that never left', (budget: Budget) => sendNeverHappened(budget, 'login')],
  ])('ATT-3: %s resets nothing', (_, change) => {
    expect(change(failedTimes(4, now)).failures).toEqual({ count: 4, lastAt: now })
  })

  test('ATT-3: a login’s success resets both counts', () => {
    const both = { ...failedTimes(9, now), enrolmentFailures: { count: 3, lastAt: now } }
    const budget = checkSucceeded(both, 'login')
    expect([budget.failures.count, budget.enrolmentFailures.count]).toEqual([0, 0])
  })

  test('ATT-3: an enrolment’s success does not reset a login’s failures', () => {
    const both = { ...failedTimes(9, now), enrolmentFailures: { count: 3, lastAt: now } }
    const budget = checkSucceeded(both, 'enrolment')
    expect([budget.failures.count, budget.enrolmentFailures.count]).toEqual([9, 0])
  })

  test('a success gives no send back', () => {
    expect(checkSucceeded(sentAt(now), 'login').sends).toEqual([now])
  })

  test.each([
    ['count on 1 ms before 24 h without one', DAY - 1, 5],
    ['fade when 24 h have passed without one', DAY, 1],
  ])('ATT-8: failures %s', (_, later, count) => {
    expect(chargeCheck(failedTimes(4, now), 'login', now + later).failures.count).toBe(count)
  })

  test('ATT-8: so do a hundred and more of enrolments, which disable nothing', () => {
    const charged = chargeCheck(failedTimes(105, now, 'enrolment'), 'enrolment', now + DAY)
    expect(charged.enrolmentFailures.count).toBe(1)
    const early = chargeCheck(failedTimes(105, now, 'enrolment'), 'enrolment', now + DAY - 1)
    expect(early.enrolmentFailures.count).toBe(106)
  })

  test('ATT-8: a new failure starts the 24 h again', () => {
    const again = chargeCheck(failedTimes(4, now), 'login', now + DAY - 1)
    expect(chargeCheck(again, 'login', now + DAY + HOUR).failures.count).toBe(6)
  })

  test('ATT-6: a check given back after the fading brings no faded failure back to life', () => {
    const before = failedTimes(9, now)
    const charged = chargeCheck(before, 'login', now + DAY)
    const back = checkNeverHappened(charged, 'login', before)
    expect(chargeCheck(back, 'login', now + DAY).failures.count).toBe(1)
  })
})

describe('what of a budget still counts', () => {
  const both = (count: number, lastAt: number) => ({
    ...sentAt(now - DAY, now - DAY + 1, now),
    enrolmentSends: [now - DAY, now],
    failures: { count, lastAt },
    enrolmentFailures: { count: 3, lastAt },
  })

  test('FRD-2, ATT-8: are the sends of the last 24 h, and failures until 24 h after the last', () => {
    expect(budgetAt(both(7, now - DAY + 1), now)).toEqual({
      ...both(7, now - DAY + 1),
      sends: [now - DAY + 1, now],
      enrolmentSends: [now],
    })
    expect(budgetAt(both(7, now - DAY), now)).toMatchObject({
      failures: { count: 0 },
      enrolmentFailures: { count: 0 },
    })
  })

  test('ATT-2: are a disabled number’s failures for ever', () => {
    expect(budgetAt(both(100, 0), now).failures.count).toBe(100)
  })

  test('decides as the whole of it does', () => {
    fc.assert(
      fc.property(
        anyBudget,
        fc.constantFrom('login', 'enrolment'),
        fc.nat(4_000_000_000_000),
        (budget, purpose, at) => {
          expect(denialOf(decideStart(budgetAt(budget, at), purpose, at, policy))).toEqual(
            denialOf(decideStart(budget, purpose, at, policy)),
          )
        },
      ),
    )
  })
})

describe('a disabled number', () => {
  test.each([
    [99, false],
    [100, true],
    [101, true],
  ])('ATT-2: %i consecutive failures disable it: %s', (count, disabled) => {
    expect(isDisabled(failedTimes(count, now))).toBe(disabled)
  })

  test.each(['login', 'enrolment'] as const)('ATT-2: no %s starts, and no time is told', (purpose) => {
    const denial = denialOf(decideStart(failedTimes(100, now), purpose, now + HOUR, policy))
    expect(denial).toEqual({ reason: 'disabled' })
  })

  test('ATT-2: it does not fade', () => {
    const later = now + 3650 * DAY
    expect(denialOf(decideStart(failedTimes(100, now), 'login', later, policy))?.reason).toBe('disabled')
  })

  test('ATT-2: a check inside a granted login counts on after years', () => {
    const charged = chargeCheck(failedTimes(100, now), 'login', now + 3650 * DAY)
    expect(charged.failures.count).toBe(101)
  })

  test('enrolments cannot disable it', () => {
    expect(isDisabled(failedTimes(100, now, 'enrolment'))).toBe(false)
  })

  test('an operator’s word opens it, and gives no send back', () => {
    const cleared = clearFailures({ ...failedTimes(100, now), sends: [now] })
    expect([isDisabled(cleared), cleared.sends]).toEqual([false, [now]])
  })
})

describe('a budget in the memo', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(anyBudget, (budget) => {
        expect(parseBudget(JSON.parse(JSON.stringify(budget)))).toEqual(budget)
      }),
    )
  })

  const members = Object.keys(freshBudget)
  const scraps = fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.constantFrom(null, undefined, Number.NaN, Infinity, {}, [null], ['1'], [Number.NaN], { count: 1 }),
  )

  test('ATT-10: a member that is something else makes it no budget', () => {
    fc.assert(
      fc.property(anyBudget, fc.constantFrom(...members), scraps, (budget, member, scrap) => {
        expect(parseBudget({ ...budget, [member]: scrap })).toBeUndefined()
      }),
    )
  })

  test.each(members)('ATT-10: without `%s` it is no budget', (missing) => {
    const kept = Object.entries(freshBudget).filter(([member]) => member !== missing)
    expect(parseBudget(Object.fromEntries(kept))).toBeUndefined()
  })

  test.each([-1, 0.5, '3', null, undefined, Number.NaN])('ATT-10: no number fails %s times', (count) => {
    expect(parseBudget({ ...freshBudget, failures: { count, lastAt: now } })).toBeUndefined()
    expect(parseBudget({ ...freshBudget, enrolmentFailures: { count, lastAt: now } })).toBeUndefined()
  })

  test('ATT-10: failures without a time are no failures', () => {
    expect(parseBudget({ ...freshBudget, failures: { count: 3 } })).toBeUndefined()
  })

  test('ATT-10: nothing else is taken for a fresh budget', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(parseBudget(value)).toBeUndefined()
      }),
    )
  })
})
