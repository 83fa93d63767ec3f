/** `npm run webhooks` and `npm run sweep`, run as an operator would, beside a worker as it runs in earnest. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Client } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { expect, inject, onTestFinished, test } from 'vitest'
import { deliveryId, DISABLED_TYPE, disabledId, type DeliveryRecord } from '../../domain/webhook.ts'
import { createDataConverter } from '../../platform/codec/data-converter.ts'
import { parseKeyRing } from '../../platform/codec/key-ring.ts'
import { startDelivery } from '../../platform/deliveries.ts'
import { aPhone, encryptionKeys, openHouse, type House } from '../support/house.ts'
import { injected } from '../support/injected.ts'
import { plant } from '../support/plant.ts'
import { API_KEY, startWorkerProcess } from '../support/processes.ts'
import { aDelivery, answer, newSecret, openReceiver, verified } from './harness.ts'

const secret = newSecret()

type Settings = Readonly<Record<string, string>>
const settingsFor = (url: string): Settings => ({ WEBHOOK_URL: url, WEBHOOK_SECRET: secret })

/** Output and exit status of a command. */
function run(house: House, settings: Settings, file: string, ...args: string[]) {
  const env = {
    PATH: process.env.PATH,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: house.namespace,
    EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
    API_KEY,
    LOOKUP_KEY: house.lookupKey.toString('base64'),
    ENCRYPTION_KEYS: encryptionKeys,
    TOKEN_KEYS: encryptionKeys,
    ...settings,
  }
  const path = fileURLToPath(new URL(`../../bin/${file}`, import.meta.url))
  return new Promise<{ status: number; text: string }>((resolve) => {
    const child = execFile(process.execPath, [path, ...args], { env }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, text: stdout + stderr })
    })
  })
}

async function openScene(reply = answer(204)) {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const receiver = await openReceiver(reply)
  const settings = settingsFor(receiver.url)
  const worker = await startWorkerProcess(house, settings)
  const webhooks = (...args: string[]) => run(house, settings, 'webhooks.ts', ...args)
  return { house, receiver, settings, worker, webhooks, sweep: () => run(house, settings, 'sweep.ts') }
}

const resultOf = async (house: House, eventId: string) =>
  (await house.client.workflow.getHandle(deliveryId(eventId, 'default')).result()) as DeliveryRecord

test('what was not delivered is listed, and sent again under the same id when somebody says so', async () => {
  let isUp = false
  const scene = await openScene((response) => response.writeHead(isUp ? 204 : 500).end())
  const { house, receiver } = scene
  const delivery = aDelivery('default', { app: 'default', scheduleMs: [0] })
  await startDelivery(house.client, delivery)
  expect(await resultOf(house, delivery.eventId)).toMatchObject({ status: 'undelivered' })
  await expect
    .poll(async () => (await scene.webhooks('list', '--undelivered')).text, { interval: 500 })
    .toMatch(new RegExp(`${delivery.eventId} +login.verified +default +default +undelivered +1 +500`))

  isUp = true
  expect(await scene.webhooks('redeliver', delivery.eventId)).toEqual({
    status: 0,
    text: `${delivery.eventId} to default: sent again\n`,
  })
  expect(await resultOf(house, delivery.eventId)).toMatchObject({ status: 'delivered' })
  const [first, second] = receiver.received
  if (first === undefined || second === undefined) throw new Error('it did not come twice')
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
  expect(second.body).toBe(first.body)
  expect(verified(secret, second)).toEqual(delivery.event)

  const { loginId } = first.event.data
  expect(await scene.webhooks('redeliver', String(loginId))).toMatchObject({ status: 0 })
  await expect.poll(() => receiver.received.length).toBe(3)
  expect(await scene.webhooks('redeliver', 'evt_nobody_1')).toMatchObject({ status: 1 })
}, 120_000)

test('a test message tells what the endpoint answers; one that disabled itself is listed, and enabled again', async () => {
  const scene = await openScene((response, n) => response.writeHead(n === 1 ? 410 : 202).end())
  expect(await scene.webhooks('test', 'default')).toEqual({
    status: 1,
    text: expect.stringMatching(/^evt_test_\w+ to default: undelivered, 410\n$/) as string,
  })
  expect((await scene.webhooks('list')).text).toContain('Endpoint default is disabled')
  expect(await scene.webhooks('test', 'default')).toMatchObject({
    text: expect.stringContaining('undelivered, endpoint_disabled') as string,
  })
  expect((await scene.webhooks('enable', 'default')).text).toContain('default is enabled')
  expect((await scene.webhooks('enable', 'default')).text).toContain('default is not disabled')
  expect(await scene.webhooks('test', 'default')).toEqual({
    status: 0,
    text: expect.stringContaining('delivered, 202') as string,
  })
  expect(scene.receiver.received.map(({ event }) => event.type)).toEqual(['webhook.test', 'webhook.test'])
  expect(await scene.webhooks('test', 'other')).toMatchObject({
    status: 1,
    text: 'No endpoint other is configured; there is: default.\n',
  })
}, 120_000)

