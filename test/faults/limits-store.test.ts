/** Rows 44 and 45: the store of the limits is slow, cut off, forgetful, or another one than a moment ago. */
import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { createLimits } from '../../platform/limits/create-limits.ts'
import { connectValkey } from '../../platform/limits/valkey.ts'
import { startRedis } from '../limits/redis-server.ts'
import { aPhone, type HouseOptions } from '../support/house.ts'
import { loginOf, openJourney, problemOf, untilResendable } from '../support/http.ts'
import { injected } from '../support/injected.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'

const unavailable = { status: 503, code: 'service-unavailable', retryAfter: 1 }

/** An API whose limits are counted in a Redis of its own, on the other side of a proxy. */
async function openBehindStore(options: HouseOptions = {}, sendsPerDay = 100) {
  const redis = await startRedis()
  const proxy = await openTcpProxy(redis.url)
  const lines: string[] = []
  const note = (_: object, line: string) => void lines.push(line)
  const log = { info: note, error: note }
  const valkey = await connectValkey(`redis://${proxy.address}`, log)
  onTestFinished(() => valkey.disconnect())
  const limits = createLimits({ lookupKey: randomBytes(32), sendsPerDayOverall: 1000, valkey, log })
  const { house, api } = await openJourney(options, { limits, settings: { limits: { sendsPerDay } } })
  const startAnother = () => api.start({ phone: aPhone().e164 })
  return { redis, proxy, lines, house, api, startAnother }
}

test('row 44: a store that takes five seconds an answer is not waited for: nothing is sent, and codes are still good', async ({
  task,
}) => {
  const { redis, house, api, startAnother } = await openBehindStore()
  const phone = aPhone()
  const { id } = await api.login(phone)
  await redis.command('CLIENT', 'PAUSE', '5000', 'ALL')
  injected(task, 'a store that takes 5 s')
  expect(problemOf(await startAnother())).toEqual(unavailable)
  expect(house.sends()).toHaveLength(1)
  expect((await api.submit(id, house.codeFor(phone))).body.status).toBe('verified')
  await expect.poll(async () => (await startAnother()).status).toBe(201)
})

test('row 45: an API that is cut off from its store alone sends nothing until it is back, and codes are still good', async ({
  task,
}) => {
  const { proxy, house, api, startAnother } = await openBehindStore()
  const phone = aPhone()
  const { id } = await api.login(phone)
  proxy.always({ kind: 'blackhole' })
  injected(task, 'API cut off from the store of the limits')
  expect(problemOf(await startAnother())).toEqual(unavailable)
  expect(problemOf(await startAnother())).toEqual(unavailable)
  expect(house.sends()).toHaveLength(1)
  expect((await api.submit(id, house.codeFor(phone))).body.status).toBe('verified')
  proxy.always({ kind: 'pass' })
  proxy.cut()
  await expect.poll(async () => (await startAnother()).status).toBe(201)
})

test('row 45: a connection to the store that falls silent is given up, and the next one goes where the name leads now', async ({
  task,
}) => {
  const { redis, proxy, lines, house, startAnother } = await openBehindStore()
  expect((await startAnother()).status).toBe(201)
  const successor = await startRedis()
  proxy.to(successor.url)
  proxy.freeze()
  await redis.stop()
  injected(task, 'the host of the store vanishes without a word')
  expect(problemOf(await startAnother())).toEqual(unavailable)
  await expect.poll(async () => (await startAnother()).status).toBe(201)
  expect(house.sends()).toHaveLength(2)
  expect(lines).toEqual([
    'the store of the limits is away: no code is sent until it is back',
    'the store of the limits is back',
  ])
})

test('row 45: a connection to the store on which nobody asks is kept', async () => {
  const { redis, lines, startAnother } = await openBehindStore()
  expect((await startAnother()).status).toBe(201)
  // The first of the list is the oldest; the other is the one that asks.
  const oldest = async () => {
    const [, id, idle] = /^id=(\d+) .* idle=(\d+) /.exec(String(await redis.command('CLIENT', 'LIST'))) ?? []
    return { id, idleSeconds: Number(idle) }
  }
  const { id } = await oldest()
  await expect.poll(async () => (await oldest()).idleSeconds).toBeGreaterThan(3)
  expect((await startAnother()).status).toBe(201)
  expect((await oldest()).id).toBe(id)
  expect(lines).toEqual([])
})

test('row 44: a store that has forgotten everything lets through what it had counted, and no number or login more than its own', async ({
  task,
}) => {
  const sendLimits = [{ sends: 1, seconds: 600 }]
  const { redis, house, api, startAnother } = await openBehindStore({ policy: { sendLimits } }, 1)
  const forget = async () => {
    await redis.command('FLUSHALL')
    injected(task, 'a store that has forgotten everything')
  }
  const phone = aPhone()
  const login = await api.login(phone)
  expect(problemOf(await startAnother())).toMatchObject({ status: 429, reason: 'app-day' })
  await forget()
  expect((await startAnother()).status).toBe(201)
  await forget()
  await untilResendable(login)
  expect(problemOf(await api.start({ phone: phone.e164 }))).toMatchObject({ status: 429, reason: 'sends' })
  for (let left = 4; left >= 0; left -= 1) {
    await forget()
    expect(problemOf(await api.submit(login.id, house.wrongCodeFor(phone)))).toMatchObject({
      code: 'code-incorrect',
      attemptsLeft: left,
    })
  }
  await forget()
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toMatchObject({ code: 'login-closed' })
  expect(house.sends()).toHaveLength(2)
  expect(house.checks()).toHaveLength(5)
})

test('row 44: after a failover the API leaves the old primary, which takes no more writes, for the new one', async ({
  task,
}) => {
  const { redis, proxy, house, startAnother } = await openBehindStore()
  expect((await startAnother()).status).toBe(201)
  const successor = await startRedis()
  const { hostname, port } = new URL(successor.url)
  proxy.to(successor.url)
  await redis.command('REPLICAOF', hostname, port)
  injected(task, 'failover: the connection stands, and leads to a replica')
  expect(problemOf(await startAnother())).toEqual(unavailable)
  await expect.poll(async () => (await startAnother()).status).toBe(201)
  expect(house.sends()).toHaveLength(2)
})

test('row 44: a login that began before the store went away keeps its attempts, and closes with the last of them', async ({
  task,
}) => {
  const { redis, house, api, startAnother } = await openBehindStore()
  const phone = aPhone()
  const login = loginOf(await api.start({ phone: phone.e164 }))
  await redis.stop()
  injected(task, 'no store')
  const answers: unknown[] = []
  for (let n = 0; n < 6; n += 1) {
    answers.push((await api.submit(login.id, house.wrongCodeFor(phone))).body.code)
  }
  expect(answers).toEqual([...Array.from({ length: 5 }, () => 'code-incorrect'), 'login-closed'])
  expect(problemOf(await startAnother())).toEqual(unavailable)
  expect(house.checks()).toHaveLength(5)
  expect(house.sends()).toHaveLength(1)
})
