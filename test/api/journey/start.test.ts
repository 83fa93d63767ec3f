/** `POST /v1/logins`, over HTTP and all the way: what a start answers, and what it leaves behind. */
import { expect, test } from 'vitest'
import { magicNumbers } from '../../../sandbox/magic-numbers.ts'
import { loginOf, openHttp, openJourney, problemOf, seconds, untilResendable } from '../../support/http.ts'
import { plant } from '../../support/plant.ts'
import { aPhone } from '../../support/house.ts'

const MINUTE = 60_000

test('a start answers 201 with the login as soon as the code is on its way', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const answer = await api.start({ phone: phone.e164, userId: 'u_42' })
  expect(answer.status).toBe(201)
  expect(answer.body).toMatchObject({
    status: 'waiting_for_code',
    phone: phone.masked,
    country: 'SG',
    channel: 'sms',
    brand: 'Acme',
    purpose: 'login',
    userId: 'u_42',
    attemptsLeft: 5,
    resendsLeft: 2,
    delivery: 'sent',
  })
  expect(house.sends()).toHaveLength(1)
})

test('PII-8: nothing in the answer to a start shows the number or the code', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const { text } = await api.start({ phone: phone.e164 })
  expect(text).not.toContain(phone.e164.slice(1, -2))
  expect(text).not.toContain(house.codeFor(phone))
})

test('the Location of a start is where its login is read', async () => {
  const { api } = await openJourney()
  const started = await api.start({ phone: aPhone().e164 })
  const found = await api.send('GET', started.headers.get('location') ?? '')
  expect([found.status, found.body]).toEqual([200, loginOf(started)])
})

test('a national number with its country is the same number, and a call is a call', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const national = phone.e164.slice(3)
  const answer = await api.start({ phone: national, country: 'SG', channel: 'call', brand: 'Acme Bank' })
  expect(answer.body).toMatchObject({ phone: phone.masked, channel: 'call', brand: 'Acme Bank' })
  expect(house.sandbox.messages(phone.e164)).toMatchObject([{ channel: 'call', brand: 'Acme Bank' }])
})

test.each([
  ['no number at all', { phone: 'call me' }, '/phone'],
  ['a national number without a country', { phone: '91234567' }, '/phone'],
  ['a number that cannot exist', { phone: '+6512' }, '/phone'],
  ['a country that there is not', { phone: '91234567', country: 'ZZ' }, '/country'],
])('API-3: %s is phone-invalid, and nothing is sent', async (_name, body, pointer) => {
  const { house, api } = await openJourney({ worker: 'none' })
  expect(problemOf(await api.start(body))).toEqual({
    status: 422,
    code: 'phone-invalid',
    errors: [{ pointer, detail: expect.any(String) as unknown }],
  })
  expect(house.sends()).toHaveLength(0)
})

test('a number that 8x8 calls invalid (400/1002) is phone-invalid as well', async () => {
  const { api } = await openJourney()
  expect(problemOf(await api.start({ phone: magicNumbers.invalidNumber.phone }))).toEqual({
    status: 422,
    code: 'phone-invalid',
    errors: [{ pointer: '/phone', detail: expect.any(String) as unknown }],
  })
})

test('FRD-1: a country that the app does not send to is not allowed, and nothing is sent', async () => {
  const { house, api } = await openJourney({ worker: 'none' }, { settings: { allowedCountries: ['MY'] } })
  expect(problemOf(await api.start({ phone: aPhone().e164 }))).toEqual({
    status: 403,
    code: 'phone-not-allowed',
    reason: 'country',
  })
  expect(house.sends()).toHaveLength(0)
})

test('ATT-2: a disabled number is blocked, with no time at which to come back', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 100, lastAt: Date.now() - 3_700_000 } })
  expect(problemOf(await api.start({ phone: phone.e164 }))).toEqual({
    status: 403,
    code: 'phone-not-allowed',
    reason: 'blocked',
  })
})

test('FRD-2: a second start within the interval is told when to come back, and leaves the first alone', async () => {
  const { house, api } = await openJourney({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  const login = await api.login(phone)
  expect(problemOf(await api.start({ phone: phone.e164 }))).toEqual({
    status: 429,
    code: 'too-many-requests',
    reason: 'interval',
    retryAfter: seconds(10, 30),
  })
  expect(house.sends()).toHaveLength(1)
  expect((await api.read(login.id)).body).toMatchObject({ status: 'waiting_for_code' })
})

test('FRD-2: a fourth message within ten minutes waits for the first to be ten minutes old', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  const phone = aPhone()
  const now = Date.now()
  await plant(house, phone, { sends: [now - 9 * MINUTE, now - 5 * MINUTE, now - 2 * MINUTE] })
  expect(problemOf(await api.start({ phone: phone.e164 }))).toEqual({
    status: 429,
    code: 'too-many-requests',
    reason: 'sends',
    retryAfter: seconds(30, 60),
  })
})

test('ATT-7: five wrong codes in a row make the next start wait', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await api.submit(login.id, house.wrongCodeFor(phone, n))
  expect(problemOf(await api.start({ phone: phone.e164 }))).toEqual({
    status: 429,
    code: 'too-many-requests',
    reason: 'failures',
    retryAfter: seconds(10, 30),
  })
})

