/** Rows 13, 14, 19 and 45: what is between us and Temporal breaks, at the moment when it matters. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Metadata } from '@grpc/grpc-js'
import { ServiceError } from '@temporalio/client'
import { expect, inject, test } from 'vitest'
import type { Idempotency, LoginGateway } from '../../api/gateway.ts'
import type { Phone } from '../../domain/phone.ts'
import { aPhone, type House } from '../support/house.ts'
import { injected } from '../support/injected.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'
import { createWays, openWatchedHouse, startWorkerVia, type WatchedHouse } from '../support/watched-house.ts'

const keyOf = (house: House, key: string, body: object = {}): Idempotency =>
  house.identity.idempotency(house.app, 'a call', key, body)

/**
 * A house, and an API process whose connection to Temporal can be broken. With `lose-answer` everything that comes
 * back from the first update on is lost, until `mend` cuts the connection and lets the next one pass.
 */
async function openApart(course: 'pass' | 'lose-answer') {
  const house = await openWatchedHouse({ policy: { resendIntervalSeconds: 30 } })
  const proxy = await openTcpProxy(inject('temporalAddress'))
  let kind = course
  const gateway = await house.openGatewayVia(proxy.address, () => {
    proxy.always({ kind })
  })
  const mend = () => {
    kind = 'pass'
    proxy.always({ kind })
    proxy.cut()
  }
  return { house, proxy, gateway, mend }
}

