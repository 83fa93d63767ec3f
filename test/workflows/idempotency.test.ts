/** The same request twice is one effect and one answer (RPL-5, RPL-6); Temporal is the only store. */
import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client'
import { expect, test } from 'vitest'
import type { Idempotency } from '../../api/gateway.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'
import { plant } from '../support/plant.ts'

const keyOf = (house: House, key: string, body: unknown = {}, endpoint = 'start'): Idempotency =>
  house.identity.idempotency(house.app, endpoint, key, body)

test('RPL-5: ten starts with one key are one login, one message and one answer', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const idempotency = keyOf(house, 'k')
  const first = await house.start(phone, { idempotency })
  const repeats = await Promise.all(
    Array.from({ length: 10 }, () =>
      house.openGateway().start(house.app, house.toStart(phone, { idempotency })),
    ),
  )
  expect(repeats).toEqual(repeats.map(() => ({ ...first, isRepetition: true })))
  expect(house.sends()).toHaveLength(1)
})

test('RPL-5: starts with one key at the same moment from two processes are one login and one message', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const idempotency = keyOf(house, 'k')
  const request = house.toStart(phone, { idempotency })
  const [one, other] = await Promise.all([
    house.openGateway().start(house.app, request),
    house.openGateway().start(house.app, request),
  ])
  expect(one).toMatchObject({ outcome: 'started' })
  expect({ ...other, isRepetition: true }).toEqual({ ...one, isRepetition: true })
  expect([one, other].map((result) => 'isRepetition' in result)).toContain(true)
  expect(house.sends()).toHaveLength(1)
})

test('row 13: a start that was executed and whose answer was lost is found, not made again', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const lost = house.openGateway(undefined, () => {
    throw new WorkflowUpdateRPCTimeoutOrCancelledError('the answer was lost')
  })
  const started = await lost.start(house.app, house.toStart(phone))
  expect(started).toMatchObject({ outcome: 'started', login: { status: 'waiting_for_code' } })
  expect(house.sends()).toHaveLength(1)
})

test('RPL-5: the same key with another body is a conflict', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await house.start(phone, { idempotency: keyOf(house, 'k', { channel: 'sms' }) })
  const other = await house.start(phone, { idempotency: keyOf(house, 'k', { channel: 'call' }) })
  expect(other).toEqual({ outcome: 'idempotency-conflict' })
})

test('RPL-6, RPL-7: another app’s equal key is another key, and is told nothing of the first one’s login', async () => {
  const house = await openHouse({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  await house.start(phone, { idempotency: keyOf(house, 'k') })
  const app = { ...house.app, name: 'other' }
  const idempotency = house.identity.idempotency(app, 'start', 'k', {})
  const told = await house.gateway.start(app, house.toStart(phone, { idempotency }))
  expect(told).toEqual({
    outcome: 'denied',
    denial: { reason: 'interval', retryAt: expect.any(Number) as number },
  })
})

test('RPL-5: a key is known after its login was verified, and after newer logins of the number', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const idempotency = keyOf(house, 'k')
  const first = await house.start(phone, { idempotency })
  const login = await house.login(phone, { idempotency })
  await house.submit(login.id, house.codeFor(phone))
  expect(await house.start(phone, { idempotency })).toEqual({ ...first, isRepetition: true })
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
  expect(await house.openGateway().start(house.app, house.toStart(phone, { idempotency }))).toEqual({
    ...first,
    isRepetition: true,
  })
  expect(house.sends()).toHaveLength(2)
})

test('RPL-6: a key is forgotten after a day', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const idempotency = keyOf(house, 'k')
  const at = Date.now() - 86_400_000
  await plant(house, phone, {}, { idempotencyKeys: [{ ...idempotency, loginId: 'lg_earlier', at }] })
  expect(await house.start(phone, { idempotency })).toMatchObject({ outcome: 'started' })
})

test('row 2: a code whose answer was lost is answered as before, and is checked once', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const code = house.codeFor(phone)
  const idempotency = keyOf(house, 'c', { code }, 'code')
  const first = await house.submit(login.id, code, idempotency)
  expect(first).toMatchObject({ outcome: 'verified' })
  expect(await house.submit(login.id, code, idempotency)).toEqual(first)
  expect(house.checks()).toHaveLength(1)
})

test('row 19: a wrong code repeated with its key costs one attempt', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const code = house.wrongCodeFor(phone)
  const idempotency = keyOf(house, 'c', { code }, 'code')
  const answers = await Promise.all([1, 2, 3].map(() => house.submit(login.id, code, idempotency)))
  expect(answers).toEqual(answers.map(() => answers[0]))
  expect(answers[0]).toMatchObject({ outcome: 'incorrect', login: { attemptsLeft: 4 } })
  expect(house.checks()).toHaveLength(1)
})

test('RPL-5: a key that came with another code is a conflict, also after the login has closed', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const wrong = house.wrongCodeFor(phone)
  await house.submit(login.id, wrong, keyOf(house, 'c', { code: wrong }, 'code'))
  const right = house.codeFor(phone)
  const conflicting = keyOf(house, 'c', { code: right }, 'code')
  expect(await house.submit(login.id, right, conflicting)).toEqual({ outcome: 'idempotency-conflict' })
  await house.submit(login.id, right)
  expect(await house.submit(login.id, right, conflicting)).toEqual({ outcome: 'idempotency-conflict' })
})

test('RPL-3: the right code again after the verdict, without its key, is told that the login is closed', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.codeFor(phone))
  const again = await house.submit(login.id, house.codeFor(phone))
  expect(again).toMatchObject({ outcome: 'closed', login: { status: 'verified' } })
  expect(house.checks()).toHaveLength(1)
})

test('RPL-5: a resend repeated with its key sends one message', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await expect.poll(() => Date.now() > Date.parse(login.resendAfter ?? '')).toBe(true)
  const idempotency = keyOf(house, 'r', {}, 'resend')
  const first = await house.gateway.resend(house.app, login.id, { idempotency })
  expect(first).toMatchObject({ outcome: 'answered', answer: { outcome: 'sent' } })
  const repeated = { ...first, isRepetition: true }
  expect(await house.openGateway().resend(house.app, login.id, { idempotency })).toEqual(repeated)
  await house.cancel(login.id)
  expect(await house.gateway.resend(house.app, login.id, { idempotency })).toEqual(repeated)
  expect(house.sends()).toHaveLength(2)
})

test('a code that is not waited for while no worker can tell of the login is not taken, so that a repeated one costs one attempt', async () => {
  const house = await openHouse({ worker: 'own' })
  const phone = aPhone()
  const { id } = await house.login(phone)
  await house.stopWorker()
  const bring = () =>
    house.gateway.submitCode(house.app, id, { code: house.wrongCodeFor(phone), respondAsync: true })
  expect(await bring()).toEqual({ outcome: 'unavailable' })
  await house.startWorker()
  await expect.poll(bring).toMatchObject({ outcome: 'pending' })
  await house.until(id, ({ attemptsLeft, status }) => attemptsLeft < 5 && status === 'waiting_for_code')
  expect(await house.read(id)).toMatchObject({ attemptsLeft: 4 })
  expect(house.checks()).toHaveLength(1)
})
