import { describe, expect, it } from 'vitest'
import { eightByEightBaseUrl } from '../../../activities/eight-by-eight/base-url.ts'
import { toCheckOutcome, toSendOutcome } from '../../../activities/eight-by-eight/outcome.ts'
import { v1 } from '../../../activities/eight-by-eight/v1.ts'
import { v2 } from '../../../activities/eight-by-eight/v2.ts'
import type { Wire } from '../../../activities/eight-by-eight/wire.ts'
import { checkRequest, sendRequest, session } from './stand-ins.ts'

const now = new Date('2025-12-18T05:55:00Z')

function sendAnswered(json: unknown, wire: Wire = v2) {
  return toSendOutcome(wire, sendRequest, { status: 200, text: JSON.stringify(json), retryAfter: null }, now)
}

function checkAnswered(json: unknown, wire: Wire = v2, challenge = checkRequest.challenge) {
  const answer = { status: 200, text: JSON.stringify(json), retryAfter: null }
  return toCheckOutcome(wire, { ...checkRequest, challenge }, answer, now)
}

/** The answer in 8x8's article, as it stands there. */
const articleAnswer = {
  uid: 'c96a488d-d94c-4ae7-a5b3-4a6e4f6d8a4d',
  resourceUri: '/verify/v1/amazing_hq/aa0f',
  msisdn: 6598765432,
  status: 'VERIFIED',
  attempt: 0,
  expiresAt: '2017-08-29T21:43:26.641256+00:00',
  nextSmsAfter: '2017-08-29T21:38:36.641256+00:00',
}

describe('a request in the words of v2', () => {
  it('API-5: escapes its path, names the number in E.164, the policy, and says explicitly that a new code is wanted', () => {
    expect(v2.sendPath('acme&co')).toBe('api/v2/subaccounts/acme%26co/sessions')
    expect(JSON.parse(JSON.stringify(v2.sendBody(sendRequest)))).toEqual({
      destination: '+6598765432',
      channel: 'sms',
      codeLength: 6,
      codeValidity: 300,
      resetSession: true,
      resendingInterval: 30,
    })
  })

  it('says explicitly that the code is kept, and carries what was given beside', () => {
    const more = {
      brand: 'Acme',
      language: 'de-DE',
      clientIp: '203.0.113.7',
      callbackUrl: 'https://a.example/cb',
    }
    const request = { ...sendRequest, ...more, channel: 'call', template: '{code}', newCode: false } as const
    const optional = { ...more, template: '{code}' }
    expect(v2.sendBody(request)).toMatchObject({ channel: 'call', resetSession: false, ...optional })
  })

  it('API-5: checks under the session and leaves the code out of the path', () => {
    expect(v2.checkPath('acme_hq', checkRequest)).toBe('api/v2/subaccounts/acme_hq/sessions/c96a488d-01')
  })
})

describe('a request in the words of v1', () => {
  it('carries the members that are known for v1, and no other', () => {
    const request = {
      ...sendRequest,
      brand: 'Amazing Product',
      clientIp: '203.0.113.7',
      channel: 'call',
    } as const
    expect(v1.sendPath('acme_hq')).toBe('verify/v1/acme_hq')
    expect(v1.sendBody(request)).toEqual({
      destination: '+6598765432',
      productName: 'Amazing Product',
      createNew: true,
    })
    expect(v1.sendBody({ ...request, newCode: false })).toMatchObject({ createNew: false })
  })

  it('checks under the uid', () => {
    expect(v1.checkPath('acme_hq', checkRequest)).toBe('verify/v1/acme_hq/c96a488d-01')
  })
})

