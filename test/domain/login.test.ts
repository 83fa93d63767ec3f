import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  apply,
  begin,
  fold,
  isFinal,
  startedEvent,
  toEvent,
  type Login,
  type LoginEvent,
  type LoginFact,
  type LoginStatus,
} from '../../domain/login.ts'
import { anyFact, finalFact, loginId, startedAt, terms } from './logins.ts'

const started = startedEvent(terms, startedAt)
const sending = begin(loginId, started)
const waiting: Login = {
  ...sending,
  status: 'waiting_for_code',
  resendAfter: '2026-05-04T12:00:31.000Z',
  expiresAt: '2026-05-04T12:05:01.000Z',
  delivery: 'sent',
}
const at = Date.parse('2026-05-04T12:01:00Z')
const event = (fact: LoginFact): LoginEvent => toEvent(loginId, [started], at, fact)

/** The events of these facts, from `login.started` on, a second apart. */
function story(facts: readonly LoginFact[]): LoginEvent[] {
  return facts.reduce<LoginEvent[]>(
    (events, fact) => [...events, toEvent(loginId, events, startedAt + events.length * 1000, fact)],
    [started],
  )
}

describe('the first event', () => {
  test('tells all that a login begins with', () => {
    expect(started).toEqual({
      id: 'evt_abc_1',
      sequence: 1,
      at: '2026-05-04T12:00:00.000Z',
      type: 'login.started',
      data: {
        phone: '+••••••••67',
        country: 'SG',
        channel: 'sms',
        brand: 'Acme',
        purpose: 'login',
        userId: 'u1',
        attemptsLeft: 5,
        resendsLeft: 2,
      },
    })
  })

  test('has no `userId` when the app gave none', () => {
    const { userId: _, ...anonymous } = terms
    expect(startedEvent(anonymous, startedAt).data).not.toHaveProperty('userId')
  })

  test('begins a login that is sending, with no deadline yet', () => {
    expect(sending).toEqual({
      id: loginId,
      status: 'sending',
      phone: '+••••••••67',
      country: 'SG',
      channel: 'sms',
      brand: 'Acme',
      purpose: 'login',
      userId: 'u1',
      attemptsLeft: 5,
      resendsLeft: 2,
      resendAfter: null,
      expiresAt: null,
      createdAt: '2026-05-04T12:00:00.000Z',
      delivery: 'unknown',
    })
  })
})

describe('an event on a waiting login', () => {
  const resendAfter = '2026-05-04T12:01:30.000Z'
  const expiresAt = '2026-05-04T12:06:00.000Z'
  const failedSend = { channel: 'call', failure: 'unknown', cause: 'timeout', resendsLeft: 1 } as const
  const table: readonly (readonly [string, LoginFact, Partial<Login>])[] = [
    [
      'a code sent moves deadline, channel and resends',
      {
        type: 'login.code_sent',
        data: { channel: 'call', expiresAt, resendAfter, resendsLeft: 1 },
      },
      { channel: 'call', expiresAt, resendAfter, resendsLeft: 1, delivery: 'sent' },
    ],
    [
      'a failed send costs its resend and leaves the first code good',
      { type: 'login.send_failed', data: failedSend },
      { resendsLeft: 1 },
    ],
    [
      'a failed send may put the next one off',
      { type: 'login.send_failed', data: { ...failedSend, resendAfter } },
      { resendsLeft: 1, resendAfter },
    ],
    ['a receipt', { type: 'login.delivered', data: { channel: 'sms' } }, { delivery: 'delivered' }],
    [
      'a receipt of failure ends nothing',
      { type: 'login.undelivered', data: { channel: 'sms' } },
      { delivery: 'undelivered' },
    ],
    [
      'a receipt of a call that 8x8 made of itself moves the channel',
      { type: 'login.delivered', data: { channel: 'call' } },
      { delivery: 'delivered', channel: 'call' },
    ],
    [
      'ATT-5: a wrong code costs its attempt',
      { type: 'login.code_rejected', data: { attemptsLeft: 4 } },
      { attemptsLeft: 4 },
    ],
    [
      'ATT-6: a check without a verdict costs its attempt',
      { type: 'login.check_failed', data: { cause: 'timeout', spent: true, attemptsLeft: 4 } },
      { attemptsLeft: 4 },
    ],
    [
      'ATT-6: a check that never happened costs none',
      { type: 'login.check_failed', data: { cause: 'refused', spent: false, attemptsLeft: 5 } },
      {},
    ],
    [
      'verified, with its time',
      { type: 'login.verified', data: { channel: 'sms' } },
      { status: 'verified', verifiedAt: '2026-05-04T12:01:00.000Z' },
    ],
    [
      'failed, with its reason',
      { type: 'login.failed', data: { reason: 'too_many_attempts' } },
      { status: 'failed', reason: 'too_many_attempts' },
    ],
    [
      'expired',
      { type: 'login.expired', data: { reason: 'deadline' } },
      { status: 'expired', reason: 'deadline' },
    ],
    [
      'canceled',
      { type: 'login.canceled', data: { reason: 'caller' } },
      { status: 'canceled', reason: 'caller' },
    ],
    [
      'superseded',
      { type: 'login.superseded', data: { reason: 'newer_login' } },
      { status: 'superseded', reason: 'newer_login' },
    ],
    ['a second beginning changes nothing', { type: 'login.started', data: started.data }, {}],
  ]
  test.each(table)('%s', (_, fact, changes) => {
    expect(apply(waiting, event(fact))).toEqual({ ...waiting, ...changes })
  })

  test('the table has every type of event', () => {
    expect(new Set(table.map(([, { type }]) => type)).size).toBe(12)
  })
})

