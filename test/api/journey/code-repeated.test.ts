/** `POST /v1/logins/{id}/code` with an `Idempotency-Key`: one submission, one attempt, one answer. */
import { expect, test } from 'vitest'
import { openHttp, openJourney, problemOf } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

const key = { 'idempotency-key': 'submit-1' }

test('RPL-3: the same submission after the verdict has the same answer, and is not checked again', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const first = await api.submit(login.id, house.codeFor(phone), key)
  const again = await api.submit(login.id, house.codeFor(phone), key)
  expect([first.status, again.status, again.text]).toEqual([200, 200, first.text])
  expect(house.checks()).toHaveLength(1)
})

test('RPL-3: another process of the API gives the same answer to it', async () => {
  const { house, api } = await openJourney()
  const elsewhere = await openHttp(house, { gateway: house.openGateway() })
  const phone = aPhone()
  const login = await api.login(phone)
  const first = await api.submit(login.id, house.codeFor(phone), key)
  const again = await elsewhere.submit(login.id, house.codeFor(phone), key)
  expect([again.status, again.text]).toEqual([200, first.text])
})

test('RPL-8: a wrong code submitted twice under one key costs one attempt', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const wrong = house.wrongCodeFor(phone)
  const first = await api.submit(login.id, wrong, key)
  const again = await api.submit(login.id, wrong, key)
  expect(problemOf(first)).toEqual({ status: 422, code: 'code-incorrect', attemptsLeft: 4 })
  expect(problemOf(again)).toEqual(problemOf(first))
  expect(house.checks()).toHaveLength(1)
})

test('RPL-2: the same submission twice at once is one check with one answer', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const code = house.codeFor(phone)
  const [one, other] = await Promise.all([api.submit(login.id, code, key), api.submit(login.id, code, key)])
  expect([one.status, other.status, other.text]).toEqual([200, 200, one.text])
  expect(house.checks()).toHaveLength(1)
})

test('a wrong answer given before the end is given again after it', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const wrong = house.wrongCodeFor(phone)
  const first = await api.submit(login.id, wrong, key)
  await api.submit(login.id, house.codeFor(phone))
  expect(problemOf(await api.submit(login.id, wrong, key))).toEqual(problemOf(first))
})

test('the same key with another code is a conflict, and is not checked', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.wrongCodeFor(phone), key)
  expect(problemOf(await api.submit(login.id, house.codeFor(phone), key))).toEqual({
    status: 422,
    code: 'idempotency-conflict',
  })
  expect(house.checks()).toHaveLength(1)
})

test('on a closed login the conflict comes before login-closed', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.codeFor(phone), key)
  expect(problemOf(await api.submit(login.id, house.wrongCodeFor(phone), key))).toEqual({
    status: 422,
    code: 'idempotency-conflict',
  })
})

test('a key first used on a closed login says that it is closed, each time', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.cancel(login.id)
  const answers = [
    await api.submit(login.id, house.codeFor(phone), key),
    await api.submit(login.id, house.codeFor(phone), key),
  ]
  const closed = { status: 409, code: 'login-closed', loginStatus: 'canceled', reason: 'caller' }
  expect(answers.map(problemOf)).toEqual([closed, closed])
})

test('the same key on another login is another submission', async () => {
  const { house, api } = await openJourney()
  const [one, other] = [aPhone(), aPhone()]
  const [first, second] = [await api.login(one), await api.login(other)]
  const verified = await api.submit(first.id, house.codeFor(one), key)
  const wrong = await api.submit(second.id, house.wrongCodeFor(other), key)
  expect([verified.status, wrong.status]).toEqual([200, 422])
})

test('a key first used with respond-async is a conflict with another code as well', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.wrongCodeFor(phone), { ...key, prefer: 'respond-async' })
  await api.until(login.id, ({ attemptsLeft, status }) => attemptsLeft === 4 && status === 'waiting_for_code')
  expect(problemOf(await api.submit(login.id, house.codeFor(phone), key))).toEqual({
    status: 422,
    code: 'idempotency-conflict',
  })
})
