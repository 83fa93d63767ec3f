/** Rows of callers, clocks, workers and operators, played once more in one place, with the oracle as the judge. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../api/app.ts'
import type { Login } from '../../domain/login.ts'
import { isFinal } from '../../domain/login.ts'
import type { Phone } from '../../domain/phone.ts'
import { plainApi } from '../support/api-deps.ts'
import { anApp, appsOf } from '../support/apps.ts'
import { aPhone } from '../support/house.ts'
import { injected } from '../support/injected.ts'
import { newProofs } from '../support/proofs.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'
import { openWatchedHouse, type WatchedHouse } from '../support/watched-house.ts'

/** The API of a house on a socket, with a proxy in front of it. */
async function openApi(house: WatchedHouse) {
  const apiKey = `pk_test_${randomBytes(18).toString('base64url')}`
  const api = createApp({
    gateway: house.gateway,
    identity: house.identity,
    apps: appsOf([{ app: anApp({ ...house.app, brand: 'Acme' }), apiKey }]),
    ...newProofs(),
    ...plainApi(),
    connInfo: getConnInfo,
    publicUrl: 'https://postern.example',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  const server = serve({ fetch: api.fetch, port: 0, hostname: '127.0.0.1', overrideGlobalObjects: false })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve))
  })
  const proxy = await openTcpProxy(`127.0.0.1:${(server.address() as AddressInfo).port}`)
  const post = async (path: string, key: string, body: object) => {
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': key,
      connection: 'close',
    }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    return fetch(`${proxy.url}${path}`, init).then(
      async (answer) => ({ status: answer.status, body: (await answer.json()) as Login }),
      () => 'reset' as const,
    )
  }
  return { proxy, post }
}

