/** The workers of webhooks out, while the apps and their endpoints change. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NativeConnection } from '@temporalio/worker'
import { expect, inject, onTestFinished, test } from 'vitest'
import { announceEvents, type Announcer } from '../../activities/announce-events.ts'
import { createDeliveryActivities } from '../../activities/index.ts'
import { defaultLadder } from '../../domain/ladder.ts'
import { defaultPolicy } from '../../domain/policy.ts'
import { endpointsOf, type AppEndpoint, type Delivery, type Endpoint } from '../../domain/webhook.ts'
import { createAppsSource, type AppsSource } from '../../platform/apps/source.ts'
import { createAttemptNotes, isDisabled } from '../../platform/endpoint-health.ts'
import { createWebhookWorkers } from '../../platform/webhook-workers.ts'
import { aLogin, everyEvent } from '../domain/webhooks.ts'
import { aDelivery, newSecret, openReceiver, openWebhooks, verified } from './harness.ts'

/** As worker.ts has them, none yet. They may be changed, unless `given` says which they are. */
async function openWorkers(given?: () => readonly AppEndpoint[]) {
  const { settings, client, ...webhooks } = await openWebhooks()
  const configured: { endpoints: readonly Endpoint[] } = { endpoints: [] }
  const endpoints = given ?? (() => endpointsOf([{ name: 'acme', endpoints: configured.endpoints }]))
  const activities = createDeliveryActivities({
    endpoints,
    isDisabled: (endpointId) => isDisabled(client, endpointId),
    noteAttempt: createAttemptNotes(client),
    mayStayInside: true,
  })
  // The harness runs deliveries already, and of one connection only one worker may poll a queue.
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') })
  const workers = createWebhookWorkers({ ...settings, connection, endpoints, activities })
  onTestFinished(async () => {
    await workers.drain()
    await connection.close()
  })
  await workers.refresh()
  return {
    ...webhooks,
    follow: (apps: AppsSource) => workers.follow(apps),
    /** The settings are read again. */
    configure: async (...next: readonly Endpoint[]): Promise<void> => {
      configured.endpoints = next
      await workers.refresh()
    },
    /** A login's events, as its worker does; what it started. */
    announce: async (names: readonly string[]): Promise<readonly Delivery[]> => {
      const started: Delivery[] = []
      const announcer: Announcer = {
        endpoints,
        async startDelivery(delivery) {
          started.push(delivery)
          await webhooks.start(delivery)
        },
      }
      const login = aLogin({ id: `lg_${randomBytes(40).toString('base64url')}` })
      const events = everyEvent(login.id).filter(({ type }) => /started|verified/.test(type))
      const about = { workflowId: 'login:acme:hash', runId: 'a-run', app: 'acme', login, events }
      await announceEvents(announcer)({ ...about, endpoints: names })
      return started
    },
    /** They have changed, and no worker has been told. */
    change: (...next: readonly Endpoint[]): void => {
      configured.endpoints = next
    },
  }
}

/**
 * Temporal may hand a task to a poll that a stopping worker has just given up: nobody makes that attempt, and after its
 * time the next one is made. So it costs time, and what was received still tells that nothing went out twice.
 */
const arrived = { status: 'delivered', attempts: expect.toSatisfy((n) => n === 1 || n === 2) as unknown }

test('an endpoint that comes gets a worker, and its URL and secret are those of the next attempt', async () => {
  const { configure, change, deliver, endpointOf } = await openWorkers()
  const [first, second] = [await openReceiver(), await openReceiver()]
  const endpoint = endpointOf(first.url)
  await configure(endpoint)
  expect(await deliver(aDelivery(endpoint.id))).toMatchObject({ status: 'delivered' })
  expect([first.received.length, second.received.length]).toEqual([1, 0])

  const secret = newSecret()
  change({ ...endpoint, url: second.url, secrets: [secret] })
  const delivery = aDelivery(endpoint.id)
  expect(await deliver(delivery)).toMatchObject({ status: 'delivered' })
  const [message] = second.received
  expect(message && verified(secret, message)).toEqual(delivery.event)
  expect(first.received).toHaveLength(1)
}, 60_000)

