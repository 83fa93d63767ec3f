/** What an operator can do to a login with Temporal's own tools (fault row 48; design 2, End). */
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Phone } from '../../domain/phone.ts'
import { createLoginGateway } from '../../api/login-gateway.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'

/** `temporal workflow reset` to just after the n-th completed workflow task. */
async function reset(house: House, phone: Phone, nthTask: number): Promise<void> {
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const { runId } = await handle.describe()
  const { events } = await handle.fetchHistory()
  const completed = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes)
  const workflowTaskFinishEventId = completed[nthTask - 1]?.eventId
  if (!workflowTaskFinishEventId) throw new Error(`there are only ${completed.length} workflow tasks`)
  await house.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: house.workflowId(phone), runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId,
  })
}

test('row 48: a reset to before the send sends nothing, and ends the login as failed by an operator', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await reset(house, phone, 1)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  expect(await handle.result()).toMatchObject({
    login: { id: login.id, status: 'failed', reason: 'operator' },
  })
  expect(house.sends()).toHaveLength(1)
  expect(await house.read(login.id)).toMatchObject({ status: 'failed', reason: 'operator' })
})

test('row 48: a reset to before an attempt regains none: no code is checked after it', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  await reset(house, phone, 3)
  await house.submit(login.id, house.codeFor(phone))
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  expect(await handle.result()).toMatchObject({ login: { status: 'failed', reason: 'operator' } })
  expect(house.checks()).toHaveLength(1)
})

test('row 48: an API that knew a login before its reset tells what came of it, and not the run that was cut off', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  expect(await house.read(login.id)).toMatchObject({ status: 'waiting_for_code' })
  await reset(house, phone, 1)
  await house.client.workflow.getHandle(house.workflowId(phone)).result()
  expect((await house.events(login.id)).at(-1)).toBe('login.failed')
})

test('row 48: an API that knew a login before its reset says a code to the run after it', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  expect(await house.read(login.id)).toMatchObject({ status: 'waiting_for_code' })
  await reset(house, phone, 2)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({
    outcome: 'closed',
    login: { status: 'failed', reason: 'operator' },
  })
  expect(house.checks()).toHaveLength(0)
})

test('row 48: a forged signal costs an attempt at most', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await handle.signal('userCode', { code: house.wrongCodeFor(phone), attemptsLeft: 99, status: 'verified' })
  const after = await house.until(
    login.id,
    (now) => now.status === 'waiting_for_code' && now.attemptsLeft < 5,
  )
  expect(after).toMatchObject({ attemptsLeft: 4, resendsLeft: 2 })
})

test('row 48: after a terminate the next login starts from the budget that was left', async () => {
  const house = await openHouse({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  await house.login(phone)
  await house.client.workflow.getHandle(house.workflowId(phone)).terminate('an operator')
  expect(await house.start(phone)).toMatchObject({ outcome: 'denied', denial: { reason: 'interval' } })
})

test('row 48: a login that an operator terminated is told of when its number’s next one starts', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await house.login(phone)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const { runId } = await handle.describe()
  await handle.terminate('an operator of this test')
  const told: unknown[] = []
  const { client, identity, policy, taskQueue } = house
  const gateway = createLoginGateway({
    client,
    identity,
    policy,
    taskQueue,
    closedFromOutside: (run) => told.push([run.workflowId, run.runId]),
  })
  await expect
    .poll(() => gateway.start(house.app, house.toStart(phone)))
    .toMatchObject({ outcome: 'started' })
  expect(told).toEqual([[house.workflowId(phone), runId]])
})
