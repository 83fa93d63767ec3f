/** `GET /v1/numbers/{phone}`, over HTTP and all the way: what operators see of a number. */
import { expect, test } from 'vitest'
import { openJourney, problemOf, untilResendable } from '../../support/http.ts'
import { plant } from '../../support/plant.ts'
import { aPhone } from '../../support/house.ts'

test('a number that nobody has used has all its sends left', async () => {
  const { api } = await openJourney({ worker: 'none' })
  const phone = aPhone()
  expect(await api.as('ops').number(phone.e164)).toMatchObject({
    status: 200,
    body: {
      phone: phone.masked,
      sendsLeft: 3,
      blockedUntil: null,
      reason: null,
      failures: 0,
      disabled: false,
    },
  })
})

test('a number that was just sent to is blocked until its interval is over', async () => {
  const { api } = await openJourney({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  await api.login(phone)
  const { body } = await api.as('ops').number(phone.e164)
  expect(body).toMatchObject({ sendsLeft: 2, reason: 'interval' })
  expect(Date.parse(String(body.blockedUntil)) - Date.now()).toBeGreaterThan(15_000)
})

test('wrong codes are counted, and a success forgets them', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.wrongCodeFor(phone))
  await api.submit(login.id, house.wrongCodeFor(phone, 2))
  expect((await api.as('ops').number(phone.e164)).body).toMatchObject({ failures: 2 })
  await api.submit(login.id, house.codeFor(phone))
  await untilResendable(login)
  expect((await api.as('ops').number(phone.e164)).body).toMatchObject({ failures: 0, reason: null })
})

test('ATT-7: after five wrong codes it says until when the number waits', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await api.submit(login.id, house.wrongCodeFor(phone, n))
  const { body } = await api.as('ops').number(phone.e164)
  expect(body).toMatchObject({ failures: 5, reason: 'failures', disabled: false })
  expect(Date.parse(String(body.blockedUntil)) - Date.now()).toBeGreaterThan(20_000)
})

test('ATT-8: failures that have faded are shown no more', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 7, lastAt: Date.now() - 86_400_000 } })
  expect((await api.as('ops').number(phone.e164)).body).toMatchObject({ failures: 0, reason: null })
})

test('ATT-2: a disabled number says so, and names no time', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 100, lastAt: Date.now() } })
  expect((await api.as('ops').number(phone.e164)).body).toMatchObject({
    failures: 100,
    reason: 'disabled',
    blockedUntil: null,
    disabled: true,
  })
})

test('API-9: a key that is no admin’s may not read numbers', async () => {
  const { api } = await openJourney({ worker: 'none' })
  expect(problemOf(await api.number(aPhone().e164))).toEqual({ status: 403, code: 'forbidden' })
})

test.each([
  ['no number', 'me'],
  ['a national number', '91234567'],
  ['a number that cannot exist', '+6512'],
])('API-3: %s is phone-invalid', async (_name, phone) => {
  const { api } = await openJourney({ worker: 'none' })
  expect(problemOf(await api.as('ops').number(phone))).toEqual({
    status: 422,
    code: 'phone-invalid',
    errors: [{ pointer: 'phone', detail: expect.any(String) as unknown }],
  })
})

test('ATT-10: a budget that cannot be read is not shown as a fresh one', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  const phone = aPhone()
  await house.client.workflow.start('login', {
    workflowId: house.workflowId(phone),
    taskQueue: 'nobody',
    memo: { loginId: 'lg_x', budget: 'broken' },
  })
  expect(problemOf(await api.as('ops').number(phone.e164))).toEqual({
    status: 503,
    code: 'service-unavailable',
    retryAfter: 1,
  })
})
