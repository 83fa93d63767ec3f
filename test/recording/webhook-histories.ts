/**
 * Records the golden histories of webhooks out: deliveries, and what is kept of an endpoint. Their open runs move to
 * each new version, so every version must replay these; as in `golden-histories.ts`, none is recorded again.
 */
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  deliveryId,
  disabledId,
  failingId,
  failingSpans,
  type Delivery,
  type FailingSpans,
} from '../../domain/webhook.ts'
import { enable, readDisabled } from '../../platform/endpoint-health.ts'
import { aDelivery, answer, openReceiver, openWebhooks, type Answer } from '../webhooks/harness.ts'
import { openRecorder } from './recorder.ts'

const recorder = openRecorder(new URL('../workflows/delivery-histories/', import.meta.url))

/** One after the other, and on with the last. */
const inTurn =
  (...statuses: readonly number[]): Answer =>
  (response, n) => {
    answer(statuses[n - 1] ?? statuses.at(-1) ?? 204, { 'retry-after': '1' })(response, n)
  }

/** An endpoint, and a receiver that answers so. */
async function openStage(reply: Answer, spans: Partial<FailingSpans> = {}) {
  const webhooks = await openWebhooks()
  const { client, namespace } = webhooks
  const { url } = await openReceiver(reply)
  const { id } = await webhooks.openEndpoint(url, {}, { ...failingSpans, tellEveryMs: 0, ...spans })
  return {
    ...webhooks,
    id,
    /** With all that an announcement gives it; on the schedule of production, unless it has its own. */
    delivery: (scheduleMs?: readonly number[]): Delivery => {
      const origin = { workflowId: 'login:acme:c29tZWJvZHkncyBudW1iZXI', runId: randomUUID() }
      return aDelivery(id, { origin, ...(scheduleMs && { scheduleMs }) })
    },
    record: async (name: string, workflowId: string): Promise<void> => {
      const handle = client.workflow.getHandle(workflowId)
      await handle.result()
      await recorder.save(name, await recorder.read(handle, namespace))
    },
  }
}

const idOf = ({ eventId, endpointId }: Delivery) => deliveryId(eventId, endpointId)

test('delivered-after-a-failure', async ({ task }) => {
  const { delivery, start, result, record } = await openStage(inTurn(500, 204))
  const one = delivery()
  await start(one)
  expect(await result(one)).toMatchObject({ status: 'delivered', attempts: 2 })
  await record(task.name, idOf(one))
})

test('given-up', async ({ task }) => {
  const { delivery, deliver, record } = await openStage(inTurn(503))
  const one = delivery([0, 20, 20])
  expect(await deliver(one)).toMatchObject({ status: 'undelivered', attempts: 3 })
  await record(task.name, idOf(one))
})

test('gone', async ({ task }) => {
  const { delivery, deliver, record } = await openStage(inTurn(410))
  const one = delivery([0])
  expect(await deliver(one)).toMatchObject({ last: { outcome: 'gone' } })
  await record(task.name, idOf(one))
})

test('gone-and-disabled-already', async ({ task }) => {
  // Both are under way before the first is answered.
  const answers: (() => void)[] = []
  const { client, delivery, deliver, record } = await openStage((response, n) => {
    answers.push(() => {
      answer(410)(response, n)
    })
    if (answers.length === 2) for (const give of answers) give()
  })
  const both = [delivery([0]), delivery([0])]
  const records = await Promise.all(both.map(deliver))
  expect(records.map(({ last }) => last.outcome)).toEqual(['gone', 'gone'])
  for (const one of both) {
    const { events } = await client.workflow.getHandle(idOf(one)).fetchHistory()
    const isSecond = events?.some((event) => event.startChildWorkflowExecutionFailedEventAttributes)
    if (isSecond) await record(task.name, idOf(one))
  }
})

test('skipped', async ({ task }) => {
  const { delivery, deliver, record } = await openStage(inTurn(410))
  await deliver(delivery([0]))
  const one = delivery([0])
  expect(await deliver(one)).toMatchObject({ last: { outcome: 'skipped' } })
  await record(task.name, idOf(one))
})

test('disabled-until-enabled', async ({ task }) => {
  const { client, id, delivery, deliver, record } = await openStage(inTurn(410))
  await deliver(delivery([0]))
  await enable(client, id)
  await record(task.name, disabledId(id))
})

test('failing-until-taken', async ({ task }) => {
  const { id, delivery, deliver, record } = await openStage(inTurn(500, 500, 204))
  expect(await deliver(delivery([0, 20, 20]))).toMatchObject({ status: 'delivered' })
  await record(task.name, failingId(id))
})

test('failing-until-disabled', async ({ task }) => {
  const { client, id, delivery, deliver, record } = await openStage(inTurn(500), { disableAfterMs: 300 })
  await deliver(delivery([0]))
  await expect
    .poll(async () => {
      await deliver(delivery([0]))
      return readDisabled(client, id)
    })
    .toMatchObject({ reason: 'failing' })
  await record(task.name, failingId(id))
})

test('failing-and-forgotten', async ({ task }) => {
  const { id, delivery, deliver, record } = await openStage(inTurn(500), { forgetAfterMs: 500 })
  await deliver(delivery([0]))
  await record(task.name, failingId(id))
})
