/** A delivery on the real server, to a receiver on a socket that behaves and misbehaves. */
import { defineSearchAttributeKey, WorkflowNotFoundError } from '@temporalio/common'
import { tsToMs } from '@temporalio/common/lib/time.js'
import { expect, onTestFinished, test } from 'vitest'
import { createDeliveryActivities } from '../../activities/index.ts'
import { deliveryId, deliveryScheduleMs, disabledId, failingId, JITTER } from '../../domain/webhook.ts'
import { createEndpointWorker } from '../../platform/webhook-workers.ts'
import { injected } from '../support/injected.ts'
import { aDelivery, answer, newSecret, openReceiver, openWebhooks, verified } from './harness.ts'

test('an event is delivered once, signed, with the headers of Standard Webhooks and the body as it is', async () => {
  const webhooks = await openWebhooks()
  const { url, received } = await openReceiver()
  const endpoint = await webhooks.openEndpoint(url)
  const delivery = aDelivery(endpoint.id)
  expect(await webhooks.deliver(delivery)).toEqual({
    status: 'delivered',
    attempts: 1,
    last: { outcome: 'delivered', status: 204 },
  })
  expect(received).toMatchObject([
    {
      event: delivery.event,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Postern-Webhooks/1',
        'webhook-id': delivery.eventId,
        'webhook-timestamp': expect.stringMatching(/^\d{10}$/) as unknown,
      },
    },
  ])
  const [first] = received
  expect(first && verified(endpoint.secrets[0], first)).toEqual(delivery.event)
})

test('an event that is announced again is not delivered again', async () => {
  const webhooks = await openWebhooks()
  const { url, received } = await openReceiver()
  const endpoint = await webhooks.openEndpoint(url)
  const delivery = aDelivery(endpoint.id)
  expect(await webhooks.start(delivery)).toBe('started')
  expect(await webhooks.start(delivery)).toBe('known')
  await webhooks.result(delivery)
  expect(await webhooks.start(delivery)).toBe('known')
  expect(received).toHaveLength(1)
})

test('row 38: after 500, 429, 301 and a reset the event comes again with the same id, until it is taken', async ({
  task,
}) => {
  injected(task, 'receiver: 500', 'receiver: 429 with Retry-After', 'receiver: 301', 'receiver: RST')
  const webhooks = await openWebhooks()
  const elsewhere = await openReceiver()
  const { url, received } = await openReceiver((response, n) => {
    if (n === 1) response.writeHead(500).end()
    else if (n === 2) response.writeHead(429, { 'retry-after': '1' }).end()
    else if (n === 3) response.writeHead(301, { location: elsewhere.url }).end()
    else if (n === 4) response.socket?.resetAndDestroy()
    else response.writeHead(200).end('thanks')
  })
  const endpoint = await webhooks.openEndpoint(url)
  const delivery = aDelivery(endpoint.id)
  expect(await webhooks.deliver(delivery)).toEqual({
    status: 'delivered',
    attempts: 5,
    last: { outcome: 'delivered', status: 200 },
  })
  expect(elsewhere.received).toEqual([])
  expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery.eventId]))
  expect(new Set(received.map(({ body }) => body)).size).toBe(1)
  for (const message of received) expect(verified(endpoint.secrets[0], message)).toEqual(delivery.event)

  const { events } = await webhooks.client.workflow
    .getHandle(deliveryId(delivery.eventId, endpoint.id))
    .fetchHistory()
  const waits = events?.flatMap(({ timerStartedEventAttributes: timer }) =>
    timer ? [Number(timer.startToFireTimeout?.seconds ?? 0)] : [],
  )
  expect(waits).toEqual([0, 1, 0, 0])
})

test('row 38: an event that nobody takes is undelivered after the last attempt, and says what was answered', async ({
  task,
}) => {
  injected(task, 'receiver: 503, always')
  const webhooks = await openWebhooks()
  const { url, received } = await openReceiver(answer(503))
  const endpoint = await webhooks.openEndpoint(url)
  const delivery = aDelivery(endpoint.id, { scheduleMs: [0, 20, 20] })
  const record = await webhooks.deliver(delivery)
  expect(record).toEqual({
    status: 'undelivered',
    attempts: 3,
    last: { outcome: 'failed', cause: 'status', status: 503 },
  })
  expect(received).toHaveLength(3)
  const seen = await webhooks.client.workflow.getHandle(deliveryId(delivery.eventId, endpoint.id)).describe()
  expect(seen.memo).toEqual({ type: 'login.verified', attempts: 3, last: record.last })
  const attribute = (name: string) =>
    seen.typedSearchAttributes.get(defineSearchAttributeKey(name, 'KEYWORD'))
  expect([attribute('PosternApp'), attribute('PosternStatus')]).toEqual(['acme', 'undelivered'])
})