test('row 13: a start that was executed when the connection broke is found, not made again', async ({
  task,
}) => {
  const { house, gateway, mend } = await openApart('lose-answer')
  const phone = aPhone()
  const starting = gateway.start(house.app, house.toStart(phone))
  await expect.poll(() => house.sends().length).toBe(1)
  mend()
  injected(task, 'answer of the start lost, connection cut')
  const started = await starting
  expect(started).toMatchObject({ outcome: 'started', login: { status: 'waiting_for_code' } })
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

test('row 13: a start whose answer never came is unavailable, and its key finds the login that it made', async ({
  task,
}) => {
  const { house, gateway, mend } = await openApart('lose-answer')
  const phone = aPhone()
  const idempotency = keyOf(house, 'start')
  injected(task, 'answer of the start lost, DEADLINE_EXCEEDED')
  const lost = await gateway.start(house.app, house.toStart(phone, { idempotency, waitSeconds: 2 }))
  expect(lost).toEqual({ outcome: 'unavailable' })
  expect(house.sends()).toHaveLength(1)
  mend()
  const again = await Promise.all(
    [1, 2, 3].map(() => gateway.start(house.app, house.toStart(phone, { idempotency }))),
  )
  expect(again[0]).toMatchObject({ outcome: 'started', login: { status: 'waiting_for_code' } })
  expect(again).toEqual(again.map(() => again[0]))
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

test('row 14: while Temporal cannot be reached a start is unavailable and leaves nothing; then it works again', async ({
  task,
}) => {
  const { house, proxy, gateway } = await openApart('pass')
  const phone = aPhone()
  await proxy.refuse()
  injected(task, 'connection refused')
  expect(await gateway.start(house.app, house.toStart(phone))).toEqual({ outcome: 'unavailable' })
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await expect(handle.describe()).rejects.toThrow('not found')
  await proxy.accept()
  await expect
    .poll(() => gateway.start(house.app, house.toStart(phone)))
    .toMatchObject({ outcome: 'started', login: { status: 'waiting_for_code' } })
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

/** As Temporal answers instead of taking what it was asked. */
function refusal(name: string, code: number): ServiceError {
  const cause = Object.assign(new Error(name), { code, details: name, metadata: new Metadata() })
  return new ServiceError(name, { cause })
}

test.for([
  ['RESOURCE_EXHAUSTED', 8],
  ['UNAVAILABLE', 14],
] as const)(
  'OPS-13, row 14: a start that Temporal answers with %s is unavailable and leaves nothing',
  async ([name, code], { task }) => {
    const house = await openWatchedHouse()
    const phone = aPhone()
    injected(task, name)
    const gateway = house.openWatchedGateway(() => Promise.reject(refusal(name, code)))
    expect(await gateway.start(house.app, house.toStart(phone))).toEqual({ outcome: 'unavailable' })
    await expect(house.client.workflow.getHandle(house.workflowId(phone)).describe()).rejects.toThrow(
      'not found',
    )
    expect(house.sends()).toHaveLength(0)
    expect(await house.violations()).toEqual([])
  },
)

type Message = readonly [
  message: string,
  say: (gateway: LoginGateway, house: WatchedHouse, id: string, phone: Phone) => Promise<unknown>,
  /** The answer to it, once it is taken. */
  answer: object,
  /** The login then, messages that went out, and codes that were checked. */
  then: { readonly status: string; readonly sends: number; readonly checks: number },
]

const messages: readonly Message[] = [
  [
    'code',
    (gateway, house, id, phone) =>
      gateway.submitCode(house.app, id, { code: house.codeFor(phone), respondAsync: false }),
    { outcome: 'answered', answer: { outcome: 'verified' } },
    { status: 'verified', sends: 1, checks: 1 },
  ],
  [
    'code with respond-async',
    (gateway, house, id, phone) =>
      gateway.submitCode(house.app, id, { code: house.codeFor(phone), respondAsync: true }),
    { outcome: 'pending' },
    { status: 'verified', sends: 1, checks: 1 },
  ],
  [
    'resend',
    (gateway, house, id) => gateway.resend(house.app, id, {}),
    { outcome: 'answered', answer: { outcome: 'sent' } },
    { status: 'waiting_for_code', sends: 2, checks: 0 },
  ],
  [
    'cancel',
    (gateway, house, id) => gateway.cancel(house.app, id),
    { outcome: 'answered', answer: { outcome: 'canceled' } },
    { status: 'canceled', sends: 1, checks: 0 },
  ],
]

/** A login that may be sent to again, and an API whose next messages Temporal gives back, so many of them. */
async function openGivingBack(times: number) {
  const house = await openWatchedHouse()
  const phone = aPhone()
  const { id, resendAfter } = await house.login(phone)
  await expect.poll(() => Date.now() > Date.parse(resendAfter ?? '')).toBe(true)
  let left = times
  const gateway = await house.openGatewayVia(inject('temporalAddress'), () => {
    if (left === 0) return
    left -= 1
    throw refusal('FAILED_PRECONDITION', 9)
  })
  return { house, phone, id, gateway }
}

test.for(messages)(
  'row 14: a %s that Temporal gives back is said again, and takes effect once',
  async ([, say, answer, then], { task }) => {
    const { house, phone, id, gateway } = await openGivingBack(2)
    injected(task, 'FAILED_PRECONDITION', 'FAILED_PRECONDITION')
    expect(await say(gateway, house, id, phone)).toMatchObject(answer)
    await expect.poll(async () => (await house.read(id)).status).toBe(then.status)
    expect({ sends: house.sends().length, checks: house.checks().length }).toEqual({
      sends: then.sends,
      checks: then.checks,
    })
    expect(await house.violations()).toEqual([])
  },
)

test.for(messages)(
  'row 14: a %s that Temporal gives back again and again is unavailable, and changes nothing',
  async ([, say], { task }) => {
    const { house, phone, id, gateway } = await openGivingBack(Infinity)
    injected(task, 'FAILED_PRECONDITION, always')
    expect(await say(gateway, house, id, phone)).toEqual({ outcome: 'unavailable' })
    expect(await house.read(id)).toMatchObject({
      status: 'waiting_for_code',
      attemptsLeft: 5,
      resendsLeft: 2,
    })
    expect([house.sends().length, house.checks().length]).toEqual([1, 0])
    expect(await house.violations()).toEqual([])
  },
)

test('row 14: a cancel in the moment when 8x8 answers, which Temporal gives back, cancels', async ({
  task,
}) => {
  const house = await openWatchedHouse()
  // So that some cancels are being taken in when the answer comes; only then does Temporal give one back.
  const cancelBeforeAnswerMs = [0, 10, 20, 30, 40, 50, 60, 70]
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'delay', ms: 1000 } })
  injected(task, ...cancelBeforeAnswerMs.map(() => 'a cancel and the answer to a send at once'))
  const outcomes = await Promise.all(
    cancelBeforeAnswerMs.map(async (ms) => {
      const phone = aPhone()
      const { id } = await house.login(phone, { waitSeconds: 0 })
      const askedAt = () => house.sends().find((send) => send.phone === phone.e164)?.at ?? ''
      await expect.poll(askedAt).not.toBe('')
      await sleep(Date.parse(askedAt()) + 1000 - ms - Date.now())
      return (await house.cancel(id)).outcome
    }),
  )
  expect(outcomes).toEqual(cancelBeforeAnswerMs.map(() => 'canceled'))
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 19: a code whose verdict was lost on the way back costs one attempt, however often it is repeated', async ({
  task,
}) => {
  const { house, gateway, mend } = await openApart('lose-answer')
  const phone = aPhone()
  const { id } = await house.login(phone)
  const code = house.wrongCodeFor(phone)
  const request = { code, respondAsync: false, idempotency: keyOf(house, 'code', { code }) }
  const verdict = gateway.submitCode(house.app, id, request)
  await expect.poll(() => house.checks().length).toBe(1)
  mend()
  injected(task, 'answer of the update lost, connection cut')
  const first = await verdict
  expect(first).toMatchObject({ outcome: 'answered', answer: { outcome: 'incorrect' } })
  expect(await gateway.submitCode(house.app, id, request)).toEqual(first)
  expect(await house.gateway.submitCode(house.app, id, request)).toEqual(first)
  expect(house.checks()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

test('row 45: a worker that loses Temporal in the middle of a send reports it when it can, and sends no second', async ({
  task,
}) => {
  const house = await openWatchedHouse({ worker: 'none' })
  const proxy = await openTcpProxy(inject('temporalAddress'))
  await startWorkerVia(house, createWays(house), proxy.address)
  const phone = aPhone()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1000 } })
  const starting = house.login(phone, { waitSeconds: 20 })
  await expect.poll(() => house.sends().length).toBe(1)
  await proxy.refuse()
  injected(task, 'worker cut off from Temporal during a send')
  await expect.poll(() => house.sends()[0]?.answered).toBe(200)
  await proxy.accept()
  const login = await starting
  expect(login.status).toBe('waiting_for_code')
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 45: a worker that loses Temporal in the middle of a check reports its verdict when it can', async ({
  task,
}) => {
  const house = await openWatchedHouse({ worker: 'none' })
  const proxy = await openTcpProxy(inject('temporalAddress'))
  await startWorkerVia(house, createWays(house), proxy.address)
  const phone = aPhone()
  const { id } = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1000 } })
  const verdict = house.submit(id, house.codeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  await proxy.refuse()
  injected(task, 'worker cut off from Temporal during a check')
  await expect.poll(() => house.checks()[0]?.answered).toBe(200)
  await proxy.accept()
  expect(await verdict).toMatchObject({ outcome: 'verified' })
  expect(house.checks()).toHaveLength(1)
  expect(await house.violations({ isOver: true })).toEqual([])
})