describe('an event on a login whose first code is on its way', () => {
  const expiresAt = '2026-05-04T12:05:01.000Z'
  const resendAfter = '2026-05-04T12:00:31.000Z'

  test('the first code makes it wait for the user', () => {
    const data = { channel: 'sms', expiresAt, resendAfter, resendsLeft: 2 } as const
    expect(apply(sending, event({ type: 'login.code_sent', data }))).toEqual(waiting)
  })

  test('a failed send leaves it sending', () => {
    const data = { channel: 'sms', failure: 'unknown', cause: 'timeout', resendsLeft: 2 } as const
    expect(apply(sending, event({ type: 'login.send_failed', data }))).toEqual(sending)
  })

  test('a receipt that overtakes the answer is kept', () => {
    const after = apply(sending, event({ type: 'login.delivered', data: { channel: 'sms' } }))
    expect(after).toEqual({ ...sending, delivery: 'delivered' })
  })
})

describe('a final login', () => {
  const ended: readonly (readonly [string, Login])[] = [
    ['verified', { ...waiting, status: 'verified', verifiedAt: '2026-05-04T12:01:00.000Z' }],
    ['failed', { ...waiting, status: 'failed', reason: 'too_many_attempts' }],
    ['expired', { ...waiting, status: 'expired', reason: 'deadline' }],
    ['canceled', { ...waiting, status: 'canceled', reason: 'caller' }],
    ['superseded', { ...waiting, status: 'superseded', reason: 'newer_login' }],
  ]

  test.each(ended)('ATT-12: %s stays so whatever comes after', (_, login) => {
    fc.assert(
      fc.property(fc.array(anyFact), (facts) => {
        const after = facts.map(event).reduce(apply, login)
        expect({ ...after, delivery: login.delivery }).toEqual(login)
      }),
    )
  })

  test.each(ended)('%s still learns that its message was delivered', (_, login) => {
    const after = apply(login, event({ type: 'login.delivered', data: { channel: 'sms' } }))
    expect(after).toEqual({ ...login, delivery: 'delivered' })
  })

  test.each(ended)('%s still learns that its message was not delivered', (_, login) => {
    const after = apply(login, event({ type: 'login.undelivered', data: { channel: 'sms' } }))
    expect(after).toEqual({ ...login, delivery: 'undelivered' })
  })

  const statuses: readonly (readonly [LoginStatus, boolean])[] = [
    ['sending', false],
    ['waiting_for_code', false],
    ['checking', false],
    ['verified', true],
    ['failed', true],
    ['expired', true],
    ['canceled', true],
    ['superseded', true],
  ]
  test.each(statuses)('%s is final: %s', (status, final) => {
    expect(isFinal(status)).toBe(final)
  })
})

