/** The limits and the kill switch, as a caller of the API meets them. */
import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEightByEight } from '../../../activities/eight-by-eight/client.ts'
import { createActivities } from '../../../activities/index.ts'
import type { Block } from '../../../domain/blocks.ts'
import { ADDRESS_LIMITS, APP_LIMIT, REFUSED_ADDRESS_LIMIT } from '../../../domain/limits.ts'
import { createLimits } from '../../../platform/limits/create-limits.ts'
import { connectValkey } from '../../../platform/limits/valkey.ts'
import { plainEffects } from '../../support/effects.ts'
import { aPhone, openHouse } from '../../support/house.ts'
import {
  openHttp,
  loginOf,
  openJourney,
  problemOf,
  seconds,
  tokenOf,
  untilResendable,
  type HttpOptions,
} from '../../support/http.ts'

const log = { info: () => undefined, error: () => undefined }
const limitsOf = (sendsPerDayOverall = 1000) =>
  createLimits({ lookupKey: randomBytes(32), sendsPerDayOverall, log })

const openLimited = (options: HttpOptions = {}) => openJourney({}, { limits: limitsOf(), ...options })

/** What is left of the app's own quotas, by their names. */
function remaining(headers: Headers): Record<string, number> {
  const told = [...(headers.get('ratelimit') ?? '').matchAll(/"(\w+)";r=(\d+);t=\d+/g)]
  return Object.fromEntries(told.map(([, name = '', left]): [string, number] => [name, Number(left)]))
}

