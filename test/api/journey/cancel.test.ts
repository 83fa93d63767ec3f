/** `POST /v1/logins/{id}/cancel`, over HTTP and all the way. */
import { expect, test } from 'vitest'
import { loginOf, openJourney, problemOf, untilResendable } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

test('a canceled login answers as canceled by its caller', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  const answer = await api.cancel(login.id)
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({ ...login, status: 'canceled', reason: 'caller' })
})

test('a second cancel is as good as the first', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  const first = await api.cancel(login.id)
  const second = await api.cancel(login.id)
  expect([second.status, second.text]).toEqual([200, first.text])
})

test('a cancel takes an empty object for a body as well', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  expect(await api.send('POST', `/v1/logins/${login.id}/cancel`, { body: {} })).toMatchObject({
    status: 200,
  })
})

test('a verified login cannot be canceled', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.codeFor(phone))
  expect(problemOf(await api.cancel(login.id))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'verified',
  })
})

test('a failed login cannot be canceled', async () => {
  const { house, api } = await openJourney({ policy: { maxAttempts: 1 } })
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.wrongCodeFor(phone))
  expect(problemOf(await api.cancel(login.id))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'failed',
    reason: 'too_many_attempts',
  })
})

test('a superseded login cannot be canceled, and the newer one is left alone', async () => {
  const { api } = await openJourney()
  const phone = aPhone()
  const older = await api.login(phone)
  await untilResendable(older)
  const newer = await api.login(phone)
  expect(problemOf(await api.cancel(older.id))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'superseded',
    reason: 'newer_login',
  })
  expect((await api.read(newer.id)).body).toMatchObject({ status: 'waiting_for_code' })
})

test('an expired login cannot be canceled', async () => {
  const { api } = await openJourney({ policy: { codeValiditySeconds: 1 } })
  const login = await api.login(aPhone())
  await api.until(login.id, ({ status }) => status === 'expired')
  expect(problemOf(await api.cancel(login.id))).toEqual({ status: 410, code: 'login-expired' })
})

test('a cancel while a code is being checked waits for the verdict, which stands', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1000 } })
  const verdict = api.submit(login.id, house.codeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  expect(problemOf(await api.cancel(login.id))).toMatchObject({ status: 409, loginStatus: 'verified' })
  expect(await verdict).toMatchObject({ status: 200 })
})

test('a cancel does not wait for a code that cannot be sent', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'status', status: 429 } })
  const started = await api.start({ phone: aPhone().e164 }, { prefer: 'respond-async' })
  expect(await api.cancel(loginOf(started).id)).toMatchObject({ status: 200, body: { status: 'canceled' } })
})
