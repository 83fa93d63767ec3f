/** `POST /v1/webhooks/8x8/{token}` up to the gateway: who may bring what. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { LoginGateway, ReceiptResult } from '../../../../api/gateway.ts'
import { toCallbackUrl, type ReceiptSettings } from '../../../../api/receipts/bearer.ts'
import { parseKeyRing } from '../../../../platform/codec/key-ring.ts'
import { createLoginTokens } from '../../../../platform/signing/login-tokens.ts'
import { given as givenApp, loginId, problemOf } from '../harness.ts'

function newTokens() {
  const ring = parseKeyRing(`test:${randomBytes(32).toString('base64')}`)
  if (ring === undefined) throw new Error('malformed keys')
  return createLoginTokens(ring, 'callback')
}

const callbackTokens = newTokens()
const token = randomBytes(24).toString('base64url')
const authorization = `Bearer ${randomBytes(24).toString('base64url')}`
const ofLogin = `${loginId}.${callbackTokens.make(loginId)}`
const settings: ReceiptSettings = { callbackTokens, token, subAccountIds: () => ['acme_verify'] }

const sms = (more: object = {}) => ({
  namespace: 'SMS',
  payload: {
    umid: 'b1',
    subAccountId: 'acme_verify',
    destination: '+6591234567',
    status: { state: 'delivered' },
    ...more,
  },
})
const delivered = { receiptId: 'b1:delivered', channel: 'sms', state: 'delivered' }

type More = {
  readonly receipts?: Partial<ReceiptSettings>
  readonly outcome?: ReceiptResult['outcome']
  readonly socket?: string
  readonly trustedProxies?: readonly string[]
}

/** The route in front of a gateway that only notes what it was given. */
function given({ receipts = {}, outcome = 'kept', socket = '203.0.113.7', trustedProxies = [] }: More = {}) {
  const kept: Parameters<LoginGateway['receipt']>[] = []
  const house = givenApp(
    {},
    {},
    {
      receipts: { ...settings, ...receipts },
      connInfo: () => ({ remote: { address: socket, addressType: undefined } }),
      trustedProxies,
      receipt: (...args) => {
        kept.push(args)
        return Promise.resolve({ outcome })
      },
    },
  )
  const bring = (
    shown: string,
    body: unknown = sms(),
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> =>
    house.request(`/v1/webhooks/8x8/${shown}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { ...house, kept, bring }
}

describe('WHI-1: the token', () => {
  test('of a login is the last part of the callback URL, and brings its receipts', async () => {
    expect(toCallbackUrl('https://postern.example/', callbackTokens, loginId)).toBe(
      `https://postern.example/v1/webhooks/8x8/${ofLogin}`,
    )
    const { bring, kept } = given()
    expect((await bring(ofLogin)).status).toBe(204)
    expect(kept).toEqual([[{ loginId }, delivered]])
  })

  test('of the account brings receipts that name a number', async () => {
    const { bring, kept } = given()
    expect((await bring(token)).status).toBe(204)
    expect(kept).toMatchObject([[{ subAccountId: 'acme_verify', phone: { e164: '+6591234567' } }, delivered]])
  })

  const another = `${loginId.slice(0, -1)}b`
  test.each([
    ['nothing like one', 'x'],
    ['a login without a proof', loginId],
    ['an empty proof', `${loginId}.`],
    ['another login’s proof', `${another}.${callbackTokens.make(loginId)}`],
    ['the proof of another key', `${loginId}.${newTokens().make(loginId)}`],
    ['an unknown key', `${loginId}.${callbackTokens.make(loginId).replace('test', 'gone')}`],
    ['a proof cut short', ofLogin.slice(0, -1)],
    ['the account’s cut short', token.slice(0, -1)],
    ['the account’s and more', `${token}x`],
  ])('that is %s is as good as no path, and nothing is read', async (_what, shown) => {
    const { bring, kept, request } = given()
    const answers = [await bring(shown), await bring(shown, 'not json'), await request('/v1/nowhere')]
    const bodies = await Promise.all(answers.map((answer) => problemOf(answer, 'not-found')))
    expect(new Set(bodies.map(({ instance: _, ...body }) => JSON.stringify(body))).size).toBe(1)
    expect(kept).toEqual([])
  })

  test.each([
    [
      'when none is configured',
      { callbackTokens, subAccountIds: () => ['acme_verify'] } satisfies ReceiptSettings,
    ],
    ['when no receipts are taken', undefined],
  ])('of the account is nothing %s', async (_when, receipts) => {
    const { request } = givenApp({}, {}, receipts === undefined ? {} : { receipts })
    const answer = await request(`/v1/webhooks/8x8/${token}`, { method: 'POST' })
    await problemOf(answer, 'not-found')
  })

  test.each([
    ['none', {}],
    ['another', { authorization: `${authorization}x` }],
    ['an empty one', { authorization: '' }],
  ])('of the account needs the agreed Authorization, and %s is 401', async (_what, headers) => {
    const { bring, kept } = given({ receipts: { authorization } })
    const answer = await bring(token, sms(), headers)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    await problemOf(answer, 'unauthorized')
    expect(kept).toEqual([])
  })

  test('of the account counts with the agreed Authorization, and that of a login without', async () => {
    const { bring, kept } = given({ receipts: { authorization } })
    expect((await bring(token, sms(), { authorization })).status).toBe(204)
    expect((await bring(ofLogin)).status).toBe(204)
    expect(kept).toHaveLength(2)
  })

  test('is in no line of the log, and neither is the body', async () => {
    const { bring, lines } = given({ outcome: 'surplus' })
    await bring(ofLogin, sms({ outboundContent: { body: { text: 'Your code is 271828' } } }))
    await bring(token, { text: '+6591234567' })
    await bring(`${token}x`)
    expect(lines.map(({ fields }) => fields.route ?? fields.receipt)).toEqual([
      'surplus',
      '/v1/webhooks/8x8/:token',
      'unrecognised',
      '/v1/webhooks/8x8/:token',
      '/v1/webhooks/8x8/:token',
    ])
    expect(JSON.stringify(lines)).not.toMatch(new RegExp(`${token}|${loginId}|271828|91234567`))
  })
})