describe('a start', () => {
  test('API-13: tells the app what is left of its own quotas', async () => {
    const { api } = await openLimited({ settings: { limits: { sendsPerDay: 50 } } })
    const { status, headers } = await api.start({ phone: aPhone().e164 })
    expect(status).toBe(201)
    expect(headers.get('ratelimit-policy')).toBe(`"starts";q=${APP_LIMIT.most};w=60, "sends";q=50;w=86400`)
    expect(remaining(headers)).toEqual({ starts: APP_LIMIT.most - 1, sends: 49 })
  })

  test('API-13, ENUM-5: a resend tells what is left of the day’s sends, to the key and not to a browser', async () => {
    const { api } = await openLimited({ settings: { limits: { sendsPerDay: 50 } } })
    const started = await api.start({ phone: aPhone().e164 })
    const { id } = loginOf(started)
    await untilResendable(loginOf(started))
    const { status, headers } = await api.resend(id)
    expect([status, remaining(headers)]).toEqual([200, { sends: 48 }])
    await untilResendable(loginOf(await api.read(id)))
    const browser = await api.bearing(tokenOf(started)).resend(id)
    expect([browser.status, browser.headers.get('ratelimit-policy')]).toEqual([200, null])
    expect(remaining(browser.headers)).toEqual({})
  })

  test('FRD-3: that repeats an earlier one, or that the number’s budget refuses, uses up no quota', async () => {
    const { api } = await openJourney({ policy: { resendIntervalSeconds: 60 } }, { limits: limitsOf() })
    const phone = aPhone().e164
    const key = { 'idempotency-key': 'one' }
    const first = await api.start({ phone }, key)
    const again = await api.start({ phone }, key)
    expect(again.body.id).toBe(first.body.id)
    expect(remaining(again.headers)).toEqual({})
    expect(problemOf(await api.start({ phone }))).toMatchObject({
      code: 'too-many-requests',
      reason: 'interval',
    })
    const next = await api.start({ phone: aPhone().e164 })
    expect(remaining(next.headers).starts).toBe(APP_LIMIT.most - 2)
  })

  test('FRD-5: that comes several times at once with one key is counted once', async () => {
    const { house, api } = await openLimited()
    const body = { phone: aPhone().e164 }
    const key = { 'idempotency-key': 'one' }
    const starts = await Promise.all([1, 2, 3, 4].map(() => api.start(body, key)))
    expect(new Set(starts.map((start) => loginOf(start).id)).size).toBe(1)
    expect(house.sends()).toHaveLength(1)
    const next = await api.start({ phone: aPhone().e164 })
    expect(remaining(next.headers).starts).toBe(APP_LIMIT.most - 2)
  })

  test('FRD-5: that is a conflict with one of the same moment is not counted', async () => {
    const { house, api } = await openLimited()
    const phone = aPhone().e164
    const key = { 'idempotency-key': 'one' }
    const starts = await Promise.all(['One', 'Other'].map((brand) => api.start({ phone, brand }, key)))
    expect(starts.map(({ status }) => status).toSorted()).toEqual([201, 422])
    expect(house.sends()).toHaveLength(1)
    const next = await api.start({ phone: aPhone().e164 })
    expect(remaining(next.headers).starts).toBe(APP_LIMIT.most - 2)
  })

  test.each([
    ['comes twice at once', false],
    ['is repeated while a check is in its way', true],
  ])('FRD-5: a resend that %s is counted once', async (_name, isBehindCheck) => {
    const { house, api } = await openLimited({ settings: { limits: { sendsPerDay: 50 } } })
    const phone = aPhone()
    const started = await api.start({ phone: phone.e164 })
    const { id } = loginOf(started)
    await untilResendable(loginOf(started))
    if (isBehindCheck) {
      house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
      void api.submit(id, house.wrongCodeFor(phone))
      await expect.poll(async () => (await api.read(id)).body.status).toBe('checking')
    }
    const key = { 'idempotency-key': 'again' }
    const both = await Promise.all([api.resend(id, {}, key), api.resend(id, {}, key)])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(house.sends()).toHaveLength(2)
    // The first one, the resend, and this one.
    const next = await api.start({ phone: aPhone().e164 })
    expect(remaining(next.headers)).toMatchObject({ sends: 47 })
  })

  test('FRD-5: a resend that is a conflict with an earlier one uses nothing of a cap up', async () => {
    const { api } = await openLimited({ settings: { limits: { sendsPerDay: 50 } } })
    const { id } = loginOf(await api.start({ phone: aPhone().e164 }))
    const key = { 'idempotency-key': 'one' }
    await untilResendable(loginOf(await api.read(id)))
    expect(remaining((await api.resend(id, {}, key)).headers)).toEqual({ sends: 48 })
    await untilResendable(loginOf(await api.read(id)))
    for (const _ of [1, 2, 3]) {
      expect(problemOf(await api.resend(id, { channel: 'sms' }, key))).toMatchObject({
        code: 'idempotency-conflict',
      })
    }
    expect(remaining((await api.resend(id)).headers)).toEqual({ sends: 47 })
  })

  test('FRD-3, API-13: above the limit of its user’s address is answered 429, and nothing is sent', async () => {
    const { house, api } = await openLimited()
    const clientIp = '2001:db8:1:2::1'
    const most = ADDRESS_LIMITS[0]?.most ?? 0
    const starts = Array.from({ length: most }, () => api.start({ phone: aPhone().e164, clientIp }))
    for (const { status } of await Promise.all(starts)) expect(status).toBe(201)
    const denied = await api.start({ phone: aPhone().e164, clientIp: '2001:db8:1:2::ffff' })
    expect(problemOf(denied)).toEqual({
      status: 429,
      code: 'too-many-requests',
      reason: 'address',
      retryAfter: seconds(1, 60),
    })
    expect(house.sends()).toHaveLength(most)
    expect((await api.start({ phone: aPhone().e164, clientIp: '2001:db8:1:3::1' })).status).toBe(201)
  })

  test('FRD-3: of an address that the budget refused again and again is not looked up any more', async () => {
    const { api } = await openJourney({ policy: { resendIntervalSeconds: 60 } }, { limits: limitsOf() })
    const [phone, clientIp] = [aPhone().e164, '192.0.2.7']
    await api.start({ phone, clientIp })
    const storm = Array.from({ length: REFUSED_ADDRESS_LIMIT.most }, () => api.start({ phone, clientIp }))
    for (const answer of await Promise.all(storm)) expect(answer.status).toBe(429)
    expect(problemOf(await api.start({ phone: aPhone().e164, clientIp }))).toMatchObject({
      reason: 'address',
    })
  })

  test('FRD-5: above the app’s cap of a day is answered 429, and so is a resend; another app is untouched', async () => {
    const { house, api } = await openLimited({ settings: { limits: { sendsPerDay: 1 } } })
    const login = await api.login(aPhone())
    expect(problemOf(await api.start({ phone: aPhone().e164 }))).toMatchObject({ reason: 'app-day' })
    await untilResendable(login)
    expect(problemOf(await api.resend(login.id))).toMatchObject({ status: 429, reason: 'app-day' })
    expect(house.sends()).toHaveLength(1)
    expect((await api.as('other').start({ phone: aPhone().e164 })).status).toBe(201)
  })

  test('FRD-5: whose message certainly never left uses nothing of a cap up, and is answered 503', async () => {
    const house = { baseUrl: 'http://127.0.0.1:1', policy: { codeValiditySeconds: 2 } }
    const { api } = await openJourney(house, {
      limits: limitsOf(),
      settings: { limits: { sendsPerDay: 1 } },
    })
    for (let n = 0; n < 2; n += 1) {
      const answer = await api.start({ phone: aPhone().e164 })
      expect(problemOf(answer)).toMatchObject({ status: 503, code: 'provider-unavailable' })
    }
  })

  test('ATT-10, row 44: while the store of the limits is away is answered 503, and nothing is sent', async () => {
    const valkey = await connectValkey('redis://127.0.0.1:1', log)
    onTestFinished(() => valkey.disconnect())
    const limits = createLimits({ lookupKey: randomBytes(32), sendsPerDayOverall: 9, valkey, log })
    const { house, api } = await openLimited({ limits })
    const answer = await api.start({ phone: aPhone().e164 })
    expect(problemOf(answer)).toEqual({ status: 503, code: 'service-unavailable', retryAfter: 1 })
    expect(house.sends()).toEqual([])
  })

  test('FRD-1: to a kind of number that is not allowed is answered 403, and nothing is sent', async () => {
    const { house, api } = await openLimited()
    const bySms = await api.start({ phone: '+6561234567' })
    expect(problemOf(bySms)).toEqual({ status: 403, code: 'phone-not-allowed', reason: 'number-type' })
    const premium = await api.start({ phone: '+6519001234567', channel: 'call' })
    expect(problemOf(premium)).toMatchObject({ reason: 'number-type' })
    expect(house.sends()).toEqual([])
    expect((await api.start({ phone: '+6561234567', channel: 'call' })).status).toBe(201)
  })

  test('FRD-1: to a country that the app does not name is answered 403, before any limit counts it', async () => {
    const { api } = await openLimited({ settings: { allowedCountries: ['MY'] } })
    const answer = await api.start({ phone: aPhone().e164 })
    expect(problemOf(answer)).toEqual({ status: 403, code: 'phone-not-allowed', reason: 'country' })
    expect(remaining(answer.headers)).toEqual({})
  })
})