describe('an answer to a send', () => {
  it.each([
    ['2025-12-18T05:59:54.09Z', '2025-12-18T05:59:54.090Z'],
    ['2025-12-18T14:05:00.1254323+00:00', '2025-12-18T14:05:00.125Z'],
  ])('is sent when the session waits, and %s is %s', (told, expiresAt) => {
    expect(sendAnswered(session('WAITING', { verifyUri: '/x', attempt: 0, expiresAt: told }))).toEqual({
      outcome: 'sent',
      challenge: 'c96a488d-01',
      expiresAt,
    })
  })

  it('is understood in the words of the article', () => {
    expect(sendAnswered({ ...articleAnswer, status: 'WAITING' }, v1)).toEqual({
      outcome: 'sent',
      challenge: articleAnswer.uid,
      expiresAt: '2017-08-29T21:43:26.641Z',
    })
  })

  it.each(['soon', '', 0, null, '2025-02-30T00:00:00Z', '2025-12-18', '18/12/2025 05:59', {}])(
    'is sent without a time when the time is %j',
    (bad) => {
      const sent = { outcome: 'sent', challenge: 'c96a488d-01' }
      expect(sendAnswered(session('WAITING', { expiresAt: bad }))).toEqual(sent)
    },
  )

  it.each(['6598765432', '+6598765432', 6598765432])('names our number when it says %j', (destination) => {
    expect(sendAnswered(session('WAITING', { destination }))).toMatchObject({ outcome: 'sent' })
  })

  it.each<[string, unknown]>([
    ['has no session id', session('WAITING', { sessionId: undefined })],
    [
      'has a uid in place of a session id',
      { uid: 'c96a488d-01', destination: '6598765432', status: 'WAITING' },
    ],
    ['has a session id that is a path', session('WAITING', { sessionId: '..' })],
    ['has a session id with a slash', session('WAITING', { sessionId: 'a/b' })],
    ['has a session id of 129 characters', session('WAITING', { sessionId: 'a'.repeat(129) })],
    ['has a session id that is a number', session('WAITING', { sessionId: 7 })],
    ['has no status', session('WAITING', { status: undefined })],
    ['is already verified', session('VERIFIED')],
    ['has failed', session('FAILED')],
    ['has an unknown status', session('waiting')],
    ['names another number', session('WAITING', { destination: '+6598765433' })],
    ['names no number', session('WAITING', { destination: undefined })],
    ['names two numbers', session('WAITING', { msisdn: 6598765433 })],
    ['names a number we cannot read', session('WAITING', { destination: ['+6598765432'] })],
    ['is empty', {}],
    ['is no object', [session('WAITING')]],
    ['is null', null],
  ])('API-5: is a breach of contract when it %s', (_, json) => {
    expect(sendAnswered(json)).toEqual({ outcome: 'refused', refusal: 'contract' })
  })

  it.each(['', '<html>OK</html>', '{"sessionId":"c96a', 'undefined'])(
    'is unreadable when it says %j',
    (text) => {
      const answer = { status: 200, text, retryAfter: null }
      expect(toSendOutcome(v2, sendRequest, answer, now)).toEqual({ outcome: 'unknown', cause: 'unreadable' })
    },
  )
})

describe('an answer to a check', () => {
  it('is verified for our session and our number', () => {
    expect(checkAnswered(session('VERIFIED'))).toEqual({ outcome: 'verified' })
    expect(checkAnswered(articleAnswer, v1, articleAnswer.uid)).toEqual({ outcome: 'verified' })
  })

  it.each<[string, Record<string, unknown>, unknown]>([
    ['WAITING', { attempt: 3 }, { outcome: 'incorrect', attempt: 3 }],
    ['WAITING', { attempt: 255 }, { outcome: 'incorrect', attempt: 255 }],
    ['WAITING', { attempt: 256 }, { outcome: 'incorrect' }],
    ['WAITING', { attempt: -1 }, { outcome: 'incorrect' }],
    ['WAITING', { attempt: 1.5 }, { outcome: 'incorrect' }],
    ['WAITING', { attempt: '1' }, { outcome: 'incorrect' }],
    ['WAITING', { destination: undefined }, { outcome: 'incorrect' }],
    ['FAILED', { attempt: 5 }, { outcome: 'exhausted' }],
    ['EXPIRED', { destination: null }, { outcome: 'expired' }],
    ['VERIFYING', {}, { outcome: 'unknown', cause: 'unknown_status' }],
    ['verified', {}, { outcome: 'unknown', cause: 'unknown_status' }],
  ])('%s with %j is %j', (status, more, outcome) => {
    expect(checkAnswered(session(status, more))).toEqual(outcome)
  })

  it.each(['VERIFIED', 'WAITING', 'FAILED', 'EXPIRED'])('%s is not believed about others', (status) => {
    const mismatch = { outcome: 'unknown', cause: 'mismatch' }
    expect(checkAnswered(session(status, { sessionId: 'other' }))).toEqual(mismatch)
    expect(checkAnswered(session(status, { sessionId: undefined }))).toEqual(mismatch)
    expect(checkAnswered(session(status, { destination: '+6598765433' }))).toEqual(mismatch)
    expect(checkAnswered(session(status, { msisdn: 6598765433 }))).toEqual(mismatch)
    expect(checkAnswered(session(status, { destination: {} }))).toEqual(mismatch)
  })

  it('is not verified when it names no number', () => {
    const mismatch = { outcome: 'unknown', cause: 'mismatch' }
    expect(checkAnswered(session('VERIFIED', { destination: undefined }))).toEqual(mismatch)
    expect(checkAnswered({ status: 'VERIFIED' })).toEqual(mismatch)
  })

  it.each(['{}', '[]', 'null', '"VERIFIED"', '{"status":1}', '', '<html>', '{"status":"VERI'])(
    'is unreadable when it says %j',
    (text) => {
      const answer = { status: 200, text, retryAfter: null }
      expect(toCheckOutcome(v2, checkRequest, answer, now)).toEqual({
        outcome: 'unknown',
        cause: 'unreadable',
      })
    },
  )
})

describe('the address', () => {
  it.each([
    ['v2', 'apac', 'https://verify.8x8.com'],
    ['v2', 'us', 'https://verify.us.8x8.com'],
    ['v2', 'eu', 'https://verify.8x8.uk'],
    ['v2', 'id', 'https://verify.8x8.id'],
    ['v1', 'apac', 'https://api.wavecell.com'],
    ['v1', 'eu', 'https://api.wavecell.com'],
  ] as const)('of %s in %s is %s', (version, region, url) => {
    expect(eightByEightBaseUrl(version, region)).toBe(url)
  })
})
