import { expect, test } from 'vitest'
import { freshBudget, type Budget } from '../../domain/budget.ts'
import {
  decideCall,
  decideLadder,
  isCallRefusal,
  type CallTerms,
  type Ladder,
  type Undelivered,
} from '../../domain/ladder.ts'
import { defaultPolicy } from '../../domain/policy.ts'

const now = Date.parse('2026-05-04T12:01:00Z')
const minute = 60_000
const terms: CallTerms = {
  resendsLeft: 2,
  deadline: now + 4 * minute,
  budget: { ...freshBudget, sends: [now - minute], earliestSendAt: now - minute / 2 },
  purpose: 'login',
  policy: defaultPolicy,
}
const withBudget = (budget: Partial<Budget>) => ({ budget: { ...terms.budget, ...budget } })
const spent = { sends: [now - 3 * minute, now - 2 * minute, now - minute] }

test.each<[name: string, change: Partial<CallTerms>, call: object]>([
  ['at once when nothing is in the way', {}, { at: now }],
  ['when the interval is over', withBudget({ earliestSendAt: now + 20_000 }), { at: now + 20_000 }],
  ['at the last moment that leaves it ten seconds', { deadline: now + 10_000 }, { at: now }],
  ['never a millisecond after that', { deadline: now + 9999 }, { refusal: 'deadline_too_near' }],
  [
    'never when the interval ends too near to the deadline',
    { ...withBudget({ earliestSendAt: now + 20_000 }), deadline: now + 29_999 },
    { refusal: 'deadline_too_near' },
  ],
  ['never without a resend', { resendsLeft: 0 }, { refusal: 'no_resends_left' }],
  ['never when the number’s sends are used up', withBudget(spent), { refusal: 'budget_sends' }],
  [
    'when the number’s sends are free again in time',
    { ...withBudget(spent), deadline: now + 8 * minute },
    { at: now + 7 * minute },
  ],
  [
    'never when the number’s enrolments are used up',
    { ...withBudget({ enrolmentSends: spent.sends }), purpose: 'enrolment' },
    { refusal: 'budget_enrolment_sends' },
  ],
  ['never without a deadline', { deadline: Number.NaN }, { refusal: 'deadline_too_near' }],
])('a call may be made %s', (_name, change, call) => {
  expect(decideCall({ ...terms, ...change }, now)).toEqual(call)
})

const sms: Undelivered = { channel: 'sms', hasCalled: false, isBlocked: false }

test.each<
  [
    when: Ladder['whenUndelivered'],
    name: string,
    undelivered: Undelivered,
    change: Partial<CallTerms>,
    step: object,
  ]
>([
  ['nothing', 'an SMS', sms, {}, {}],
  ['offer', 'an SMS', sms, {}, { next: 'call_offered' }],
  ['call', 'an SMS', sms, {}, { next: 'call_made' }],
  ['offer', 'a call', { ...sms, channel: 'call' }, {}, {}],
  ['call', 'a call', { ...sms, channel: 'call' }, {}, {}],
  ['call', 'an SMS after its call', { ...sms, hasCalled: true }, {}, { cause: 'called_before' }],
  ['call', 'an SMS that 8x8 has blocked (FRD-10)', { ...sms, isBlocked: true }, {}, {}],
  ['offer', 'an SMS that 8x8 has blocked (FRD-10)', { ...sms, isBlocked: true }, {}, {}],
  ['nothing', 'an SMS without a resend', sms, { resendsLeft: 0 }, {}],
  ['offer', 'an SMS without a resend', sms, { resendsLeft: 0 }, { cause: 'no_resends_left' }],
  ['call', 'an SMS without a resend', sms, { resendsLeft: 0 }, { cause: 'no_resends_left' }],
  ['call', 'an SMS without a budget', sms, withBudget(spent), { cause: 'budget_sends' }],
  ['call', 'an SMS before the interval', sms, withBudget({ earliestSendAt: now + 1 }), { next: 'call_made' }],
])(
  'the ladder %s goes on from %s that did not arrive as it should',
  (whenUndelivered, _name, undelivered, change, step) => {
    const ladder: Ladder = { whenUndelivered, receiptWaitSeconds: 0 }
    expect(decideLadder(ladder, undelivered, { ...terms, ...change }, now)).toEqual(step)
  },
)

test('why no call follows is told apart from why a message did not arrive', () => {
  expect(['no_resends_left', 'budget_sends', 'called_before'].every(isCallRefusal)).toBe(true)
  expect(['no_receipt', 'absent_subscriber', ''].some(isCallRefusal)).toBe(false)
})