describe('the line of a 429 in the log says which limit it was, and not whose', () => {
  /** Of all lines so far, for what was answered 429. */
  const words = ({ lines }: { readonly lines: readonly object[] }) =>
    lines.flatMap((line) => ('status' in line && line.status === 429 && 'limit' in line ? [line.limit] : []))

  test('FRD-3, FRD-5: one over all numbers', async () => {
    const { api } = await openLimited({ settings: { limits: { sendsPerDay: 1 } } })
    const clientIp = '192.0.2.77'
    await api.start({ phone: aPhone().e164, clientIp })
    await api.start({ phone: aPhone().e164, clientIp })
    expect(words(api)).toEqual(['app-day'])
    const starts = Array.from({ length: ADDRESS_LIMITS[0]?.most ?? 0 }, () =>
      api.start({ phone: aPhone().e164, clientIp }),
    )
    await Promise.all(starts)
    expect(new Set(words(api))).toEqual(new Set(['app-day', 'address']))
    expect(JSON.stringify(api.lines)).not.toContain(clientIp)
  })

  test('FRD-2: the number’s own, also when a browser is not told', async () => {
    const sendLimits = [{ sends: 2, seconds: 600 }]
    const { api } = await openJourney({ policy: { sendLimits, resendIntervalSeconds: 2 } })
    const phone = aPhone()
    const started = await api.start({ phone: phone.e164 })
    const { id } = loginOf(started)
    const browser = api.bearing(tokenOf(started))
    expect((await browser.resend(id)).body.code).toBe('resend-too-early')
    await untilResendable(loginOf(started))
    await browser.resend(id)
    await untilResendable(loginOf(await api.read(id)))
    expect((await browser.resend(id)).body.reason).toBe('limit')
    expect((await api.start({ phone: phone.e164 })).body.reason).toBe('sends')
    expect(words(api)).toEqual(['interval', 'sends', 'sends'])
    expect(JSON.stringify(api.lines)).not.toContain(phone.e164.slice(3))
  })
})