test('WHO-7: a delivery without a schedule of its own waits before its attempts as the schedule says', async () => {
  const webhooks = await openWebhooks()
  const { url, received } = await openReceiver(answer(503))
  const endpoint = await webhooks.openEndpoint(url)
  const delivery = aDelivery(endpoint.id)
  await webhooks.start(delivery)
  const handle = webhooks.client.workflow.getHandle(deliveryId(delivery.eventId, endpoint.id))
  const timers = async () =>
    (await handle.fetchHistory()).events?.filter((event) => event.timerStartedEventAttributes)
  await expect.poll(async () => (await timers())?.length, { interval: 250 }).toBe(2)
  expect(received).toHaveLength(2)
  const waits = (await timers())?.map(({ timerStartedEventAttributes: timer }) =>
    tsToMs(timer?.startToFireTimeout),
  )
  const apart = waits?.map((ms, n) => Math.abs(ms / (deliveryScheduleMs[n + 1] ?? 0) - 1))
  expect(apart?.every((part) => part <= JITTER + 0.001)).toBe(true)
}, 60_000)

test('WHO-7: an attempt that was not made since Temporal did not answer a question is none', async () => {
  const webhooks = await openWebhooks()
  const { url, received } = await openReceiver()
  const endpoint = webhooks.endpointOf(url)
  let asked = 0
  const activities = createDeliveryActivities({
    endpoints: () => [{ ...endpoint, app: 'acme' }],
    isDisabled: () => ((asked += 1) > 2 ? Promise.resolve(false) : Promise.reject(new Error('overload'))),
    noteAttempt: () => Promise.resolve(),
    mayStayInside: true,
  })
  const worker = await createEndpointWorker({ ...webhooks.settings, activities }, endpoint)
  const ended = worker.run()
  onTestFinished(async () => {
    worker.shutdown()
    await ended
  })
  expect(await webhooks.deliver(aDelivery(endpoint.id, { scheduleMs: [0] }))).toEqual({
    status: 'delivered',
    attempts: 1,
    last: { outcome: 'delivered', status: 204 },
  })
  expect([asked, received.length]).toEqual([3, 1])
})

test('row 38: 410 disables the endpoint, what waits for it is undelivered, and an operator takes it back', async ({
  task,
}) => {
  injected(task, 'receiver: 410')
  const webhooks = await openWebhooks()
  const { url, received } = await openReceiver((response, n) => response.writeHead(n === 1 ? 410 : 204).end())
  const endpoint = await webhooks.openEndpoint(url)
  expect(await webhooks.deliver(aDelivery(endpoint.id))).toEqual({
    status: 'undelivered',
    attempts: 1,
    last: { outcome: 'gone', status: 410 },
  })
  expect(await webhooks.deliver(aDelivery(endpoint.id))).toEqual({
    status: 'undelivered',
    attempts: 0,
    last: { outcome: 'skipped', cause: 'endpoint_disabled' },
  })
  expect(received).toHaveLength(1)
  // It disables by itself, and does not count among failures besides.
  const failing = webhooks.client.workflow.getHandle(failingId(endpoint.id))
  await expect(failing.describe()).rejects.toThrow(WorkflowNotFoundError)

  const disabled = webhooks.client.workflow.getHandle(disabledId(endpoint.id))
  await disabled.signal('enable')
  await disabled.result()
  expect(await webhooks.deliver(aDelivery(endpoint.id))).toMatchObject({ status: 'delivered' })
})

test('row 38: a receiver that hangs holds its own slots, and nobody else’s', async ({ task }) => {
  injected(task, 'receiver: hang')
  const webhooks = await openWebhooks()
  const stuck = await openReceiver(() => undefined)
  const brisk = await openReceiver()
  const hanging = await webhooks.openEndpoint(stuck.url, { concurrency: 1 })
  const quick = await webhooks.openEndpoint(brisk.url)
  const waiting = [1, 2, 3].map(() => aDelivery(hanging.id, { scheduleMs: [0] }))
  for (const delivery of waiting) await webhooks.start(delivery)
  await expect.poll(() => stuck.received.length).toBe(1)
  expect(await webhooks.deliver(aDelivery(quick.id))).toMatchObject({ status: 'delivered', attempts: 1 })
  expect(stuck.received).toHaveLength(1)
  for (const delivery of waiting) {
    expect(await webhooks.result(delivery)).toEqual({
      status: 'undelivered',
      attempts: 1,
      last: { outcome: 'failed', cause: 'timeout' },
    })
  }
}, 40_000)

test('while secrets are rotated a message carries both signatures, the new one first', async () => {
  const webhooks = await openWebhooks()
  const { url, received } = await openReceiver()
  const [fresh, old] = [newSecret(), newSecret()]
  const endpoint = await webhooks.openEndpoint(url, { secrets: [fresh, old] })
  const delivery = aDelivery(endpoint.id)
  await webhooks.deliver(delivery)
  const [message] = received
  if (message === undefined) throw new Error('nothing was received')
  expect(verified(fresh, message)).toEqual(delivery.event)
  expect(verified(old, message)).toEqual(delivery.event)
  const [first, second] = String(message.headers['webhook-signature']).split(' ')
  const withOnly = (signature = '') => ({
    ...message,
    headers: { ...message.headers, 'webhook-signature': signature },
  })
  expect(verified(fresh, withOnly(first))).toEqual(delivery.event)
  expect(verified(old, withOnly(second))).toEqual(delivery.event)
  expect(() => verified(newSecret(), message)).toThrow('No matching signature found')
})