test('a login is told to its endpoint as it goes, and swept once when an operator terminates it', async () => {
  const { house, receiver, sweep } = await openScene()
  const phone = aPhone()
  const app = { ...house.app, name: 'default', endpoints: [{ id: 'default' }] }
  const started = await house.gateway.start(app, house.toStart(phone))
  if (started.outcome !== 'started') throw new Error('no login was started')
  const { id } = started.login
  await expect.poll(() => receiver.received.length).toBe(2)
  await house.client.workflow.getHandle(house.workflowId(phone)).terminate('an operator of this test')

  const told = () => receiver.received.map(({ event }) => [event.type, event.data.sequence]).sort()
  await expect
    .poll(async () => (await sweep()).text, { interval: 500 })
    .toContain('Announced, now or before: 1.')
  const all = [
    ['login.code_sent', 2],
    ['login.failed', 3],
    ['login.started', 1],
  ]
  await expect.poll(told).toEqual(all)
  const last = receiver.received.find(({ event }) => event.type === 'login.failed')
  expect(last?.headers['webhook-id']).toBe(`evt_${id.replace('lg_', '')}_3`)
  expect(last?.event.data).toMatchObject({ loginId: id, status: 'failed', reason: 'operator' })
  expect((await sweep()).status).toBe(0)
  expect(told()).toEqual(all)
  for (const { body } of receiver.received) {
    expect(body).not.toContain(phone.e164.slice(1))
    expect(body).not.toContain(house.codeFor(phone))
  }
}, 120_000)

test('what is under way to an endpoint that was taken out of the settings is swept, and listed as undelivered', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const delivery = aDelivery('removed')
  await startDelivery(house.client, delivery)
  await expect
    .poll(async () => (await run(house, {}, 'sweep.ts')).text, { timeout: 40_000, interval: 500 })
    .toContain('Deliveries ended, since their endpoint is configured no longer: 1.')
  await expect
    .poll(async () => (await run(house, {}, 'webhooks.ts', 'list', '--undelivered')).text, {
      timeout: 40_000,
      interval: 500,
    })
    .toMatch(
      new RegExp(`${delivery.eventId} +login.verified +removed +acme +undelivered +0 +endpoint_removed`),
    )
}, 120_000)

test('row 39: an event whose worker dies before it records the answer comes again, under the same id', async ({
  task,
}) => {
  injected(task, 'worker: SIGKILL between the answer and its record')
  const killed: { by?: () => Promise<void> } = {}
  const scene = await openScene((response, n) => {
    if (n > 1) response.writeHead(204).end()
    else void killed.by?.().then(() => response.writeHead(204).end())
  })
  killed.by = () => scene.worker.kill()
  const delivery = aDelivery('default', { app: 'default', scheduleMs: [0, 50, 50] })
  await startDelivery(scene.house.client, delivery)
  await expect.poll(() => scene.receiver.received.length).toBe(1)
  await startWorkerProcess(scene.house, scene.settings)
  expect(await resultOf(scene.house, delivery.eventId)).toMatchObject({ status: 'delivered', attempts: 2 })
  const [first, second] = scene.receiver.received
  expect(first?.headers['webhook-id']).toBe(delivery.eventId)
  expect(second?.headers['webhook-id']).toBe(delivery.eventId)
  expect(second?.body).toBe(first?.body)
}, 120_000)

test.each([
  ['no command', []],
  ['another command', ['forget']],
  ['a redelivery of nothing', ['redeliver']],
  ['a redelivery of no id', ['redeliver', "x' OR 1=1"]],
  ['an unknown option', ['list', '--all']],
])('%s is told how it goes', async (_name, args) => {
  const house = await openHouse({ worker: 'none' })
  const told = await run(house, {}, 'webhooks.ts', ...args)
  expect(told).toEqual({ status: 1, text: expect.stringContaining('Usage:') as string })
})

test.each([
  ['webhooks.ts', ['list']],
  ['sweep.ts', []],
])(
  '%s says what stands in its way: the settings, a server that is away, or an unknown namespace',
  async (file, args) => {
    const house = await openHouse({ worker: 'none' })
    const told = async (settings: Settings) => run(house, settings, file, ...args)
    expect(await told({ WEBHOOK_URL: 'x', LOOKUP_KEY: 'x' })).toEqual({
      status: 1,
      text: expect.stringMatching(/^The configuration is wrong:\n[^]*LOOKUP_KEY[^]*WEBHOOK_/) as string,
    })
    expect(await told({ TEMPORAL_ADDRESS: '127.0.0.1:1' })).toEqual({
      status: 1,
      text: `Temporal cannot be reached: 127.0.0.1:1, namespace ${house.namespace}.\n`,
    })
    expect(await told({ TEMPORAL_NAMESPACE: 'not-registered' })).toEqual({
      status: 1,
      text: `Temporal has no such namespace: ${inject('temporalAddress')}, namespace not-registered.\n`,
    })
  },
  60_000,
)

