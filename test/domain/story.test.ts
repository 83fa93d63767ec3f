import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold, startedEvent, toEvent, type LoginEvent, type LoginFact } from '../../domain/login.ts'
import {
  CLEARING_AWAITED,
  DISABLED_NOTE,
  tellClearing,
  tellClearingStart,
  tellEvent,
  tellLogin,
  tellStart,
} from '../../domain/story.ts'
import { anyFact, loginId, startedAt, terms } from './logins.ts'

const started = startedEvent(terms, startedAt)
const at = startedAt + 61_000

/** The events of these facts, from `login.started` on, a second apart. */
function story(facts: readonly LoginFact[], brand = terms.brand): LoginEvent[] {
  return facts.reduce<LoginEvent[]>(
    (events, fact) => [...events, toEvent(loginId, events, startedAt + events.length * 1000, fact)],
    [startedEvent({ ...terms, brand }, startedAt)],
  )
}

const told = (facts: readonly LoginFact[], brand?: string) => {
  const events = story(facts, brand)
  return tellLogin(fold(loginId, events), events)
}

const sent: LoginFact = {
  type: 'login.code_sent',
  data: {
    channel: 'sms',
    expiresAt: '2026-05-04T12:05:01.000Z',
    resendAfter: '2026-05-04T12:00:31.000Z',
    resendsLeft: 2,
  },
}
const notSent = { type: 'login.send_failed', data: { channel: 'sms', resendsLeft: 2 } } as const

