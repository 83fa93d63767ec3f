/** Row 35: an 8x8 that is slow, and then one that does not answer; what it costs until it does again. */
import { expect, test } from 'vitest'
import type { BreakerSettings } from '../../activities/eight-by-eight/breaker.ts'
import type { Phone } from '../../domain/phone.ts'
import type { Policy } from '../../domain/policy.ts'
import { aPhone } from '../support/house.ts'
import { openHttp, problemOf } from '../support/http.ts'
import { injected } from '../support/injected.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'
import { createWays, openWatchedHouse, startWorkerVia, type WatchedHouse } from '../support/watched-house.ts'

/** Longer than any test. */
const FOR_GOOD_MS = 3_600_000

type SceneOptions = {
  readonly breaker: BreakerSettings
  readonly policy?: Partial<Policy>
  /** Default 1000. */
  readonly sendTimeoutMs?: number
}

/** A house whose one worker reaches 8x8 through a proxy, and whose breakers are heard. */
async function openScene({ breaker, policy = {}, sendTimeoutMs = 1000 }: SceneOptions) {
  const house = await openWatchedHouse({ worker: 'none', policy })
  const proxy = await openTcpProxy(house.sandboxUrl)
  const heard: string[] = []
  const ways = createWays(
    { sandboxUrl: proxy.url },
    {
      sendTimeoutMs,
      checkTimeoutMs: 1000,
      breaker: {
        ...breaker,
        onOpen: ({ operation, cause }) => heard.push(`${operation} stops: ${cause}`),
        onClose: ({ operation }) => heard.push(`${operation} resumes`),
      },
    },
  )
  const { alarms } = await startWorkerVia(house, ways)
  return { house, proxy, heard, alarms }
}

const phones = (count: number) => Array.from({ length: count }, aPhone)

const sendsTo = (house: WatchedHouse, phone: Phone) =>
  house.sends().filter((send) => send.phone === phone.e164)

test('row 35: an 8x8 that is slow, but within our limit, costs ten logins at once no message too many', async ({
  task,
}) => {
  const { house, heard } = await openScene({
    breaker: { failures: 1, waitMs: FOR_GOOD_MS },
    sendTimeoutMs: 5000,
  })
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'delay', ms: 3500 } })
  const ten = phones(10)
  injected(task, ...ten.map(() => 'latency of 70 % of our limit'))
  const logins = await Promise.all(ten.map((phone) => house.login(phone)))
  expect(logins.map(({ status }) => status)).toEqual(ten.map(() => 'waiting_for_code'))
  expect(house.sends()).toHaveLength(10)
  expect(heard).toEqual([])
  expect(await house.violations()).toEqual([])
})

test('row 35: in a brown-out that opens no breaker each login ends after two messages at most', async ({
  task,
}) => {
  const { house, heard } = await openScene({ breaker: { failures: 1000 } })
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'delay', ms: 1500 } })
  const four = phones(4)
  injected(task, ...four.map(() => 'latency of 150 % of our limit'))
  const logins = await Promise.all(four.map((phone) => house.login(phone, { waitSeconds: 20 })))
  expect(logins).toMatchObject(four.map(() => ({ status: 'failed', reason: 'provider_unavailable' })))
  expect(four.map((phone) => sendsTo(house, phone).length)).toEqual([2, 2, 2, 2])
  expect(heard).toEqual([])
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 35: in a brown-out the breaker opens, and the next starts get 503 before a message and give it back', async ({
  task,
}) => {
  const { house, heard } = await openScene({
    breaker: { failures: 4, waitMs: FOR_GOOD_MS },
    policy: { resendIntervalSeconds: 4 },
  })
  const api = await openHttp(house)
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'delay', ms: 1500 } })
  const [first, next] = [phones(4), phones(3)]
  injected(task, ...first.map(() => 'latency of 150 % of our limit'), ...next.map(() => 'breaker open'))
  const logins = await Promise.all(first.map((phone) => house.login(phone, { waitSeconds: 20 })))
  expect(heard).toEqual(['send stops: timeout'])
  // The repeat that a lost answer allows comes after the interval, and finds the breaker open.
  expect(logins).toMatchObject(first.map(() => ({ status: 'failed', reason: 'provider_unavailable' })))
  expect(first.map((phone) => sendsTo(house, phone).length)).toEqual([1, 1, 1, 1])

  const answers = await Promise.all(next.map(({ e164 }) => api.start({ phone: e164 })))
  const unavailable = {
    status: 503,
    code: 'provider-unavailable',
    retryAfter: house.policy.resendIntervalSeconds,
  }
  expect(answers.map(problemOf)).toEqual(next.map(() => unavailable))
  expect(next.flatMap((phone) => sendsTo(house, phone))).toEqual([])
  const budgets = await Promise.all(next.map((phone) => house.budget(phone)))
  expect(budgets.flatMap(({ sends }) => sends)).toEqual([])
  expect(heard).toEqual(['send stops: timeout'])
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 35: when 8x8 is itself again one login finds out, and then all go out', async ({ task }) => {
  const { house, proxy, heard } = await openScene({ breaker: { failures: 2, waitMs: 300 } })
  proxy.always({ kind: 'cut-before' })
  injected(task, 'every connection cut')
  await Promise.all(phones(2).map((phone) => house.login(phone, { waitSeconds: 20 })))
  expect(heard).toEqual(['send stops: reset'])
  proxy.always({ kind: 'pass' })
  await expect
    .poll(() => house.start(aPhone()), { interval: 100 })
    .toMatchObject({ outcome: 'started', login: { status: 'waiting_for_code' } })
  const before = house.sends().length
  const logins = await Promise.all(phones(5).map((phone) => house.login(phone)))
  expect(logins.map(({ status }) => status)).toEqual(logins.map(() => 'waiting_for_code'))
  expect(house.sends()).toHaveLength(before + 5)
  expect(heard).toEqual(['send stops: reset', 'send resumes'])
  expect(await house.violations()).toEqual([])
})