test('a refusal of Temporal’s is told as one, without its words', async () => {
  const house = await openHouse({ worker: 'none' })
  const namespace = `test-${randomBytes(4).toString('hex')}`
  const { workflowService, operatorService } = house.client.connection
  // Without search attributes, by which the command asks.
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') })
  onTestFinished(async () => {
    await operatorService.deleteNamespace({ namespace })
  })
  await expect
    .poll(() => run(house, { TEMPORAL_NAMESPACE: namespace }, 'webhooks.ts', 'list', '--undelivered'), {
      interval: 500,
    })
    .toEqual({
      status: 1,
      text: `Temporal is away, or answers with an error: ${inject('temporalAddress')}, namespace ${namespace}.\n`,
    })
}, 60_000)

test('a delivery whose key is missing is told as that, and not as an outage', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const delivery = aDelivery('default')
  await startDelivery(house.client, delivery)
  const other = { ENCRYPTION_KEYS: `other:${randomBytes(32).toString('base64')}` }
  await expect
    .poll(() => run(house, other, 'webhooks.ts', 'redeliver', delivery.eventId), { interval: 500 })
    .toEqual({
      status: 1,
      text: expect.stringContaining('does not open with ENCRYPTION_KEYS.\n') as string,
    })
}, 60_000)

/** Whoever sealed with a key that is gone since. */
function withLostKey({ client, namespace }: House): Client {
  const keys = parseKeyRing(`lost:${randomBytes(32).toString('base64')}`)
  if (keys === undefined) throw new Error('malformed keys')
  const dataConverter = createDataConverter({ keys, namespace, plainText: 'refused', alarm: () => undefined })
  return new Client({ connection: client.connection, namespace, dataConverter })
}

test('one endpoint and one delivery whose key is lost are listed with what can be told, and the others beside them', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const lost = withLostKey(house)
  const settings = settingsFor('https://hooks.example.com')
  const [sealed, readable] = [aDelivery('default'), aDelivery('default')]
  await startDelivery(lost, sealed)
  await startDelivery(house.client, readable)
  await lost.workflow.start(DISABLED_TYPE, {
    workflowId: disabledId('default'),
    taskQueue: 'nobody',
    memo: { reason: 'gone' },
  })
  await expect
    .poll(() => run(house, settings, 'webhooks.ts', 'list'), { interval: 500 })
    .toEqual({
      status: 0,
      text: expect.stringMatching(
        new RegExp(`^(?=[^]*${sealed.eventId} +default)(?=[^]*${readable.eventId} +login.verified +default)`),
      ) as string,
    })
  expect((await run(house, settings, 'webhooks.ts', 'list')).text).toMatch(
    /^Endpoint default is disabled since .*: why does not open with ENCRYPTION_KEYS\. /,
  )
  expect(await run(house, settings, 'webhooks.ts', 'enable', 'default')).toEqual({
    status: 1,
    text: 'default will be enabled as soon as a worker runs.\n',
  })
}, 60_000)

test('a login whose key is lost is named by the sweep, which goes on with all the rest', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const lost = withLostKey(house)
  const [sealed, readable] = [aPhone(), aPhone()]
  await plant({ ...house, client: lost }, sealed, {})
  await plant(house, readable, {})
  await startDelivery(lost, aDelivery('removed'))
  await lost.workflow.start(DISABLED_TYPE, {
    workflowId: disabledId('removed'),
    taskQueue: 'nobody',
    memo: { reason: 'gone' },
  })
  const workflowId = house.workflowId(sealed)
  await expect.poll(() => house.client.workflow.count(), { interval: 200 }).toMatchObject({ count: 4 })
  expect(await run(house, {}, 'sweep.ts')).toEqual({
    status: 1,
    text: expect.stringMatching(
      new RegExp(
        [
          '^Logins that Temporal closed from outside: 2\\.',
          'Announced, now or before: 0\\. Without an endpoint: 1\\.',
          'Not told of: 1, each for its own reason:',
          `  ${workflowId}, run [-0-9a-f]+: a payload was sealed with a key that is not here`,
          'Deliveries ended, since their endpoint is configured no longer: 1\\.',
          'Disabled or failing endpoints forgotten, for the same reason: 1\\.\n$',
        ].join('\n'),
      ),
    ) as string,
  })
}, 60_000)