describe('one event is one sentence', () => {
  const cases: readonly (readonly [sentence: string, fact: LoginFact])[] = [
    ['SMS sent; the code expires 12:05:01 UTC, a resend is possible from 12:00:31 (2 left)', sent],
    [
      'Voice call sent; the code expires 12:05:01 UTC, no resend is left',
      { ...sent, data: { ...sent.data, channel: 'call', resendsLeft: 0 } },
    ],
    [
      'SMS not sent: 8x8 refuses the number (phone); 2 resends are left',
      { ...notSent, data: { ...notSent.data, failure: 'phone', cause: 'phone' } },
    ],
    [
      'SMS not sent: 8x8 refuses it (credentials); 2 resends are left',
      { ...notSent, data: { ...notSent.data, failure: 'refused', cause: 'credentials' } },
    ],
    [
      'SMS not sent: an operator has stopped sending here; 2 resends are left',
      { ...notSent, data: { ...notSent.data, failure: 'refused', cause: 'blocked' } },
    ],
    [
      'SMS not sent: no code goes to such a number by this channel; 2 resends are left',
      { ...notSent, data: { ...notSent.data, failure: 'phone', cause: 'number_type' } },
    ],
    [
      'failed: an operator has stopped sending here',
      { type: 'login.failed', data: { reason: 'provider_refused', cause: 'blocked' } },
    ],
    [
      'SMS perhaps sent: the answer may not be believed (contract); 2 resends are left',
      { ...notSent, data: { ...notSent.data, failure: 'refused', cause: 'contract' } },
    ],
    [
      'SMS not sent: 8x8 says that it is too early (interval); 2 resends are left',
      { ...notSent, data: { ...notSent.data, failure: 'too_early', cause: 'interval' } },
    ],
    [
      'SMS certainly not sent (dns); 1 resend is left, the next is possible from 12:02:00',
      {
        ...notSent,
        data: {
          ...notSent.data,
          failure: 'not_done',
          cause: 'dns',
          resendsLeft: 1,
          resendAfter: '2026-05-04T12:02:00.000Z',
        },
      },
    ],
    [
      'SMS perhaps sent: no answer (timeout); 2 resends are left',
      { ...notSent, data: { ...notSent.data, failure: 'unknown', cause: 'timeout' } },
    ],
    [
      'SMS perhaps sent: no answer that counts (not-ours); no resend is left',
      { ...notSent, data: { ...notSent.data, failure: 'unknown', cause: 'not-ours', resendsLeft: 0 } },
    ],
    ['the receipt says: SMS delivered', { type: 'login.delivered', data: { channel: 'sms' } }],
    ['the receipt says: SMS not delivered', { type: 'login.undelivered', data: { channel: 'sms' } }],
    [
      'the receipt says: SMS not delivered (absent_subscriber); a voice call may be asked for',
      {
        type: 'login.undelivered',
        data: { channel: 'sms', cause: 'absent_subscriber', next: 'call_offered' },
      },
    ],
    [
      'no receipt in time: SMS taken for not delivered; a voice call follows',
      { type: 'login.undelivered', data: { channel: 'sms', cause: 'no_receipt', next: 'call_made' } },
    ],
    [
      'SMS not delivered, and no voice call follows (no resends left)',
      { type: 'login.undelivered', data: { channel: 'sms', cause: 'no_resends_left' } },
    ],
    [
      'a code was checked and is wrong; 3 attempts are left',
      { type: 'login.code_rejected', data: { attemptsLeft: 3 } },
    ],
    [
      'a code was checked and is wrong; 1 attempt is left',
      { type: 'login.code_rejected', data: { attemptsLeft: 1 } },
    ],
    [
      'a code was checked and is wrong; no attempt is left',
      { type: 'login.code_rejected', data: { attemptsLeft: 0 } },
    ],
    [
      'the check brought no answer (timeout); the attempt is spent, 2 left',
      { type: 'login.check_failed', data: { cause: 'timeout', spent: true, attemptsLeft: 2 } },
    ],
    [
      'the check brought no answer that counts (mismatch); the attempt is spent, 2 left',
      { type: 'login.check_failed', data: { cause: 'mismatch', spent: true, attemptsLeft: 2 } },
    ],
    [
      'no code was checked (credentials); the attempt is given back, 5 left',
      { type: 'login.check_failed', data: { cause: 'credentials', spent: false, attemptsLeft: 5 } },
    ],
    ['a code was checked and is right: verified', { type: 'login.verified', data: { channel: 'sms' } }],
    ['failed: no attempt is left', { type: 'login.failed', data: { reason: 'too_many_attempts' } }],
    [
      'failed: 8x8 refuses the number (phone)',
      { type: 'login.failed', data: { reason: 'phone_refused', cause: 'phone' } },
    ],
    [
      'failed: 8x8 refuses what was asked of it (account)',
      { type: 'login.failed', data: { reason: 'provider_refused', cause: 'account' } },
    ],
    [
      'failed: no code could be sent (budget_sends)',
      { type: 'login.failed', data: { reason: 'provider_unavailable', cause: 'budget_sends' } },
    ],
    [
      'failed: ended by an operator (reset)',
      { type: 'login.failed', data: { reason: 'operator', cause: 'reset' } },
    ],
    ['expired: the time for the code is over', { type: 'login.expired', data: { reason: 'deadline' } }],
    ['canceled by the caller', { type: 'login.canceled', data: { reason: 'caller' } }],
    [
      'superseded by a newer login for this number',
      { type: 'login.superseded', data: { reason: 'newer_login' } },
    ],
  ]
  test.each(cases)('%s', (sentence, fact) => {
    expect(tellEvent(toEvent(loginId, [started], at, fact))).toBe(sentence)
  })

  test('the first tells what was asked for', () => {
    expect(tellEvent(started)).toBe(
      'login asked for: SMS to +••••••••67 (SG), for Acme; 5 attempts, 2 resends',
    )
  })

  test('no event is told in the same words as one of another type', () => {
    const types = new Map(cases.map(([sentence, { type }]) => [sentence, type]))
    expect(types.size).toBe(cases.length)
    expect(new Set(types.values()).size).toBe(11)
  })

  test('on one line of at most 200 characters, whatever it holds', () => {
    fc.assert(
      fc.property(anyFact, fc.string({ unit: 'binary', maxLength: 300 }), (fact, brand) => {
        for (const event of story([fact], brand)) {
          expect(tellEvent(event)).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{10,200}$/u)
        }
      }),
    )
  })
})

