/** `POST /v1/logins/{id}/resend`, over HTTP and all the way: one code, sent again. */
import { expect, test } from 'vitest'
import type { Fault } from '../../../sandbox/faults.ts'
import { openHttp, openJourney, problemOf, seconds, untilResendable } from '../../support/http.ts'
import { plant } from '../../support/plant.ts'
import { aPhone } from '../../support/house.ts'

const key = { 'idempotency-key': 'resend-1' }

test('RPL-4: a resend brings the same code again, and counts one resend', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const code = house.codeFor(phone)
  await untilResendable(login)
  const answer = await api.resend(login.id)
  expect(answer).toMatchObject({ status: 200, body: { status: 'waiting_for_code', resendsLeft: 1 } })
  expect(house.sandbox.messages(phone.e164).map((message) => message.code)).toEqual([code, code])
  expect(await api.submit(login.id, code)).toMatchObject({ status: 200 })
})

test('a resend may be a call, and is one', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await untilResendable(login)
  expect(await api.resend(login.id, { channel: 'call' })).toMatchObject({ body: { channel: 'call' } })
  expect(house.sandbox.messages(phone.e164)[0]).toMatchObject({ channel: 'call' })
})

test('API-13: a resend before resendAfter is too early, and sends nothing', async () => {
  const { house, api } = await openJourney({ policy: { resendIntervalSeconds: 30 } })
  const login = await api.login(aPhone())
  expect(problemOf(await api.resend(login.id))).toEqual({
    status: 429,
    code: 'resend-too-early',
    reason: 'interval',
    retryAfter: seconds(10, 30),
  })
  expect(house.sends()).toHaveLength(1)
})

test('a resend while the first code is being sent is too early', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
  const started = await api.start({ phone: aPhone().e164 }, { prefer: 'wait=1' })
  expect(problemOf(await api.resend(String(started.body.id)))).toMatchObject({ code: 'resend-too-early' })
  expect(house.sends()).toHaveLength(1)
})

test('two resends at once send one message', async () => {
  const { house, api } = await openJourney()
  const login = await api.login(aPhone())
  await untilResendable(login)
  const answers = await Promise.all([api.resend(login.id), api.resend(login.id)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 429])
  expect(house.sends()).toHaveLength(2)
})

test('a login has two resends, and the third is refused', async () => {
  const { house, api } = await openJourney({ policy: { sendLimits: [{ sends: 9, seconds: 600 }] } })
  const phone = aPhone()
  const login = await api.login(phone)
  for (const resendsLeft of [1, 0]) {
    await untilResendable(await api.until(login.id, () => true))
    expect(await api.resend(login.id)).toMatchObject({ status: 200, body: { resendsLeft } })
  }
  expect(problemOf(await api.resend(login.id))).toEqual({ status: 409, code: 'resends-exhausted' })
  expect(await api.submit(login.id, house.codeFor(phone))).toMatchObject({ status: 200 })
})

test('FRD-2: a resend counts against the number’s windows', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  await plant(house, phone, { sends: [Date.now() - 300_000, Date.now() - 120_000] })
  const login = await api.login(phone)
  await untilResendable(login)
  expect(problemOf(await api.resend(login.id))).toEqual({
    status: 429,
    code: 'too-many-requests',
    reason: 'sends',
    retryAfter: seconds(270, 300),
  })
})

test('the same resend again has the same answer, and sends nothing', async () => {
  const { house, api } = await openJourney()
  const elsewhere = await openHttp(house, { gateway: house.openGateway() })
  const login = await api.login(aPhone())
  await untilResendable(login)
  const first = await api.resend(login.id, {}, key)
  const again = await elsewhere.resend(login.id, {}, key)
  expect([first.status, again.status, again.text]).toEqual([200, 200, first.text])
  expect(house.sends()).toHaveLength(2)
})

test('a body left out is the same request as an empty one', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  await untilResendable(login)
  const first = await api.resend(login.id, undefined, key)
  const again = await api.resend(login.id, {}, key)
  expect([first.status, again.status, again.text]).toEqual([200, 200, first.text])
})

test('the same key with another channel is a conflict, and sends nothing', async () => {
  const { house, api } = await openJourney()
  const login = await api.login(aPhone())
  await untilResendable(login)
  await api.resend(login.id, {}, key)
  expect(problemOf(await api.resend(login.id, { channel: 'call' }, key))).toEqual({
    status: 422,
    code: 'idempotency-conflict',
  })
  expect(house.sends()).toHaveLength(2)
})

test('on a closed login the conflict comes before login-closed', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await untilResendable(login)
  await api.resend(login.id, {}, key)
  await api.submit(login.id, house.codeFor(phone))
  expect(problemOf(await api.resend(login.id, { channel: 'call' }, key))).toEqual({
    status: 422,
    code: 'idempotency-conflict',
  })
})

test('API-14: after the verdict there is nothing to send', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.codeFor(phone))
  expect(problemOf(await api.resend(login.id))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'verified',
  })
  expect(house.sends()).toHaveLength(1)
})

test('ATT-12: five wrong codes leave nothing to send', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await api.submit(login.id, house.wrongCodeFor(phone, n))
  expect(problemOf(await api.resend(login.id))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'failed',
    reason: 'too_many_attempts',
  })
})

test('a canceled login sends nothing more', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  await api.cancel(login.id)
  expect(problemOf(await api.resend(login.id))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'canceled',
    reason: 'caller',
  })
})

test('a superseded login sends nothing more', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const older = await api.login(phone)
  await untilResendable(older)
  await untilResendable(await api.login(phone))
  expect(problemOf(await api.resend(older.id))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'superseded',
    reason: 'newer_login',
  })
  expect(house.sends()).toHaveLength(2)
})

test('after the deadline the login is expired', async () => {
  const { api } = await openJourney({ policy: { codeValiditySeconds: 1 } })
  const login = await api.login(aPhone())
  await api.until(login.id, ({ status }) => status === 'expired')
  expect(problemOf(await api.resend(login.id))).toEqual({ status: 410, code: 'login-expired' })
})

test.each<[string, Fault, object]>([
  [
    'that the number is invalid (400/1002)',
    { kind: 'status', status: 400, code: 1002 },
    { status: 422, code: 'phone-invalid' },
  ],
  [
    'our key (401)',
    { kind: 'status', status: 401, code: 1200 },
    { status: 502, code: 'provider-refused', reason: 'credentials' },
  ],
  [
    'a parameter (400/1003)',
    { kind: 'status', status: 400, code: 1003 },
    { status: 502, code: 'provider-refused', reason: 'parameter' },
  ],
  [
    'with an error (500)',
    { kind: 'status', status: 500 },
    { status: 503, code: 'provider-unavailable', retryAfter: seconds(1, 2) },
  ],
])('a resend that 8x8 refuses, %s, leaves the first code good', async (_name, fault, problem) => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await untilResendable(login)
  house.sandbox.fault({ operation: 'send', fault })
  expect(problemOf(await api.resend(login.id))).toEqual(problem)
  expect(await api.submit(login.id, house.codeFor(phone))).toMatchObject({ status: 200 })
})
