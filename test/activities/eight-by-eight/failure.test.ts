import { describe, expect, it } from 'vitest'
import {
  GivenUpError,
  NotSentError,
  toCheckFailure,
  toFailure,
  toSendFailure,
  UnreadableError,
} from '../../../activities/eight-by-eight/failure.ts'

const now = new Date('2026-07-01T12:00:00Z')

function coded(code: string, cause?: unknown) {
  return Object.assign(new Error('secret', { cause }), { code })
}

function answer(status: number, code?: number, more: Record<string, unknown> = {}) {
  return { status, text: JSON.stringify({ code, message: 'secret', ...more }), retryAfter: null }
}

describe('an error before anything was written', () => {
  it.each([
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['EAI_FAIL', 'dns'],
    ['ECONNREFUSED', 'connect'],
    ['EHOSTUNREACH', 'connect'],
    ['ENETUNREACH', 'connect'],
    ['ETIMEDOUT', 'connect'],
    ['ECONNRESET', 'connect'],
    ['ERR_SOCKET_CONNECTION_TIMEOUT', 'connect'],
    ['SOMETHING_NEW', 'connect'],
    ['EPROTO', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['HOSTNAME_MISMATCH', 'tls'],
    ['INVALID_CA', 'tls'],
  ])('%s is certainly not done: %s', (code, cause) => {
    const expected = { outcome: 'not_done', cause }
    expect(toFailure(new NotSentError('', { cause: coded(code) }))).toEqual(expected)
    expect(toFailure(new Error('', { cause: new NotSentError('', { cause: coded(code) }) }))).toEqual(
      expected,
    )
    expect(
      toFailure(new NotSentError('', { cause: new AggregateError([coded(code), new Error()]) })),
    ).toEqual(expected)
  })

  it('is certainly not done when time was up', () => {
    const expected = { outcome: 'not_done', cause: 'connect' }
    expect(toFailure(new NotSentError('', { cause: new GivenUpError() }))).toEqual(expected)
  })
})

describe('an error after something was written', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ERR_SSL_DECRYPTION_FAILED', 'ECONNRESET', 'EPIPE'])(
    '%s is unknown, whatever its code suggests',
    (code) => {
      expect(toFailure(coded(code))).toEqual({ outcome: 'unknown', cause: 'reset' })
      expect(toFailure(new AggregateError([coded(code)]))).toEqual({ outcome: 'unknown', cause: 'reset' })
    },
  )

  it.each<[string, unknown, string]>([
    ['giving up', new GivenUpError(), 'timeout'],
    ['a broken body', new UnreadableError(), 'unreadable'],
    ['an answer that is not HTTP', coded('HPE_INVALID_CONSTANT'), 'unreadable'],
    ['anything at all', 'thrown text', 'reset'],
    ['nothing', undefined, 'reset'],
  ])('%s is unknown', (_, error, cause) => {
    expect(toFailure(error)).toEqual({ outcome: 'unknown', cause })
  })

  it('is classed even when its causes go round in a circle', () => {
    const error = new Error()
    error.cause = error
    expect(toFailure(error)).toEqual({ outcome: 'unknown', cause: 'reset' })
  })
})

