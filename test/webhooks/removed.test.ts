/** What becomes of deliveries whose endpoint was taken out of the settings. */
import { expect, test } from 'vitest'
import { listDeliveries, redeliver, workflowIdPrefix } from '../../bin/webhooks/deliveries.ts'
import { deliveryId, DISABLED_TYPE, disabledId, FAILING_TYPE, failingId } from '../../domain/webhook.ts'
import { isDisabled } from '../../platform/endpoint-health.ts'
import { endRemoved } from '../../platform/removed-endpoints.ts'
import { aDelivery, openReceiver, openWebhooks } from './harness.ts'

test('a delivery to an endpoint that is configured no longer ends undelivered, with no worker for it, and goes out when it is back', async () => {
  const webhooks = await openWebhooks()
  const { client } = webhooks
  const [removed, kept] = [aDelivery('removed'), aDelivery('kept')]
  await webhooks.start(removed)
  await webhooks.start(kept)
  const statusOf = async ({ eventId, endpointId }: typeof kept) =>
    (await client.workflow.getHandle(deliveryId(eventId, endpointId)).describe()).status.name

  // Temporal's list lags behind: the sweep is repeated, and finds it once.
  let ended = 0
  await expect
    .poll(async () => (ended += (await endRemoved(client, ['kept'])).deliveries), { interval: 200 })
    .toBe(1)
  expect([await statusOf(removed), await statusOf(kept)]).toEqual(['TERMINATED', 'RUNNING'])
  expect(await endRemoved(client, ['kept'])).toEqual({ deliveries: 0, endpoints: 0 })
  await expect
    .poll(() => listDeliveries(client, ['kept'], true, 10), { interval: 200 })
    .toMatchObject([{ eventId: removed.eventId, status: 'undelivered', last: 'endpoint_removed' }])

  const { url, received } = await openReceiver()
  await webhooks.openEndpoint(url, { id: 'removed' })
  expect(await redeliver(client, workflowIdPrefix(removed.eventId) ?? '')).toMatchObject([
    { outcome: 'started' },
  ])
  expect(await webhooks.result(removed)).toMatchObject({ status: 'delivered' })
  expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([removed.eventId])
}, 60_000)

test('that an endpoint is disabled or fails is forgotten with the endpoint, and one that takes its id later is not disabled', async () => {
  const { client } = await openWebhooks()
  const open = async (type: string, workflowId: string) => {
    await client.workflow.start(type, { workflowId, taskQueue: 'nobody', memo: { reason: 'gone' } })
    return async () => (await client.workflow.getHandle(workflowId).describe()).status.name
  }
  const ofRemoved = [
    await open(DISABLED_TYPE, disabledId('left')),
    await open(FAILING_TYPE, failingId('left')),
  ]
  const ofKept = [await open(DISABLED_TYPE, disabledId('kept')), await open(FAILING_TYPE, failingId('kept'))]
  let ended = 0
  await expect
    .poll(async () => (ended += (await endRemoved(client, ['kept'])).endpoints), { interval: 200 })
    .toBe(2)
  const all = await Promise.all([...ofRemoved, ...ofKept].map((status) => status()))
  expect(all).toEqual(['TERMINATED', 'TERMINATED', 'RUNNING', 'RUNNING'])
  expect([await isDisabled(client, 'left'), await isDisabled(client, 'kept')]).toEqual([false, true])
}, 60_000)

test('with no endpoint left at all, all that is under way ends undelivered', async () => {
  const webhooks = await openWebhooks()
  const deliveries = [aDelivery('first'), aDelivery('second')]
  for (const delivery of deliveries) await webhooks.start(delivery)
  await expect
    .poll(
      async () => {
        await endRemoved(webhooks.client, [])
        return Promise.all(
          deliveries.map(async ({ eventId, endpointId }) => {
            const { status } = await webhooks.client.workflow
              .getHandle(deliveryId(eventId, endpointId))
              .describe()
            return status.name
          }),
        )
      },
      { interval: 200 },
    )
    .toEqual(['TERMINATED', 'TERMINATED'])
}, 60_000)
