/** Deliveries outlive releases: what becomes of one when its worker's version is replaced. */
import { expect, test } from 'vitest'
import { deliveryId, type DeliveryRecord } from '../../domain/webhook.ts'
import { startDelivery } from '../../platform/deliveries.ts'
import { openHouse } from '../support/house.ts'
import { startWorkerProcess } from '../support/processes.ts'
import { promote } from '../support/versions.ts'
import { aDelivery, newSecret, openReceiver } from './harness.ts'

test('a delivery that waits is carried on by the next version, and holds no old worker', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const { url, received } = await openReceiver((response, n) => response.writeHead(n === 1 ? 500 : 204).end())
  const common = { WEBHOOK_URL: url, WEBHOOK_SECRET: newSecret(), WORKER_VERSIONING: 'on' }
  const first = await startWorkerProcess(house, { ...common, WORKER_BUILD_ID: 'v1' })
  await promote(house, 'v1')
  const delivery = aDelivery('default', { app: 'default', scheduleMs: [0, 20_000] })
  await startDelivery(house.client, delivery)
  await expect.poll(() => received.length).toBe(1)

  await startWorkerProcess(house, { ...common, WORKER_BUILD_ID: 'v2' })
  // Temporal takes it when it has heard the new version ask on every queue of the old one.
  const promoted = () =>
    promote(house, 'v2').then(
      () => true,
      () => false,
    )
  await expect.poll(promoted, { interval: 500 }).toBe(true)
  expect(await first.drain()).toBe(0)
  const handle = house.client.workflow.getHandle(deliveryId(delivery.eventId, 'default'))
  expect((await handle.result()) as DeliveryRecord).toMatchObject({ status: 'delivered', attempts: 2 })
  const { events } = await handle.fetchHistory()
  const versions = events?.flatMap(({ workflowTaskCompletedEventAttributes: task }) =>
    task ? [task.deploymentVersion?.buildId] : [],
  )
  expect([versions?.at(0), versions?.at(-1)]).toEqual(['v1', 'v2'])
}, 120_000)