test('FRD-9: 8x8 is told the address that the app said of its user, and none that a header or a browser says', async () => {
  const { house, api } = await openLimited()
  const told = () => house.sends().map(({ body }) => (body as { clientIp?: unknown }).clientIp)
  const claimed = {
    'x-forwarded-for': '198.51.100.9',
    'x-real-ip': '198.51.100.9',
    forwarded: 'for=198.51.100.9',
  }
  const started = await api.start({ phone: aPhone().e164, clientIp: '203.0.113.7' }, claimed)
  expect(told()).toEqual(['203.0.113.7'])
  await api.start({ phone: aPhone().e164 }, claimed)
  expect(told()).toEqual(['203.0.113.7', undefined])
  const browser = api.bearing(tokenOf(started))
  await untilResendable(loginOf(started))
  const said = await browser.resend(loginOf(started).id, { clientIp: '198.51.100.9' }, claimed)
  expect(problemOf(said)).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/clientIp' }] })
  expect((await browser.resend(loginOf(started).id, {}, claimed)).status).toBe(200)
  expect(told()).toEqual(['203.0.113.7', undefined, '203.0.113.7'])
})

test('FRD-4: thirty spellings of a number are one number: each is the same login again', async () => {
  const { house, api } = await openLimited()
  const { e164 } = aPhone()
  const local = e164.slice(3)
  const spaced = `${local.slice(0, 4)} ${local.slice(4)}`
  const wide = local.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
  const arabic = local.replaceAll(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))
  const separators = [' ', '-', '.', '/', '–', '\u00a0', '\u200b', '  ', '—', '\u3000']
  const spellings = [
    { phone: e164 },
    { phone: `+65${wide}` },
    { phone: `+65${arabic}` },
    { phone: `+65 (${local.slice(0, 4)}) ${local.slice(4)}` },
    ...separators.flatMap((separator) => [
      { phone: `+65${separator}${local}` },
      { phone: `+65 ${local.slice(0, 4)}${separator}${local.slice(4)}` },
    ]),
    { phone: local, country: 'SG' },
    { phone: spaced, country: 'SG' },
    { phone: wide, country: 'SG' },
    { phone: arabic, country: 'SG' },
    { phone: `65${local}`, country: 'SG' },
    { phone: `0065${local}`, country: 'DE' },
    { phone: `00165${local}`, country: 'SG' },
    { phone: `01165${local}`, country: 'US' },
    { phone: e164, country: 'GB' },
  ]
  expect(spellings.length).toBeGreaterThanOrEqual(30)
  const key = { 'idempotency-key': 'same' }
  const { body } = await api.start({ phone: e164 }, key)
  for (const spelling of spellings) {
    const answer = await api.start(spelling, key)
    expect({ spelling, id: answer.body.id }).toEqual({ spelling, id: body.id })
  }
  expect(house.sends()).toHaveLength(1)
  for (const phone of [local, `＋65${local}`, `${e164};ext=1`, `call ${e164}`]) {
    expect(problemOf(await api.start({ phone }, key))).toMatchObject({ code: 'phone-invalid' })
  }
})