test('row 35: a login whose send was being repeated when the breaker opened goes on, and is one message', async ({
  task,
}) => {
  const { house, proxy, heard, alarms } = await openScene({ breaker: { failures: 1, waitMs: 3000 } })
  await proxy.refuse()
  injected(task, 'connection refused')
  const phone = aPhone()
  const { id, status } = await house.login(phone, { waitSeconds: 1 })
  expect(status).toBe('sending')
  const notMade = 'WARN 8x8 was not reached {"operation":"send","cause":"open"}'
  await expect.poll(() => alarms.get(house.workflowId(phone))).toContain(notMade)
  await proxy.accept()
  await house.until(id, (login) => login.status === 'waiting_for_code')
  expect(heard).toEqual(['send stops: connect', 'send resumes'])
  expect(await house.submit(id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(sendsTo(house, phone)).toHaveLength(1)
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 35: a resend that finds the breaker open is 503, is given back, and leaves the first code good', async ({
  task,
}) => {
  const { house, proxy, heard } = await openScene({ breaker: { failures: 1, waitMs: FOR_GOOD_MS } })
  const api = await openHttp(house)
  const [phone, other] = [aPhone(), aPhone()]
  const { id, resendsLeft } = await api.login(phone)
  proxy.always({ kind: 'cut-before' })
  injected(task, 'connection cut')
  await house.login(other)
  expect(heard).toEqual(['send stops: reset'])
  const unavailable = { status: 503, code: 'provider-unavailable' }
  await expect.poll(async () => problemOf(await api.resend(id)), { interval: 300 }).toMatchObject(unavailable)
  expect((await api.read(id)).body).toMatchObject({ status: 'waiting_for_code', resendsLeft })
  proxy.always({ kind: 'pass' })
  expect(await house.submit(id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(sendsTo(house, phone)).toHaveLength(1)
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 35: a code that finds the breaker for checks open is 503, gives its attempt back, and stops no send', async ({
  task,
}) => {
  const { house, proxy, heard } = await openScene({ breaker: { failures: 1, waitMs: FOR_GOOD_MS } })
  const api = await openHttp(house)
  const [phone, other] = [aPhone(), aPhone()]
  const [{ id }, unlucky] = await Promise.all([api.login(phone), api.login(other)])
  proxy.always({ kind: 'cut-before' })
  injected(task, 'connection cut')
  await house.submit(unlucky.id, house.codeFor(other))
  expect(heard).toEqual(['check stops: reset'])
  proxy.always({ kind: 'pass' })
  const unavailable = { status: 503, code: 'code-check-unavailable', retryAfter: 1 }
  expect(problemOf(await api.submit(id, house.codeFor(phone)))).toEqual(unavailable)
  expect((await api.read(id)).body).toMatchObject({ status: 'waiting_for_code', attemptsLeft: 5 })
  expect(house.checks()).toEqual([])
  expect((await house.budget(phone)).failures.count).toBe(0)
  expect(await house.login(aPhone())).toMatchObject({ status: 'waiting_for_code' })
  expect(await house.violations()).toEqual([])
})

test('row 35: a code is checked again as soon as 8x8 answers one', async ({ task }) => {
  const { house, proxy, heard } = await openScene({ breaker: { failures: 1, waitMs: 300 } })
  const [phone, other] = [aPhone(), aPhone()]
  const [{ id }, unlucky] = await Promise.all([house.login(phone), house.login(other)])
  proxy.always({ kind: 'cut-before' })
  injected(task, 'connection cut')
  await house.submit(unlucky.id, house.codeFor(other))
  proxy.always({ kind: 'pass' })
  await expect
    .poll(() => house.submit(id, house.codeFor(phone)))
    .toMatchObject({ outcome: 'verified', login: { attemptsLeft: 5 } })
  expect(await house.submit(unlucky.id, house.codeFor(other))).toMatchObject({ outcome: 'verified' })
  expect(heard).toEqual(['check stops: reset', 'check resumes'])
  expect(await house.violations({ isOver: true })).toEqual([])
})