describe('WHI-1: the list of addresses', () => {
  const addresses = ['52.220.117.120', '34.142.20.0/24']

  test.each([
    ['a listed address', { socket: '52.220.117.120' }, {}, 204],
    ['a listed range', { socket: '::ffff:34.142.20.188' }, {}, 204],
    ['another address', { socket: '203.0.113.7' }, {}, 403],
    [
      'another that says it is listed',
      { socket: '203.0.113.7' },
      { 'x-forwarded-for': '52.220.117.120' },
      403,
    ],
    [
      'a listed one behind our proxy',
      { socket: '10.0.0.1' },
      { 'x-forwarded-for': '1.1.1.1, 52.220.117.120' },
      204,
    ],
    [
      'another behind our proxy',
      { socket: '10.0.0.1' },
      { 'x-forwarded-for': '52.220.117.120, 203.0.113.7' },
      403,
    ],
    ['our proxy itself', { socket: '10.0.0.1' }, {}, 403],
    ['nobody knows where', { socket: '' }, {}, 403],
  ])('answers %s accordingly', async (_where, more, headers, status) => {
    const { bring, kept } = given({ ...more, receipts: { addresses }, trustedProxies: ['10.0.0.0/8'] })
    expect((await bring(ofLogin, sms(), headers)).status).toBe(status)
    expect(kept).toHaveLength(status === 204 ? 1 : 0)
  })
})

describe('WHI-5: the body', () => {
  test.each(['text/xml', 'application/x-www-form-urlencoded', 'text/plain', ''])(
    'is JSON; as %j it is refused',
    async (type) => {
      const { bring } = given()
      await problemOf(await bring(ofLogin, sms(), { 'content-type': type }), 'unsupported-media-type')
    },
  )

  test.each(['{', '', 'state=delivered'])('that is malformed is refused: %j', async (text) => {
    const { bring } = given()
    await problemOf(await bring(ofLogin, text), 'malformed-json')
  })

  test('may have 64 KiB and not one byte more, with or without a declared length', async () => {
    const { bring, kept } = given()
    const fitting = JSON.stringify(sms()).padEnd(65_536)
    const length = { 'content-length': String(fitting.length + 1) }
    expect((await bring(ofLogin, fitting)).status).toBe(204)
    await problemOf(await bring(ofLogin, `${fitting} `), 'payload-too-large')
    await problemOf(await bring(ofLogin, `${fitting} `, length), 'payload-too-large')
    expect(kept).toHaveLength(1)
  })

  test.each(['[]', 'null', '1', '{}', '{"payload":{"umid":"b1"}}'])(
    'that says nothing we know is answered 204 and goes no further: %s',
    async (text) => {
      const { bring, kept, lines } = given()
      expect((await bring(ofLogin, text)).status).toBe(204)
      expect(kept).toEqual([])
      expect(lines[0]?.fields).toMatchObject({ receipt: 'unrecognised' })
    },
  )

  test.each([5000, 30_000])('API-6, API-18: that is nested %i deep is no fault of ours', async (levels) => {
    const { bring, kept, lines } = given()
    const nested = '['.repeat(levels) + ']'.repeat(levels)
    expect((await bring(ofLogin, `{"status":"delivered","more":${nested}}`)).status).toBe(204)
    expect((await bring(ofLogin, `{"status":"delivered","umid":"b1","more":${nested}}`)).status).toBe(204)
    expect(lines[0]?.fields).toMatchObject({ receipt: 'unrecognised' })
    expect(kept).toEqual([[{ loginId }, delivered]])
  })

  test.each([
    ['no number', { destination: undefined }],
    ['no possible number', { destination: '+65123' }],
    ['another sub-account', { subAccountId: 'marketing' }],
  ])('of the account with %s is about nobody', async (_what, more) => {
    const { bring, kept, lines } = given()
    expect((await bring(token, sms(more))).status).toBe(204)
    expect(kept).toEqual([])
    expect(lines[0]?.fields).toMatchObject({ receipt: 'nobody' })
  })

  test.each([
    ['a plus', { destination: '+6591234567' }],
    ['none', { destination: '6591234567' }],
    ['a number of JSON', { destination: undefined, msisdn: 6591234567 }],
    ['no sub-account', { subAccountId: undefined }],
  ])('of the account names its number with %s', async (_what, more) => {
    const { bring, kept } = given()
    expect((await bring(token, sms(more))).status).toBe(204)
    expect(kept).toMatchObject([[{ subAccountId: 'acme_verify', phone: { e164: '+6591234567' } }, delivered]])
  })
})

test.each(['kept', 'nobody', 'surplus'] as const)(
  'WHI-3: a receipt that is %s is answered 204 with no body',
  async (outcome) => {
    const { bring } = given({ outcome })
    const answer = await bring(ofLogin)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
  },
)

test('WHI-3: row 37: a receipt that is not durable is answered 503, so that 8x8 comes again', async () => {
  const { bring } = given({ outcome: 'unavailable' })
  const answer = await bring(ofLogin)
  expect(answer.headers.get('retry-after')).toBe('1')
  await problemOf(answer, 'service-unavailable')
})
