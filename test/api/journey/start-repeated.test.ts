/** `POST /v1/logins` with an `Idempotency-Key`: the same request is one login and one message (RPL-5). */
import { expect, test } from 'vitest'
import { loginOf, openHttp, openJourney, problemOf, untilResendable } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

const key = { 'idempotency-key': 'signin-42' }

test('RPL-5: a repeated start has the answer of the first, byte for byte, and sends nothing', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const first = await api.start({ phone: phone.e164 }, key)
  const again = await api.start({ phone: phone.e164 }, key)
  expect([again.status, again.text]).toEqual([201, first.text])
  expect(again.headers.get('location')).toBe(first.headers.get('location'))
  expect(house.sends()).toHaveLength(1)
})

test('RPL-5: spelling the number another way is the same request', async () => {
  const { api } = await openJourney()
  const phone = aPhone()
  const first = await api.start({ phone: phone.e164 }, key)
  const again = await api.start({ country: 'SG', channel: 'sms', phone: phone.e164.slice(3) }, key)
  expect([again.status, again.text]).toEqual([201, first.text])
})

test('RPL-5: another process of the API gives the same answer', async () => {
  const { house, api } = await openJourney()
  const elsewhere = await openHttp(house, { gateway: house.openGateway() })
  const phone = aPhone()
  const first = await api.start({ phone: phone.e164 }, key)
  const again = await elsewhere.start({ phone: phone.e164 }, key)
  expect([again.status, again.text]).toEqual([201, first.text])
  expect(house.sends()).toHaveLength(1)
})

test('RPL-5: two processes asked at once make one login and one message', async () => {
  const { house, api } = await openJourney({ policy: { resendIntervalSeconds: 30 } })
  const elsewhere = await openHttp(house, { gateway: house.openGateway() })
  const body = { phone: aPhone().e164 }
  const [one, other] = await Promise.all([api.start(body, key), elsewhere.start(body, key)])
  expect([one.status, other.status, other.text]).toEqual([201, 201, one.text])
  expect(house.sends()).toHaveLength(1)
})

test('RPL-5: after the login was verified a repeated start still has its first answer', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const first = await api.start({ phone: phone.e164 }, key)
  await api.submit(loginOf(first).id, house.codeFor(phone))
  const again = await api.start({ phone: phone.e164 }, key)
  expect([again.status, again.text]).toEqual([201, first.text])
  expect(house.sends()).toHaveLength(1)
})

test('RPL-5: after a newer login of the number a repeated start still has its first answer', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const first = await api.start({ phone: phone.e164 }, key)
  await untilResendable(loginOf(first))
  const newer = await api.login(phone)
  const again = await api.start({ phone: phone.e164 }, key)
  expect([again.status, again.text]).toEqual([201, first.text])
  expect(house.sends()).toHaveLength(2)
  expect((await api.read(newer.id)).body).toMatchObject({ status: 'waiting_for_code' })
})

test('RPL-5: a start without a worker is repeated as the login that it was', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  const body = { phone: aPhone().e164 }
  const headers = { ...key, prefer: 'respond-async' }
  const first = await api.start(body, headers)
  const renamed = await openHttp(house, { settings: { brand: 'Acme Bank' } })
  for (const asked of [api, renamed]) {
    const again = await asked.start(body, headers)
    expect([first.status, again.status, again.text]).toEqual([202, 202, first.text])
  }
})

test('RPL-5: the same body is the same request when the app has got another brand of its own', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const first = await api.start({ phone: phone.e164 }, key)
  const renamed = await openHttp(house, { settings: { brand: 'Acme Bank' } })
  const again = await renamed.start({ phone: phone.e164 }, key)
  expect([again.status, again.text]).toEqual([201, first.text])
  expect(house.sends()).toHaveLength(1)
})

test.each([
  ['another channel', { channel: 'call' }],
  ['another brand', { brand: 'Acme Bank' }],
  ['a user', { userId: 'u_42' }],
])('RPL-5: the same key with %s is a conflict, and changes nothing', async (_name, more) => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const first = await api.start({ phone: phone.e164 }, key)
  expect(problemOf(await api.start({ phone: phone.e164, ...more }, key))).toEqual({
    status: 422,
    code: 'idempotency-conflict',
  })
  expect((await api.read(loginOf(first).id)).body).toEqual(loginOf(first))
  expect(house.sends()).toHaveLength(1)
})

test('RPL-5: the same key of another app is another key', async () => {
  const { api } = await openJourney()
  const phone = aPhone()
  const first = await api.start({ phone: phone.e164 }, key)
  await untilResendable(loginOf(first))
  const second = await api.as('other').start({ phone: phone.e164 }, key)
  expect(second.status).toBe(201)
  expect(loginOf(second).id).not.toBe(loginOf(first).id)
})

test('RPL-5: the same key with another phone is another request', async () => {
  const { house, api } = await openJourney()
  const first = await api.start({ phone: aPhone().e164 }, key)
  const second = await api.start({ phone: aPhone().e164 }, key)
  expect([first.status, second.status]).toEqual([201, 201])
  expect(house.sends()).toHaveLength(2)
})

test('a start that 8x8 has refused is refused again when repeated, and 8x8 is not asked', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 400, code: 1003 } })
  const body = { phone: aPhone().e164 }
  const first = problemOf(await api.start(body, key))
  expect(problemOf(await api.start(body, key))).toEqual(first)
  expect(house.sends()).toHaveLength(1)
})

test('a start that was canceled before it was repeated is closed', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'status', status: 429 } })
  const body = { phone: aPhone().e164 }
  const first = await api.start(body, { ...key, prefer: 'respond-async' })
  await api.cancel(loginOf(first).id)
  expect(problemOf(await api.start(body, key))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'canceled',
    reason: 'caller',
  })
})

test('a start whose time ran out before a code could go out is expired when repeated', async () => {
  const { house, api } = await openJourney({ worker: 'none', policy: { codeValiditySeconds: 1 } })
  const body = { phone: aPhone().e164 }
  const first = await api.start(body, { ...key, prefer: 'wait=2' })
  expect(first.body).toMatchObject({ status: 'sending' })
  await house.startWorker()
  expect(problemOf(await api.start(body, key))).toEqual({ status: 410, code: 'login-expired' })
  expect(house.sends()).toHaveLength(0)
})