describe('a block', () => {
  test('FRD-11: stops starts and resends at once, and codes that were sent are still good', async () => {
    const blocks: Block[] = []
    const { house, api } = await openLimited({ blocks: () => blocks })
    const phone = aPhone()
    const started = await api.start({ phone: phone.e164 })
    const login = loginOf(started)
    blocks.push({ country: 'SG', reason: 'pumping' })
    await untilResendable(login)
    const blocked = { status: 403, code: 'phone-not-allowed', reason: 'blocked' }
    expect(problemOf(await api.start({ phone: aPhone().e164 }))).toEqual(blocked)
    expect(problemOf(await api.resend(login.id))).toEqual(blocked)
    const toBrowser = await api.bearing(tokenOf(started)).resend(login.id)
    expect(problemOf(toBrowser)).toMatchObject({ status: 503, code: 'provider-unavailable' })
    expect((await api.submit(login.id, house.codeFor(phone))).body.status).toBe('verified')
    expect(problemOf(await api.resend(login.id))).toMatchObject({ code: 'login-closed' })
    blocks.pop()
    expect((await api.start({ phone: aPhone().e164 })).status).toBe(201)
  })

  test('FRD-11, ENUM-1: is not told where the login would send nothing: a repeated resend, one too early, one too many', async () => {
    const blocks: Block[] = []
    const { house, api } = await openJourney(
      { policy: { resendIntervalSeconds: 8, maxResends: 1 } },
      { limits: limitsOf(), blocks: () => blocks },
    )
    const key = { 'idempotency-key': 'again' }
    const [resent, waiting] = await Promise.all([
      api.start({ phone: aPhone().e164 }),
      api.start({ phone: aPhone().e164 }),
    ])
    await untilResendable(loginOf(waiting))
    const first = await api.resend(loginOf(resent).id, {}, key)
    expect(first.status).toBe(200)
    const early = await api.start({ phone: aPhone().e164 })
    blocks.push({ country: 'SG', reason: 'pumping' })
    expect(await api.resend(loginOf(resent).id, {}, key)).toMatchObject({ status: 200, text: first.text })
    const exhausted = { status: 409, code: 'resends-exhausted' }
    expect(problemOf(await api.resend(loginOf(resent).id))).toEqual(exhausted)
    const tooEarly = { status: 429, code: 'resend-too-early', reason: 'interval', retryAfter: seconds(1, 8) }
    expect(problemOf(await api.resend(loginOf(early).id))).toEqual(tooEarly)
    const browser = api.bearing(tokenOf(early))
    expect(problemOf(await browser.resend(loginOf(early).id))).toEqual(tooEarly)
    expect(problemOf(await api.resend(loginOf(waiting).id))).toMatchObject({ code: 'phone-not-allowed' })
    expect(house.sends()).toHaveLength(4)
  })

  test('FRD-11, FRD-5: is not told while a message is being sent, nor is another counted then', async () => {
    const blocks: Block[] = []
    const { house, api } = await openLimited({
      blocks: () => blocks,
      settings: { limits: { sendsPerDay: 3 } },
    })
    const started = await api.start({ phone: aPhone().e164 })
    const { id } = loginOf(started)
    await untilResendable(loginOf(started))
    const key = { 'idempotency-key': 'again' }
    house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
    const resending = api.resend(id, {}, key)
    await expect.poll(async () => (await api.read(id)).body.status).toBe('sending')
    const repeating = api.resend(id, {}, key)
    const [resent, repeated] = await Promise.all([resending, repeating])
    expect([resent.status, repeated.status, repeated.text]).toEqual([200, 200, resent.text])
    // Two messages are counted, and this is the third.
    house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
    const starting = await api.start({ phone: aPhone().e164 }, { prefer: 'respond-async' })
    expect(starting.status).toBe(202)
    await expect.poll(() => house.sends().length).toBe(3)
    blocks.push({ country: 'SG', reason: 'pumping' })
    const tooEarly = { status: 429, code: 'resend-too-early', reason: 'interval' }
    expect(problemOf(await api.resend(loginOf(starting).id))).toMatchObject(tooEarly)
    const browser = api.bearing(tokenOf(starting))
    expect(problemOf(await browser.resend(loginOf(starting).id))).toMatchObject(tooEarly)
  })

  test('FRD-11: that an API process does not know yet is kept by the worker; the login ends, and no cap counts it', async () => {
    const house = await openHouse({ worker: 'none' })
    await house.startWorker({
      activities: createActivities({
        ...plainEffects(),
        eightByEight: (subAccountId) =>
          createEightByEight({
            version: 'v2',
            baseUrl: house.sandboxUrl,
            apiKey: 'sandbox-key',
            subAccountId,
          }),
        blocks: () => [{ country: 'SG', reason: 'pumping' }],
      }),
    })
    const api = await openHttp(house, { limits: limitsOf(), settings: { limits: { sendsPerDay: 1 } } })
    const blocked = { status: 403, code: 'phone-not-allowed', reason: 'blocked' }
    for (const _ of [1, 2]) expect(problemOf(await api.start({ phone: aPhone().e164 }))).toEqual(blocked)
    expect(house.sends()).toEqual([])
  })
})
