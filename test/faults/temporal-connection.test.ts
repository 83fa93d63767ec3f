/** Rows 13, 14, 19 and 45: what is between us and Temporal breaks, at the moment when it matters. */
import { Metadata } from '@grpc/grpc-js'
import { ServiceError } from '@temporalio/client'
import { expect, inject, test } from 'vitest'
import type { Idempotency } from '../../api/gateway.ts'
import { aPhone, type House } from '../support/house.ts'
import { injected } from '../support/injected.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'
import { createWays, openWatchedHouse, startWorkerVia } from '../support/watched-house.ts'

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
  await expect.poll(() => house.sends().length, { timeout: 10_000 }).toBe(1)
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
    .poll(() => gateway.start(house.app, house.toStart(phone)), { timeout: 10_000 })
    .toMatchObject({ outcome: 'started', login: { status: 'waiting_for_code' } })
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

test.for([
  ['RESOURCE_EXHAUSTED', 8],
  ['UNAVAILABLE', 14],
] as const)(
  'row 14: a start that Temporal answers with %s is unavailable and leaves nothing',
  async ([name, code], { task }) => {
    const house = await openWatchedHouse()
    const phone = aPhone()
    const cause = Object.assign(new Error(name), { code, details: name, metadata: new Metadata() })
    injected(task, name)
    const gateway = house.openWatchedGateway(() => Promise.reject(new ServiceError(name, { cause })))
    expect(await gateway.start(house.app, house.toStart(phone))).toEqual({ outcome: 'unavailable' })
    await expect(house.client.workflow.getHandle(house.workflowId(phone)).describe()).rejects.toThrow(
      'not found',
    )
    expect(house.sends()).toHaveLength(0)
    expect(await house.violations()).toEqual([])
  },
)

test('row 19: a code whose verdict was lost on the way back costs one attempt, however often it is repeated', async ({
  task,
}) => {
  const { house, gateway, mend } = await openApart('lose-answer')
  const phone = aPhone()
  const { id } = await house.login(phone)
  const code = house.wrongCodeFor(phone)
  const request = { code, respondAsync: false, idempotency: keyOf(house, 'code', { code }) }
  const verdict = gateway.submitCode(house.app, id, request)
  await expect.poll(() => house.checks().length, { timeout: 10_000 }).toBe(1)
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
  await expect.poll(() => house.sends().length, { timeout: 10_000 }).toBe(1)
  await proxy.refuse()
  injected(task, 'worker cut off from Temporal during a send')
  await expect.poll(() => house.sends()[0]?.answered, { timeout: 10_000 }).toBe(200)
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
  await expect.poll(() => house.checks().length, { timeout: 10_000 }).toBe(1)
  await proxy.refuse()
  injected(task, 'worker cut off from Temporal during a check')
  await expect.poll(() => house.checks()[0]?.answered, { timeout: 10_000 }).toBe(200)
  await proxy.accept()
  expect(await verdict).toMatchObject({ outcome: 'verified' })
  expect(house.checks()).toHaveLength(1)
  expect(await house.violations({ isOver: true })).toEqual([])
})