describe('over any events', () => {
  const facts = fc.array(anyFact, { maxLength: 40 })

  test('ATT-12: after a final event the status is what that event said', () => {
    fc.assert(
      fc.property(facts, finalFact, facts, (before, final, after) => {
        const upTo = fold(loginId, story([...before, final]))
        const whole = fold(loginId, story([...before, final, ...after]))
        expect([whole.status, whole.reason, whole.verifiedAt]).toEqual([
          upTo.status,
          upTo.reason,
          upTo.verifiedAt,
        ])
      }),
    )
  })

  test('a final event ends the login', () => {
    fc.assert(
      fc.property(facts, finalFact, (before, final) => {
        expect(isFinal(fold(loginId, story([...before, final])).status)).toBe(true)
      }),
    )
  })

  test('only `login.verified` verifies', () => {
    fc.assert(
      fc.property(facts, (facts) => {
        const others = facts.filter(({ type }) => type !== 'login.verified')
        expect(fold(loginId, story(others))).not.toMatchObject({ status: 'verified' })
      }),
    )
  })

  test('attempts and resends left never rise, whatever an event says', () => {
    fc.assert(
      fc.property(facts, (facts) => {
        const events = story(facts)
        const states = events.map((_, index) => fold(loginId, events.slice(0, index + 1)))
        const attempts = states.map(({ attemptsLeft }) => attemptsLeft)
        const resends = states.map(({ resendsLeft }) => resendsLeft)
        const falling = (numbers: readonly number[]) => numbers.toSorted((a, b) => b - a)
        expect([attempts, resends]).toEqual([falling(attempts), falling(resends)])
      }),
    )
  })

  test('BIND-8: phone, purpose, user and creation stay what the first event said', () => {
    fc.assert(
      fc.property(facts, (facts) => {
        const { id, phone, country, brand, purpose, userId, createdAt } = sending
        const fixed = { id, phone, country, brand, purpose, userId, createdAt }
        expect(fold(loginId, story(facts))).toMatchObject(fixed)
      }),
    )
  })

  test('the sequence rises by one from 1', () => {
    fc.assert(
      fc.property(facts, (facts) => {
        const events = story(facts)
        expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
      }),
    )
  })

  test('an id is the login’s id and the sequence', () => {
    fc.assert(
      fc.property(facts, (facts) => {
        const events = story(facts)
        expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => `evt_abc_${index + 1}`))
      }),
    )
  })

  test('applying events changes none of the states before', () => {
    fc.assert(
      fc.property(facts, (facts) => {
        const before = JSON.stringify(waiting)
        facts.map(event).reduce(apply, waiting)
        expect(JSON.stringify(waiting)).toBe(before)
      }),
    )
  })
})

describe('the fold', () => {
  test('of a whole login', () => {
    const expiresAt = '2026-05-04T12:05:01.000Z'
    const resendAfter = '2026-05-04T12:00:31.000Z'
    const events = story([
      { type: 'login.code_sent', data: { channel: 'sms', expiresAt, resendAfter, resendsLeft: 2 } },
      { type: 'login.delivered', data: { channel: 'sms' } },
      { type: 'login.code_rejected', data: { attemptsLeft: 4 } },
      { type: 'login.verified', data: { channel: 'sms' } },
    ])
    expect(fold(loginId, events)).toEqual({
      ...waiting,
      status: 'verified',
      attemptsLeft: 4,
      delivery: 'delivered',
      verifiedAt: '2026-05-04T12:00:04.000Z',
    })
  })

  test('a resend begins the wait for a receipt anew', () => {
    const data = {
      channel: 'call',
      expiresAt: '2026-05-04T12:06:00.000Z',
      resendAfter: '2026-05-04T12:01:30.000Z',
      resendsLeft: 1,
    } as const
    const undelivered = apply(waiting, event({ type: 'login.undelivered', data: { channel: 'sms' } }))
    expect(apply(undelivered, event({ type: 'login.code_sent', data })).delivery).toBe('sent')
  })

  test.each([
    ['no event', []],
    ['another first event', [event({ type: 'login.delivered', data: { channel: 'sms' } })]],
  ])('%s is no login', (_, events) => {
    expect(() => fold(loginId, events)).toThrow('a login begins with login.started')
  })
})
