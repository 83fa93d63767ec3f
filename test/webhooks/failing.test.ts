/** An endpoint that takes nothing for five days, told with shorter spans. */
import { expect, test } from 'vitest'
import {
  deliveryScheduleMs,
  disabledId,
  failingId,
  failingSpans,
  JITTER,
  type FailingSpans,
} from '../../domain/webhook.ts'
import { enable, readDisabled } from '../../platform/endpoint-health.ts'
import { aDelivery, openReceiver, openWebhooks, type Answer } from './harness.ts'

const spans: FailingSpans = { disableAfterMs: 300, forgetAfterMs: 60_000, tellEveryMs: 0 }

/** A receiver that answers with `answers.status`, which may change. */
async function openScene(more: Partial<FailingSpans> = {}) {
  const webhooks = await openWebhooks()
  const answers = { status: 500 }
  const reply: Answer = (response) => response.writeHead(answers.status).end()
  const { url, received } = await openReceiver(reply)
  const endpoint = await webhooks.openEndpoint(url, {}, { ...spans, ...more })
  const failing = webhooks.client.workflow.getHandle(failingId(endpoint.id))
  return {
    webhooks,
    answers,
    received,
    endpoint,
    failing,
    /** One attempt. */
    attempt: () => webhooks.deliver(aDelivery(endpoint.id, { scheduleMs: [0] })),
    disabled: () => readDisabled(webhooks.client, endpoint.id),
  }
}

test('WHO-9: five days are 120 h, and no wait between two attempts is long enough to be taken for peace', () => {
  expect(failingSpans.disableAfterMs).toBe(120 * 60 * 60 * 1000)
  const longestMs = Math.max(...deliveryScheduleMs) * (1 + JITTER)
  expect(failingSpans.forgetAfterMs).toBeGreaterThan(longestMs + failingSpans.tellEveryMs)
  expect(failingSpans.forgetAfterMs).toBeLessThan(failingSpans.disableAfterMs)
})

test('WHO-9: an endpoint that took nothing for the whole span is disabled by the failure after it, and told why', async () => {
  const { failing, attempt, disabled, received, endpoint, webhooks, answers } = await openScene()
  await attempt()
  expect(await disabled()).toBeUndefined()
  const { startTime } = await failing.describe()
  await expect
    .poll(async () => {
      await attempt()
      return disabled()
    })
    .toMatchObject({ reason: 'failing' })
  expect(await failing.result()).toBe('disabled')
  const { memo } = await webhooks.client.workflow.getHandle(disabledId(endpoint.id)).describe()
  const { failingSince } = memo as { failingSince: string }
  expect(Date.parse(failingSince)).toBeGreaterThanOrEqual(Math.floor(startTime.getTime()))

  const before = received.length
  expect(await attempt()).toMatchObject({ last: { outcome: 'skipped', cause: 'endpoint_disabled' } })
  expect(received).toHaveLength(before)

  answers.status = 204
  await enable(webhooks.client, endpoint.id)
  await webhooks.client.workflow.getHandle(disabledId(endpoint.id)).result()
  expect(await attempt()).toMatchObject({ status: 'delivered' })
}, 40_000)

test('WHO-9: one success ends the count, and the next failure begins another', async () => {
  const { failing, attempt, answers, disabled } = await openScene({ disableAfterMs: 60_000 })
  await attempt()
  const first = await failing.describe()
  answers.status = 204
  await attempt()
  expect(await failing.result()).toBe('taken')
  answers.status = 500
  await attempt()
  const second = await failing.describe()
  expect([second.status.name, second.runId === first.runId]).toEqual(['RUNNING', false])
  expect(await disabled()).toBeUndefined()
}, 40_000)

test('WHO-9: a failure after which nobody tried any more is forgotten, and disables nothing', async () => {
  const { failing, attempt, disabled } = await openScene({ forgetAfterMs: 500, disableAfterMs: 60_000 })
  await attempt()
  expect(await failing.result()).toBe('forgotten')
  expect(await disabled()).toBeUndefined()
}, 40_000)

test('WHO-9: a flood of failures is told of once', async () => {
  const { failing, attempt } = await openScene(failingSpans)
  for (let n = 0; n < 4; n += 1) await attempt()
  const { events } = await failing.fetchHistory()
  const told = events?.filter((event) => event.workflowExecutionSignaledEventAttributes)
  expect(told).toHaveLength(1)
}, 40_000)

test('WHO-9: an operator who enables an endpoint again has its failures forgotten', async () => {
  const { failing, attempt, endpoint, webhooks } = await openScene({ disableAfterMs: 60_000 })
  await attempt()
  await enable(webhooks.client, endpoint.id)
  expect(await failing.result()).toBe('taken')
}, 40_000)