test('row 1: ten starts whose connection is reset are one login and one message, found by the key', async ({
  task,
}) => {
  const house = await openWatchedHouse({ policy: { resendIntervalSeconds: 30 } })
  const { proxy, post } = await openApi(house)
  const phone = aPhone()
  proxy.next({ kind: 'lose-answer' })
  const first = post('/v1/logins', 'start', { phone: phone.e164 })
  await expect.poll(() => house.sends().length).toBe(1)
  proxy.cut()
  expect(await first).toBe('reset')
  proxy.always({ kind: 'cut-after' })
  for (let retry = 0; retry < 9; retry += 1) {
    expect(await post('/v1/logins', 'start', { phone: phone.e164 })).toBe('reset')
  }
  injected(task, ...Array.from({ length: 10 }, () => 'reset before the answer to a start'))
  proxy.always({ kind: 'pass' })
  const found = await post('/v1/logins', 'start', { phone: phone.e164 })
  const [run] = (await house.gather()).runs
  expect(found).toMatchObject({ status: 201, body: { id: run?.input.loginId, status: 'waiting_for_code' } })
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

test('row 2: a right code whose connection is reset has verified, and the retry says so', async ({
  task,
}) => {
  const house = await openWatchedHouse()
  const { proxy, post } = await openApi(house)
  const phone = aPhone()
  const { id } = await house.login(phone)
  const code = house.codeFor(phone)
  proxy.next({ kind: 'cut-after' })
  injected(task, 'reset before the answer to a code')
  expect(await post(`/v1/logins/${id}/code`, 'code', { code })).toBe('reset')
  expect(await house.read(id)).toMatchObject({ status: 'verified' })
  const again = await post(`/v1/logins/${id}/code`, 'code', { code })
  expect(again).toMatchObject({ status: 200, body: { id, status: 'verified' } })
  expect(house.checks()).toHaveLength(1)
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 4: ten starts at once without a key are one live login and one message', async ({ task }) => {
  const house = await openWatchedHouse({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  const starts = Array.from({ length: 10 }, () =>
    house.openWatchedGateway().start(house.app, house.toStart(phone)),
  )
  injected(task, ...starts.map(() => 'a start without a key'))
  const outcomes = (await Promise.all(starts)).map(({ outcome }) => outcome)
  expect(outcomes.filter((outcome) => outcome === 'started')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'denied')).toHaveLength(9)
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

test('row 6: an API that dies before Temporal has the start leaves nothing behind, and the key starts it once', async ({
  task,
}) => {
  const house = await openWatchedHouse()
  const phone = aPhone()
  const idempotency = house.identity.idempotency(house.app, 'a start', 'once', { phone: phone.e164 })
  const reached = Promise.withResolvers<undefined>()
  const dying = house.openGateway(() => {
    reached.resolve(undefined)
    return new Promise(() => undefined)
  })
  void dying.start(house.app, house.toStart(phone, { idempotency }))
  await reached.promise
  injected(task, 'an API that goes no further than to its call of Temporal')
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await expect(handle.describe()).rejects.toThrow('not found')
  const [one, other] = [await house.start(phone, { idempotency }), await house.start(phone, { idempotency })]
  expect(one).toMatchObject({ outcome: 'started', login: { status: 'waiting_for_code' } })
  expect(other).toEqual({ ...one, isRepetition: true })
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

test('OPS-13, row 10: a login that no worker takes in its time expires without a late message', async ({
  task,
}) => {
  const house = await openWatchedHouse({ worker: 'none', policy: { codeValiditySeconds: 1 } })
  const phone = aPhone()
  const { id, createdAt } = await house.login(phone, { waitSeconds: 1 })
  injected(task, 'no worker for as long as a code lives')
  await expect.poll(() => Date.now() > Date.parse(createdAt) + 1000).toBe(true)
  await house.startWorker()
  await house.until(id, ({ status }) => status === 'expired')
  expect(house.sends()).toHaveLength(0)
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 10: a right code that waited for a worker until after the deadline is not checked', async ({
  task,
}) => {
  const house = await openWatchedHouse({ worker: 'own', policy: { codeValiditySeconds: 2 } })
  const phone = aPhone()
  const { id, expiresAt } = await house.login(phone)
  await house.stopWorker()
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await handle.signal('userCode', { code: house.codeFor(phone) })
  injected(task, 'no worker between code and deadline')
  await expect.poll(() => Date.now() > Date.parse(expiresAt ?? '')).toBe(true)
  await house.startWorker()
  // A worker that has just begun may take longer to answer than a read waits.
  await expect
    .poll(() => house.gateway.read(house.app, id, 1))
    .toMatchObject({ login: { status: 'expired' } })
  expect(house.checks()).toHaveLength(0)
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 12: with every task replayed from the start nothing is sent or checked again', async ({ task }) => {
  const house = await openWatchedHouse({ worker: 'none' })
  await house.startWorker({ maxCachedWorkflows: 0 })
  const phone = aPhone()
  injected(task, 'no workflow cached')
  const { id } = await house.login(phone)
  await house.submit(id, house.wrongCodeFor(phone))
  await expect.poll(() => house.resend(id, 'call'), { interval: 300 }).toMatchObject({ outcome: 'sent' })
  expect(await house.submit(id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(house.sends().filter(({ accepted }) => accepted)).toHaveLength(2)
  expect(house.checks()).toHaveLength(2)
  expect(await house.violations({ isOver: true })).toEqual([])
})

/** `temporal workflow reset` to just after the n-th completed workflow task. */
async function reset(house: WatchedHouse, phone: Phone, nthTask: number): Promise<void> {
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const [{ runId }, { events }] = await Promise.all([handle.describe(), handle.fetchHistory()])
  const completed = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes)
  const workflowTaskFinishEventId = completed[nthTask - 1]?.eventId
  if (!workflowTaskFinishEventId) throw new Error(`there are only ${completed.length} workflow tasks`)
  await house.client.workflowService.resetWorkflowExecution({
    namespace: house.namespace,
    workflowExecution: { workflowId: house.workflowId(phone), runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId,
  })
}

type Deed = readonly [
  deed: string,
  act: (house: WatchedHouse, phone: Phone) => Promise<unknown>,
  ends: string,
]

const deeds: readonly Deed[] = [
  ['reset to before the send', (house, phone) => reset(house, phone, 1), 'failed, operator'],
  ['reset to before the attempt', (house, phone) => reset(house, phone, 3), 'failed, operator'],
  [
    'terminate',
    (house, phone) => house.client.workflow.getHandle(house.workflowId(phone)).terminate('an operator'),
    'failed, operator',
  ],
  [
    'cancel of the workflow',
    (house, phone) => house.client.workflow.getHandle(house.workflowId(phone)).cancel(),
    'failed, operator',
  ],
  [
    'a forged signal',
    (house, phone) =>
      house.client.workflow
        .getHandle(house.workflowId(phone))
        .signal('userCode', { code: house.wrongCodeFor(phone, 7), attemptsLeft: 99, status: 'verified' }),
    'verified',
  ],
]

test('row 48: what an operator does to a login sends nothing more, regains nothing and verifies nobody', async ({
  task,
}) => {
  const house = await openWatchedHouse()
  injected(task, ...deeds.map(([deed]) => deed))
  const seen = await Promise.all(
    deeds.map(async ([deed, act]) => {
      const phone = aPhone()
      const { id } = await house.login(phone)
      await house.submit(id, house.wrongCodeFor(phone))
      await act(house, phone)
      await house.submit(id, house.codeFor(phone))
      const { status, reason, attemptsLeft } = await house.read(id)
      const sends = house.sends().filter((send) => send.phone === phone.e164).length
      // What a final login says is left cannot be used any more.
      const regained = attemptsLeft > 4 && !isFinal(status)
      return { deed, ends: [status, reason].filter(Boolean).join(', '), sends, regained }
    }),
  )
  expect(seen).toEqual(deeds.map(([deed, , ends]) => ({ deed, ends, sends: 1, regained: false })))
  expect(await house.violations({ isOver: true })).toEqual([])
})
