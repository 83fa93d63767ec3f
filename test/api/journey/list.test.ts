/** `GET /v1/logins?phone=…`, over HTTP and all the way: a number's logins, as the app that started them sees them. */
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Login } from '../../../domain/login.ts'
import type { Phone } from '../../../domain/phone.ts'
import {
  loginOf,
  openJourney,
  problemOf,
  untilResendable,
  type Answer,
  type Caller,
} from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'
import { plant } from '../../support/plant.ts'

const ofPhone = (phone: Phone) => `phone=${encodeURIComponent(phone.e164)}`
const loginsOf = ({ body }: Answer) => body.logins as readonly Login[]
const idsOf = (answer: Answer) => loginsOf(answer).map(({ id }) => id)

/** Logins of one number, one after another; oldest first. */
async function startOneAfterAnother(phone: Phone, ...callers: Pick<Caller, 'login'>[]): Promise<Login[]> {
  const logins: Login[] = []
  for (const caller of callers) {
    const before = logins.at(-1)
    if (before !== undefined) await untilResendable(before)
    logins.push(await caller.login(phone))
  }
  return logins
}

test('a number’s logins are listed newest first, each as it is read by its id', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const [first, second, third] = await startOneAfterAnother(phone, api, api, api)
  await api.submit(third?.id ?? '', house.codeFor(phone))
  const answer = await api.list(ofPhone(phone))
  expect(answer.status).toBe(200)
  expect(loginsOf(answer)).toMatchObject([
    { id: third?.id, status: 'verified' },
    { id: second?.id, status: 'superseded', reason: 'newer_login' },
    { id: first?.id, status: 'superseded', reason: 'newer_login' },
  ])
  const read = await Promise.all(idsOf(answer).map(async (id) => loginOf(await api.read(id))))
  expect(loginsOf(answer)).toEqual(read)
})

test('a number that nobody has used has no logins, which is no error', async () => {
  const { api } = await openJourney({ worker: 'none' })
  expect(await api.list(ofPhone(aPhone()))).toMatchObject({ status: 200, body: { logins: [] } })
})

test('BIND-7: an app sees its own logins of a number and no others, an admin’s key no more', async () => {
  const { api } = await openJourney()
  const phone = aPhone()
  const other = api.as('other')
  const [first, second, third] = await startOneAfterAnother(phone, api, other, api)
  expect(idsOf(await api.list(ofPhone(phone)))).toEqual([third?.id, first?.id])
  expect(idsOf(await other.list(ofPhone(phone)))).toEqual([second?.id])
  expect(idsOf(await api.as('ops').list(ofPhone(phone)))).toEqual([])
})

test('as many are listed as asked for: the newest', async () => {
  const { api } = await openJourney({ policy: { sendLimits: [{ sends: 10, seconds: 600 }] } })
  const phone = aPhone()
  const logins = await startOneAfterAnother(phone, api, api, api, api, api, api)
  const newestFirst = logins.map(({ id }) => id).reverse()
  expect(idsOf(await api.list(`${ofPhone(phone)}&limit=5`))).toEqual(newestFirst.slice(0, 5))
  expect(idsOf(await api.list(`${ofPhone(phone)}&limit=1`))).toEqual(newestFirst.slice(0, 1))
  expect(idsOf(await api.list(ofPhone(phone)))).toEqual(newestFirst)
})

test('an operator’s clear is no login, and those before it are still listed', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.cancel(login.id)
  const cleared = await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
  expect(cleared.outcome).toBe('number')
  expect(idsOf(await api.list(ofPhone(phone)))).toEqual([login.id])
})

test('a list ends where Temporal has forgotten the login before', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  const phone = aPhone()
  await plant(house, phone, {}, { app: 'other', previousRunId: randomUUID() })
  expect(await api.list(ofPhone(phone))).toMatchObject({ status: 200, body: { logins: [] } })
})

test('a national number is the same number with its country', async () => {
  const { api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  expect(idsOf(await api.list(`phone=${phone.e164.slice(3)}&country=SG`))).toEqual([login.id])
})

test('closed logins are listed without a worker', async () => {
  const { api, house } = await openJourney({ worker: 'own' })
  const phone = aPhone()
  const login = await api.login(phone)
  await api.cancel(login.id)
  await house.stopWorker()
  expect(loginsOf(await api.list(ofPhone(phone)))).toMatchObject([{ id: login.id, status: 'canceled' }])
})

test('with an open login that no worker can tell there is no list, instead of one with a gap', async () => {
  const { api, house } = await openJourney({ worker: 'own' })
  const phone = aPhone()
  await startOneAfterAnother(phone, api, api)
  await house.stopWorker()
  expect(problemOf(await api.list(ofPhone(phone)))).toEqual({
    status: 503,
    code: 'service-unavailable',
    retryAfter: 1,
  })
  expect(idsOf(await api.as('other').list(ofPhone(phone)))).toEqual([])
})

test.each([
  ['no number', 'phone=me', 'phone'],
  ['a national number without its country', 'phone=91234567', 'phone'],
  ['a plus that was not encoded', 'phone=+6591234567', 'phone'],
  ['a number that cannot exist', 'phone=%2B6512', 'phone'],
  ['a country without numbers', 'phone=91234567&country=XX', 'country'],
])('API-3: %s is phone-invalid', async (_name, query, pointer) => {
  const { api } = await openJourney({ worker: 'none' })
  const answer = await api.list(query)
  expect(problemOf(answer)).toEqual({
    status: 422,
    code: 'phone-invalid',
    errors: [{ pointer, detail: expect.any(String) as unknown }],
  })
  expect(answer.text).not.toMatch(/9123|6512/)
})

test('no key lists nothing', async () => {
  const { api } = await openJourney({ worker: 'none' })
  expect(problemOf(await api.anonymous.list(ofPhone(aPhone())))).toEqual({
    status: 401,
    code: 'unauthorized',
  })
})