describe('a login in the UI', () => {
  test('is a table of its state and a line for each event', () => {
    const facts: LoginFact[] = [
      sent,
      { type: 'login.code_rejected', data: { attemptsLeft: 4 } },
      { type: 'login.failed', data: { reason: 'operator', cause: 'canceled' } },
    ]
    expect(told(facts).replaceAll('\u2003', '').split('\n')).toEqual([
      '| status | failed: operator |',
      '|---|---|',
      '| phone | +••••••••67 (SG) |',
      '| for | Acme, login |',
      '| channel | SMS |',
      '| attempts left | 4 |',
      '| resends left | 2, from 12:00:31 UTC |',
      '| expires | 12:05:01 UTC |',
      '| delivery | sent |',
      '',
      '2026-05-04, UTC:',
      '',
      '- 12:00:00 login asked for: SMS to +••••••••67 (SG), for Acme; 5 attempts, 2 resends',
      '- 12:00:01 SMS sent; the code expires 12:05:01 UTC, a resend is possible from 12:00:31 (2 left)',
      '- 12:00:02 a code was checked and is wrong; 4 attempts are left',
      '- 12:00:03 failed: ended by an operator (canceled)',
    ])
  })

  test('says that no code was sent before one was', () => {
    expect(told([])).toContain('| expires | \u2003no code sent yet |')
    expect(told([])).toContain('| resends left | \u20032 |')
  })

  test('has its time on every line of the story, and no line is lost but those it counts', () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 60 }), (facts) => {
        const lines = told(facts).split('\n').slice(12)
        for (const line of lines) expect(line).toMatch(/^- \d\d:\d\d:\d\d \S/)
        const [, counted = '1'] = /^- \S+ to \S+: (\d+) more$/m.exec(lines.join('\n')) ?? []
        expect(lines.length - 1 + Number(counted)).toBe(facts.length + 1)
      }),
    )
  })

  test('is bounded, however long it went on and whatever stands in it', () => {
    const long = fc.string({
      unit: fc.constantFrom('|', '<', 'é', '𠮷', '\n'),
      minLength: 50,
      maxLength: 300,
    })
    const failed = long.map((cause): LoginFact => {
      return { type: 'login.send_failed', data: { ...notSent.data, failure: 'refused', cause } }
    })
    fc.assert(
      fc.property(
        fc.array(fc.oneof(failed, anyFact), { minLength: 15, maxLength: 60 }),
        long,
        (facts, brand) => {
          expect(told(facts, brand).length).toBeLessThanOrEqual(10_000)
        },
      ),
    )
  })

  test.each([
    '|',
    '||',
    '\\|',
    '`',
    '*',
    '_a_',
    '<b>',
    '[a](b)',
    '\n',
    '\r\n',
    '&#124;',
    '$a$',
    '\\',
    '~~a~~',
  ])('keeps its table when the brand has %j in it', (special) => {
    const rows = told([], `A${special}B`).split('\n').slice(0, 9)
    for (const row of rows) expect(row.split('|')).toHaveLength(4)
    expect(told([], `A${special}B`).split('\n')).toHaveLength(13)
    expect(told([], `A${special}B`)).not.toMatch(/[`*<>[\]\\$~]|A_a_B|&#124;#124/)
  })

  test('shows the brand as it is written, once the UI has read it', () => {
    const brand = 'A|B *c* <d> `e` [f](g) http://h & "i"'
    const read = told([], brand).replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    expect(read).toContain(`| for | \u2003${brand}, login |`)
  })

  test('makes no link of a brand that looks like one', () => {
    expect(told([], 'see https://x.example')).not.toContain('://')
    expect(told([], 'mailto:a@b.example')).not.toContain('mailto:')
  })
})

describe('PII-8: no phone number is told', () => {
  const number = fc.stringMatching(/^[1-9][0-9]{6,14}$/)
  const written = fc
    .tuple(number, fc.constantFrom('', ' ', '-', '.', ' - '))
    .map(([digits, between]) => ({ digits, text: `+${Array.from(digits).join(between)}` }))
  const digitsOf = (text: string) => text.replace(/&#\d+;/g, '').replace(/[^\p{L}\p{Nd}|]/gu, '')

  test('even if it stands where a brand, a cause or a masked number should', () => {
    fc.assert(
      fc.property(written, ({ digits, text }) => {
        const events = story(
          [
            { type: 'login.check_failed', data: { cause: text, spent: true, attemptsLeft: 4 } },
            { ...notSent, data: { ...notSent.data, failure: 'unknown', cause: text } },
            { type: 'login.failed', data: { reason: 'operator', cause: text } },
          ],
          `Call ${text} now`,
        ).map((event) =>
          event.type === 'login.started' ? { ...event, data: { ...event.data, phone: `+${digits}` } } : event,
        )
        const everything = [tellLogin(fold(loginId, events), events), ...events.map(tellEvent)].join('\n|')
        expect(digitsOf(everything)).not.toContain(digits)
      }),
    )
  })

  test('nor in what is told of a start or of an operator’s clear', () => {
    fc.assert(
      fc.property(written, ({ digits, text }) => {
        const start = tellStart({
          ...terms,
          brand: text,
          app: text,
          maskedPhone: `+${digits}`,
          previousRunId: null,
        })
        const clear = tellClearing({ by: text, why: `asked by ${text}` })
        expect(digitsOf(`${start.summary}|${start.details}|${clear}`)).not.toContain(digits)
      }),
    )
  })

  test('but the last two digits are, for whoever looks for one among many', () => {
    expect(told([])).toContain('67 (SG)')
  })
})

describe('a start', () => {
  const start = { ...terms, app: 'acme', previousRunId: 'c2f4' }

  test('has one line and a table that says how to read on', () => {
    const { summary, details } = tellStart(start)
    expect(summary).toBe('SMS to ••67, SG, for Acme: login')
    expect(details.replaceAll('\u2003', '').split('\n')).toEqual([
      '| login | `lg_abc` |',
      '|---|---|',
      '| app | acme |',
      '| purpose | login |',
      '| channel | SMS |',
      '| phone | +••••••••67 (SG) |',
      '| previous run | `c2f4` |',
      '',
      'Told in a terminal: `npm run login -- lg_abc`',
    ])
  })

  test('of a number that was never seen has no previous run', () => {
    expect(tellStart({ ...start, previousRunId: null }).details).toContain('| previous run | \u2003none |')
  })

  test('fits into Temporal’s 200 bytes and 20 KB with any brand', () => {
    const unit = fc.constantFrom('𠮷', '🏦', '"', '\\', '\u0001', '|', 'é', 'a')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (brand) => {
        const longest = { ...start, brand, channel: 'call', purpose: 'enrolment', country: '+800' } as const
        const { summary, details } = tellStart(longest)
        expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThanOrEqual(200)
        expect(Buffer.byteLength(details)).toBeLessThanOrEqual(20_000)
        expect(summary).not.toMatch(/[\n*_`<>[\]|\\]/)
      }),
    )
  })
})

describe('a number that is disabled or cleared', () => {
  test('names the command that helps', () => {
    expect(DISABLED_NOTE).toContain('`npm run number -- clear <phone> --why "…"`')
    expect(tellClearingStart('c2f4')).toContain('| previous run | \u2003`c2f4` |')
  })

  test('says by whom and why it was cleared, in a table that nothing in it breaks', () => {
    const text = tellClearing({ by: 'eve@example.com', why: 'identity | proven\nat the desk' })
    expect(text.replaceAll('\u2003', '').split('\n')).toEqual([
      'This number’s failures are forgiven.',
      '',
      '| cleared by | eve&#64;example.com |',
      '|---|---|',
      '| why | identity &#124; proven at the desk |',
    ])
    expect(CLEARING_AWAITED).not.toBe('')
  })

  test.each([undefined, null, 'eve', 7, [], {}, { by: 7 }])(
    'is told even when the clear came with %j',
    (clearing) => {
      expect(tellClearing(clearing)).toContain('not said')
    },
  )
})
