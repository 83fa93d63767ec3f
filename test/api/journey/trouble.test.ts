/** 8x8 or Temporal in trouble, as HTTP tells it. */
import { Client } from '@temporalio/client'
import { expect, test } from 'vitest'
import { createLoginGateway } from '../../../api/login-gateway.ts'
import type { Fault } from '../../../sandbox/faults.ts'
import { magicNumbers } from '../../../sandbox/magic-numbers.ts'
import { loginOf, openHttp, openJourney, problemOf, seconds, untilResendable } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

test('8x8 away the whole time is provider-unavailable, and the number may be tried again', async () => {
  const { house, api } = await openJourney({
    baseUrl: 'http://127.0.0.1:1',
    policy: { codeValiditySeconds: 2 },
  })
  const phone = aPhone()
  expect(problemOf(await api.start({ phone: phone.e164 }))).toEqual({
    status: 503,
    code: 'provider-unavailable',
    retryAfter: seconds(1, 2),
  })
  expect((await house.budget(phone)).sends).toEqual([])
})

test('a send whose answers are lost is provider-unavailable after two messages at most', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'status-after', status: 500 } })
  expect(problemOf(await api.start({ phone: aPhone().e164 }))).toMatchObject({
    status: 503,
    code: 'provider-unavailable',
  })
  expect(house.sends().filter(({ accepted }) => accepted)).toHaveLength(2)
})

test.each([
  ['our key (401)', magicNumbers.unauthorized.phone, 'credentials'],
  ['our account (403)', magicNumbers.forbidden.phone, 'credentials'],
  ['our TLS (426)', magicNumbers.needsTls13.phone, 'tls'],
])('8x8 that refuses %s is provider-refused, with the reason', async (_name, phone, reason) => {
  const { house, api } = await openJourney()
  expect(problemOf(await api.start({ phone }))).toEqual({ status: 502, code: 'provider-refused', reason })
  expect(house.sends()).toHaveLength(1)
})

test.each<[string, Fault, number]>([
  ['that may have happened (500) costs an attempt', { kind: 'status', status: 500 }, 4],
  ['whose answer is lost costs an attempt', { kind: 'drop-after' }, 4],
  ['that did not happen (401) costs none', { kind: 'status', status: 401, code: 1200 }, 5],
  ['that did not happen (429) costs none', { kind: 'status', status: 429 }, 5],
])('ATT-6: a check %s, and the code may be submitted again', async (_name, fault, attemptsLeft) => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  house.sandbox.fault({ operation: 'check', times: 'always', fault })
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toEqual({
    status: 503,
    code: 'code-check-unavailable',
    retryAfter: 1,
  })
  house.sandbox.clearFaults()
  expect((await api.read(login.id)).body).toMatchObject({ status: 'waiting_for_code', attemptsLeft })
  expect(await api.submit(login.id, house.codeFor(phone))).toMatchObject({ status: 200 })
})

test('a check that 8x8 puts off says for how long', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  house.sandbox.fault({
    operation: 'check',
    times: 'always',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '30' } },
  })
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toEqual({
    status: 503,
    code: 'code-check-unavailable',
    retryAfter: 30,
  })
})

test.each([
  ['99999', 60],
  ['0', 1],
])('row 27: a check that 8x8 puts off by %s s is worth another try in time', async (retryAfter, most) => {
  const { house, api } = await openJourney({ policy: { codeValiditySeconds: 60 } })
  const phone = aPhone()
  const login = await api.login(phone)
  const putOff = { kind: 'status', status: 429, headers: { 'retry-after': retryAfter } } as const
  house.sandbox.fault({ operation: 'check', times: 'always', fault: putOff })
  const { headers, status } = await api.submit(login.id, house.codeFor(phone))
  const seconds = Number(headers.get('retry-after'))
  expect({ status, isInTime: seconds >= 1 && seconds <= most }).toEqual({ status: 503, isInTime: true })
})

test('the same submission with its key, after no verdict, is the same no verdict', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'drop-after' } })
  const key = { 'idempotency-key': 'submit-1' }
  const first = problemOf(await api.submit(login.id, house.codeFor(phone), key))
  expect(problemOf(await api.submit(login.id, house.codeFor(phone), key))).toEqual(first)
  expect(house.checks()).toHaveLength(1)
})

test('a code that 8x8 no longer knows closes the login', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'status', status: 404, code: 1404 } })
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'failed',
    reason: 'provider_refused',
  })
})

test('a code that 8x8 calls expired expires the login', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'merge', members: { status: 'EXPIRED' } } })
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toEqual({
    status: 410,
    code: 'login-expired',
  })
})

test('a code that has no verdict when HTTP’s time is over answers 202, and its verdict is read later', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'status', status: 429 } })
  const phone = aPhone()
  const started = await api.start({ phone: phone.e164 }, { prefer: 'respond-async' })
  const { id } = loginOf(started)
  const answer = await api.submit(id, '123456')
  expect(answer).toMatchObject({ status: 202, body: { id, status: 'sending', attemptsLeft: 5 } })
  expect(answer.headers.get('location')).toBe(`/v1/logins/${id}`)
})

test('an operator’s terminate reads as failed by an operator, and closes the login', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await house.client.workflow.getHandle(house.workflowId(phone)).terminate()
  const closed = { status: 409, code: 'login-closed', loginStatus: 'failed', reason: 'operator' }
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toEqual(closed)
  expect(problemOf(await api.resend(login.id))).toEqual(closed)
  expect(problemOf(await api.cancel(login.id))).toEqual(closed)
})

test('without a worker what is asked of an open login is unavailable, and none of it is guessed', async () => {
  const { house, api } = await openJourney({ worker: 'own' })
  const phone = aPhone()
  const login = await api.login(phone)
  await untilResendable(login)
  await house.stopWorker()
  const answers = await Promise.all([
    api.submit(login.id, house.codeFor(phone)),
    api.resend(login.id),
    api.cancel(login.id),
    api.start({ phone: phone.e164 }),
  ])
  const unavailable = { status: 503, code: 'service-unavailable', retryAfter: 1 }
  expect(answers.map(problemOf)).toEqual(answers.map(() => unavailable))
  expect(house.sends()).toHaveLength(1)
  expect(house.checks()).toHaveLength(0)
})

test('a namespace that is gone is a Temporal that cannot be used: every call is answered 503', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const { dataConverter, identity, policy, taskQueue } = house
  const { connection } = house.client
  const client = new Client({ connection, namespace: 'no-such-namespace', dataConverter })
  const lost = await openHttp(house, {
    gateway: createLoginGateway({ client, identity, policy, taskQueue }),
  })
  const answers = [
    await lost.start({ phone: aPhone().e164 }),
    await lost.read(login.id),
    await lost.submit(login.id, house.codeFor(phone)),
    await lost.cancel(login.id),
  ]
  expect(answers.map(({ status }) => status)).toEqual(Array.from(answers, () => 503))
  expect(await api.submit(login.id, house.codeFor(phone))).toMatchObject({ status: 200 })
})