describe('a send that is not answered 200', () => {
  it.each<[number, number | undefined, unknown]>([
    [400, 1000, { outcome: 'refused', refusal: 'parameter' }],
    [400, 1001, { outcome: 'refused', refusal: 'account' }],
    [400, 1002, { outcome: 'refused', refusal: 'phone' }],
    [400, 1012, { outcome: 'refused', refusal: 'parameter' }],
    [400, undefined, { outcome: 'refused', refusal: 'parameter' }],
    [401, 1200, { outcome: 'refused', refusal: 'credentials' }],
    [403, 1201, { outcome: 'refused', refusal: 'credentials' }],
    [403, 1400, { outcome: 'too_early' }],
    [403, undefined, { outcome: 'too_early', codeClass: 'none' }],
    [403, 1200, { outcome: 'too_early', codeClass: '12xx' }],
    [403, 1300, { outcome: 'too_early', codeClass: '13xx' }],
    [403, 913407, { outcome: 'too_early', codeClass: 'other' }],
    [403, -1, { outcome: 'too_early', codeClass: 'other' }],
    [400, 1400, { outcome: 'too_early' }],
    [404, 1404, { outcome: 'refused', refusal: 'account' }],
    [408, undefined, { outcome: 'unknown', cause: 'timeout' }],
    [421, undefined, { outcome: 'refused', refusal: 'parameter' }],
    [426, 1014, { outcome: 'refused', refusal: 'tls' }],
    [429, 429, { outcome: 'not_done', cause: 'rate_limited' }],
    [500, 2000, { outcome: 'unknown', cause: 'server_error' }],
    [503, 1002, { outcome: 'unknown', cause: 'server_error' }],
    [201, undefined, { outcome: 'unknown', cause: 'unreadable' }],
    [204, undefined, { outcome: 'unknown', cause: 'unreadable' }],
    [303, 1002, { outcome: 'unknown', cause: 'unreadable' }],
  ])('%i with code %s is %j', (status, code, outcome) => {
    expect(toSendFailure(answer(status, code), now)).toEqual(outcome)
  })
})

describe('a check that is not answered 200', () => {
  it.each<[number, number | undefined, unknown]>([
    [400, 1000, { outcome: 'refused', refusal: 'parameter' }],
    [400, 1001, { outcome: 'refused', refusal: 'account' }],
    [401, 1200, { outcome: 'unauthorized' }],
    [403, 1201, { outcome: 'unauthorized' }],
    [403, undefined, { outcome: 'unauthorized' }],
    [404, 1404, { outcome: 'gone' }],
    [404, 1300, { outcome: 'gone' }],
    [404, undefined, { outcome: 'gone' }],
    [408, undefined, { outcome: 'unknown', cause: 'timeout' }],
    [409, undefined, { outcome: 'refused', refusal: 'parameter' }],
    [426, 1014, { outcome: 'refused', refusal: 'tls' }],
    [429, 429, { outcome: 'not_done', cause: 'rate_limited' }],
    [500, undefined, { outcome: 'unknown', cause: 'server_error' }],
    [504, undefined, { outcome: 'unknown', cause: 'server_error' }],
    [206, undefined, { outcome: 'unknown', cause: 'unreadable' }],
    [302, undefined, { outcome: 'unknown', cause: 'unreadable' }],
  ])('%i with code %s is %j', (status, code, outcome) => {
    expect(toCheckFailure(answer(status, code), now)).toEqual(outcome)
  })
})

describe('the wait that a 429 asks for', () => {
  it.each<[string | null, unknown, number | undefined]>([
    ['1', undefined, 1],
    ['0', undefined, 0],
    ['30', 7, 30],
    ['99999', undefined, 99_999],
    ['Wed, 01 Jul 2026 12:00:30 GMT', undefined, 30],
    ['Wed, 01 Jul 2026 11:00:00 GMT', undefined, 0],
    ['soon', undefined, undefined],
    ['-1', undefined, undefined],
    ['1.5', undefined, undefined],
    ['9'.repeat(400), undefined, undefined],
    ['', undefined, undefined],
    [null, undefined, undefined],
    [null, 30, 30],
    [null, 0.2, 1],
    ['soon', 7, 7],
    [null, 'soon', undefined],
    [null, -1, undefined],
    [null, null, undefined],
  ])('is read from the header %j and the body %j as %s', (header, inBody, seconds) => {
    const told = { ...answer(429, 429, { retryAfter: inBody }), retryAfter: header }
    const wait = seconds === undefined ? {} : { retryAfterSeconds: seconds }
    expect(toCheckFailure(told, now)).toEqual({ outcome: 'not_done', cause: 'rate_limited', ...wait })
    expect(toSendFailure(told, now)).toEqual({ outcome: 'not_done', cause: 'rate_limited', ...wait })
  })
})