test('ATT-8: a fourth enrolment in a day is denied', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  const phone = aPhone()
  const sends = [20, 10, 5].map((hours) => Date.now() - hours * 60 * MINUTE)
  await plant(house, phone, { sends, enrolmentSends: sends })
  expect(problemOf(await api.start({ phone: phone.e164, purpose: 'enrolment' }))).toEqual({
    status: 429,
    code: 'too-many-requests',
    reason: 'enrolment_sends',
    retryAfter: seconds(3 * 3600, 4 * 3600),
  })
})

test('ATT-8: an enrolment never ends the live login of its number', async () => {
  const { api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await untilResendable(login)
  expect(problemOf(await api.start({ phone: phone.e164, purpose: 'enrolment' }))).toMatchObject({
    status: 429,
    code: 'too-many-requests',
    retryAfter: seconds(1, 300),
  })
  expect((await api.read(login.id)).body).toMatchObject({ status: 'waiting_for_code' })
})

test('BIND-2: a newer login of the number supersedes the older one, whose code is good no more', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const older = await api.login(phone)
  const code = house.codeFor(phone)
  await untilResendable(older)
  const newer = await api.login(phone)
  expect((await api.read(older.id)).body).toMatchObject({ status: 'superseded', reason: 'newer_login' })
  expect((await api.read(newer.id)).body).toMatchObject({ status: 'waiting_for_code' })
  expect(problemOf(await api.submit(older.id, code))).toMatchObject({ code: 'login-closed' })
})

test('a start that is superseded while it waits is closed', async () => {
  const { house, api } = await openJourney()
  // 8x8 puts the older one off for longer than the interval, so that the newer one finds it waiting.
  const later = { kind: 'status', status: 429, headers: { 'retry-after': '8' } } as const
  house.sandbox.fault({ operation: 'send', fault: later })
  const phone = aPhone()
  const first = api.start({ phone: phone.e164 })
  await expect.poll(() => house.sends().length).toBe(1)
  // Before the interval is over, which may begin anew with the answer of 8x8, it is refused and nothing is sent.
  await expect.poll(async () => (await api.start({ phone: phone.e164 })).status, { interval: 200 }).toBe(201)
  expect(problemOf(await first)).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'superseded',
    reason: 'newer_login',
  })
})

test('a start that meets another one in the moment of its send is answered, not failed', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 429 } })
  const phone = aPhone()
  const first = api.start({ phone: phone.e164 })
  await expect.poll(() => house.sends().length).toBe(1)
  await expect.poll(async () => Date.now() > (await house.budget(phone)).earliestSendAt).toBe(true)
  const second = await api.start({ phone: phone.e164 })
  const statuses = [(await first).status, second.status].sort()
  // On a slow machine the first was answered before the second came, and is superseded as any other.
  expect(['201,409', '201,429', '201,201']).toContain(statuses.join())
})

test('respond-async answers 202 before the code is out, and the login is read on from there', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1000 } })
  const answer = await api.start({ phone: aPhone().e164 }, { prefer: 'respond-async' })
  expect(answer.status).toBe(202)
  expect(answer.body).toMatchObject({ status: 'sending', expiresAt: null })
  expect(answer.headers.get('preference-applied')).toBe('respond-async')
  const { id } = loginOf(answer)
  expect(answer.headers.get('location')).toBe(`/v1/logins/${id}`)
  expect((await api.read(id, { prefer: 'wait=10' })).body).toMatchObject({ id, status: 'waiting_for_code' })
})

test('Prefer: wait bounds how long a start is held', async () => {
  const { api } = await openJourney({ worker: 'none' })
  const answer = await api.start({ phone: aPhone().e164 }, { prefer: 'wait=1' })
  expect(answer.status).toBe(202)
  expect(answer.headers.get('preference-applied')).toBe('wait=1')
})

test('a number whose budget cannot be read is not sent to', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  const phone = aPhone()
  await house.client.workflow.start('login', {
    workflowId: house.workflowId(phone),
    taskQueue: 'nobody',
    memo: { loginId: 'lg_x', budget: 'broken' },
  })
  expect(problemOf(await api.start({ phone: phone.e164 }))).toEqual({
    status: 503,
    code: 'service-unavailable',
    retryAfter: 1,
  })
})

test('ATT-1: apps of one sub-account share the number’s budget, whichever process they ask', async () => {
  const { house, api } = await openJourney({ policy: { resendIntervalSeconds: 30 } })
  const elsewhere = await openHttp(house, { gateway: house.openGateway() })
  const phone = aPhone()
  await api.login(phone)
  expect(problemOf(await elsewhere.as('other').start({ phone: phone.e164 }))).toMatchObject({
    code: 'too-many-requests',
    reason: 'interval',
  })
})