test('an endpoint that goes is drained, and when it is back what waited for it goes to its new URL', async () => {
  const { configure, deliver, start, result, endpointOf } = await openWorkers()
  const [before, after, others] = [await openReceiver(), await openReceiver(), await openReceiver()]
  const [endpoint, other] = [endpointOf(before.url), endpointOf(others.url)]
  await configure(endpoint, other)
  expect(await deliver(aDelivery(endpoint.id))).toMatchObject({ status: 'delivered' })
  await configure(other)
  const waiting = aDelivery(endpoint.id)
  await start(waiting)
  expect(await deliver(aDelivery(other.id))).toMatchObject({ status: 'delivered' })
  await configure(other, { ...endpoint, url: after.url })
  expect(await result(waiting)).toMatchObject(arrived)
  expect([before.received.length, after.received.length, others.received.length]).toEqual([1, 1, 1])
}, 60_000)

test('what was announced to an endpoint that no worker knew yet waits, and goes out when it comes, but for what it does not want', async () => {
  const { configure, announce, result, endpointOf } = await openWorkers()
  const [hooks, others] = [await openReceiver(), await openReceiver()]
  const [endpoint, other] = [endpointOf(hooks.url, { events: ['login.verified'] }), endpointOf(others.url)]
  await configure(other)
  const announced = await announce([endpoint.id])
  expect(announced.map(({ event }) => event.type)).toEqual(['login.started', 'login.verified'])
  await configure(other, endpoint)
  const records = await Promise.all(announced.map(result))
  expect(records).toMatchObject([
    { status: 'undelivered', attempts: 0, last: { outcome: 'skipped', cause: 'event_not_wanted' } },
    arrived,
  ])
  expect(hooks.received.map(({ headers }) => headers['webhook-id'])).toEqual([announced[1]?.eventId])
  expect(others.received).toEqual([])
}, 60_000)

test('an endpoint whose concurrency changes gets another worker, and loses nothing', async () => {
  const { configure, deliver, start, result, endpointOf } = await openWorkers()
  const { url, received } = await openReceiver()
  const endpoint = endpointOf(url)
  await configure({ ...endpoint, concurrency: 1 })
  expect(await deliver(aDelivery(endpoint.id))).toMatchObject({ status: 'delivered' })
  const deliveries = [1, 2, 3].map(() => aDelivery(endpoint.id))
  for (const delivery of deliveries) await start(delivery)
  await configure({ ...endpoint, concurrency: 5 })
  for (const delivery of deliveries) expect(await result(delivery)).toMatchObject(arrived)
  expect(received).toHaveLength(4)
}, 60_000)

test('an endpoint that comes while the workers of the first are made gets one after them', async () => {
  const { apps, put } = await openApps()
  const { follow, deliver, endpointOf } = await openWorkers(() => endpointsOf(apps.all()))
  const { url, received } = await openReceiver()
  const [first, second] = [endpointOf(url), endpointOf(url)]
  await put(first)
  const following = follow(apps)
  await put(first, second)
  await following
  expect(await deliver(aDelivery(second.id))).toMatchObject({ status: 'delivered' })
  expect(received).toHaveLength(1)
}, 60_000)

/** The app `acme` of an `APPS_FILE`, with no endpoints; `put` resolves when those that it says are taken. */
async function openApps() {
  const folder = await mkdtemp(join(tmpdir(), 'apps-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'apps.json')
  const write = async (webhooks: readonly Endpoint[]) => {
    const text = JSON.stringify({ apps: [{ name: 'acme', brand: 'Acme', keys: [], webhooks }] })
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
  await write([])
  const defaults = {
    isProduction: false,
    version: 'v2',
    subAccountId: 'acme',
    policy: defaultPolicy,
    ladder: defaultLadder,
    limits: { sendsPerDay: 100 },
    concurrency: 10,
  } as const
  const log = { info: () => undefined, error: () => undefined }
  const apps = createAppsSource({ file, defaults }, log, { everyMs: 5 })
  onTestFinished(apps.close)
  const put = async (...webhooks: readonly Endpoint[]) => {
    await write(webhooks)
    await expect.poll(() => apps.byName('acme')?.endpoints.length, { interval: 5 }).toBe(webhooks.length)
  }
  return { apps, put }
}
