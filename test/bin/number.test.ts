/** `npm run number`: what an operator at a terminal is told, and what it changes. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, inject, test } from 'vitest'
import type { Phone } from '../../domain/phone.ts'
import { startDelivery } from '../../platform/deliveries.ts'
import { aPhone, encryptionKeys, openHouse, type House } from '../support/house.ts'
import { plant } from '../support/plant.ts'
import { API_KEY } from '../support/processes.ts'
import { aDelivery } from '../webhooks/harness.ts'
import { appsFile } from './apps-file.ts'

const command = fileURLToPath(new URL('../../bin/number.ts', import.meta.url))

/** Output and exit status of the command, run as a person would. */
const number = (house: House, ...args: string[]) => numberWith({ API_KEY }, house, ...args)

function numberWith(settings: NodeJS.ProcessEnv, house: House, ...args: string[]) {
  const env = {
    PATH: process.env.PATH,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: house.namespace,
    EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
    LOOKUP_KEY: house.lookupKey.toString('base64'),
    ENCRYPTION_KEYS: encryptionKeys,
    ...settings,
  }
  return new Promise<{ status: number; text: string }>((resolve) => {
    const child = execFile(process.execPath, [command, ...args], { env }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, text: stdout + stderr })
    })
  })
}

test('a number that waits after failures is shown as waiting, and is free again once it is cleared', async () => {
  const house = await openHouseWithWorker()
  const phone = aPhone()
  const login = await house.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await house.submit(login.id, house.wrongCodeFor(phone, n))
  const shown = await number(house, 'show', phone.e164)
  expect(shown).toMatchObject({
    status: 0,
    text: expect.stringMatching(/waits until .* \(failures\)/) as string,
  })
  expect(shown.text).not.toContain(phone.e164)

  const cleared = await number(house, 'clear', phone.e164, '--why', 'asked at the desk', '--by', 'eve')
  expect(cleared).toMatchObject({ status: 0, text: expect.stringMatching(/failures in a row +0/) as string })
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
}, 60_000)

/** A namespace and the product’s task queue, as the command knows them. */
const openHouseWithWorker = () => openHouse({ worker: 'own', forProcesses: true })

/** Whether the server knows any run of the number, from its own tables and not from a list that lags. */
const isKnown = (house: House, phone: Phone) =>
  house.client.workflow
    .getHandle(house.workflowId(phone))
    .describe()
    .then(
      () => true,
      () => false,
    )

test('PII-7: erase deletes every run of a number, and the next login begins anew', async () => {
  const house = await openHouseWithWorker()
  const phone = aPhone()
  const first = await house.login(phone)
  await house.cancel(first.id)
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
  expect(await number(house, 'erase', phone.e164)).toEqual({
    status: 1,
    text: expect.stringMatching(/a login is open, nothing was deleted/) as string,
  })
  const { memo } = await house.client.workflow.getHandle(house.workflowId(phone)).describe()
  await house.cancel(String(memo?.loginId))
  await expect.poll(async () => Date.now() > (await house.budget(phone)).earliestSendAt).toBe(true)

  const erased = await number(house, 'erase', phone.e164)
  expect(erased).toEqual({ status: 0, text: expect.stringMatching(/2 runs are deleted/) as string })
  expect(erased.text).not.toContain(phone.e164)
  expect(await isKnown(house, phone)).toBe(false)
  expect(await house.gateway.read(house.app, first.id, 0)).toEqual({ outcome: 'not-found' })
  expect(await number(house, 'erase', phone.e164)).toMatchObject({ status: 0 })
  await house.login(phone)
  expect(await house.budget(phone)).toMatchObject({ sends: [expect.any(Number)] })
}, 60_000)

test('erase refuses while the number waits after failures, unless its budget may be forgotten', async () => {
  const house = await openHouseWithWorker()
  const phone = aPhone()
  const login = await house.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await house.submit(login.id, house.wrongCodeFor(phone, n))
  expect(await number(house, 'erase', phone.e164)).toEqual({
    status: 1,
    text: expect.stringMatching(/waits until .* \(failures\), nothing was deleted/) as string,
  })
  expect(await isKnown(house, phone)).toBe(true)
  expect(await number(house, 'erase', phone.e164, '--forget-budget')).toMatchObject({ status: 0 })
  expect(await isKnown(house, phone)).toBe(false)
}, 60_000)

test('erase refuses while the number is disabled, unless its budget may be forgotten', async () => {
  const house = await openHouseWithWorker()
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 97, lastAt: Date.now() - 7_200_000 } })
  const login = await house.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await house.submit(login.id, house.wrongCodeFor(phone, n))
  expect(await number(house, 'erase', phone.e164)).toEqual({
    status: 1,
    text: expect.stringMatching(/is disabled, nothing was deleted/) as string,
  })
  expect(await isKnown(house, phone)).toBe(true)
  expect(await number(house, 'erase', phone.e164, '--forget-budget')).toMatchObject({ status: 0 })
  expect(await isKnown(house, phone)).toBe(false)
}, 60_000)

test('erase says how many webhook deliveries went with the runs', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const phone = aPhone()
  const loginId = house.identity.newLoginId(house.workflowId(phone))
  await plant(house, phone, {}, { loginId })
  await startDelivery(house.client, aDelivery('default', { eventId: `evt_${loginId.slice(3)}_1` }))
  await expect
    .poll(() => house.client.workflow.count("WorkflowType = 'deliverEvent'"), { interval: 300 })
    .toMatchObject({ count: 1 })
  expect(await number(house, 'erase', phone.e164)).toEqual({
    status: 0,
    text: expect.stringMatching(/1 runs are deleted, and 1 webhook deliveries; the server knows/) as string,
  })
  await expect
    .poll(() => house.client.workflow.count("WorkflowType = 'deliverEvent'"), { interval: 300 })
    .toMatchObject({ count: 0 })
}, 60_000)

test('with its key lost a number is erased only with --forget-budget, and is free then', async () => {
  const house = await openHouseWithWorker()
  const phone = aPhone()
  await plant(house, phone, {})
  const lost = { API_KEY, ENCRYPTION_KEYS: `other:${randomBytes(32).toString('base64')}` }
  expect(await numberWith(lost, house, 'erase', phone.e164)).toEqual({
    status: 1,
    text: expect.stringMatching(/cannot be read with ENCRYPTION_KEYS, nothing was deleted/) as string,
  })
  expect(await isKnown(house, phone)).toBe(true)
  expect(await numberWith(lost, house, 'erase', phone.e164, '--forget-budget')).toEqual({
    status: 0,
    text: expect.stringMatching(/1 runs are deleted/) as string,
  })
  expect(await isKnown(house, phone)).toBe(false)
}, 60_000)

test('with several apps, a number is told as the sub-account of the named app has it', async () => {
  const house = await openHouseWithWorker()
  const settings = { APPS_FILE: await appsFile({ shop: 'acme', desk: 'acme_internal' }) }
  const phone = aPhone()
  await house.login(phone)
  expect(await numberWith(settings, house, 'show', phone.e164, '--app', 'shop')).toEqual({
    status: 0,
    text: expect.stringMatching(/workflow +login:acme:[^]*sends left now +2\n/) as string,
  })
  expect(await numberWith(settings, house, 'show', phone.e164, '--app', 'desk')).toEqual({
    status: 0,
    text: expect.stringMatching(/workflow +login:acme_internal:[^]*sends left now +3\n/) as string,
  })
}, 60_000)

test('several apps of one sub-account need no --app', async () => {
  const house = await openHouseWithWorker()
  const settings = { APPS_FILE: await appsFile({ shop: 'acme_shops', outlet: 'acme_shops' }) }
  expect(await numberWith(settings, house, 'show', aPhone().e164)).toEqual({
    status: 0,
    text: expect.stringContaining('login:acme_shops:') as string,
  })
}, 60_000)

test.each([
  [
    'without --app',
    [],
    'The apps have several sub-accounts, and a number has a budget in each. Say which is meant',
  ],
  [
    'with an app that is unknown',
    ['--app', 'shops'],
    'No app of the name that --app gives is configured. There is',
  ],
])(
  'with several sub-accounts, and %s, the choices are told and nothing is done',
  async (_name, args, told) => {
    const house = await openHouse({ worker: 'none' })
    const settings = { APPS_FILE: await appsFile({ shop: 'acme', desk: 'acme_internal' }) }
    expect(await numberWith(settings, house, 'erase', aPhone().e164, ...args)).toEqual({
      status: 1,
      text: `${told}:\n  --app shop, of acme\n  --app desk, of acme_internal\n`,
    })
  },
)

test('beside the single app of the environment no other can be named', async () => {
  const house = await openHouse({ worker: 'none' })
  const told = await number(house, 'show', aPhone().e164, '--app', 'shop')
  expect(told).toMatchObject({
    status: 1,
    text: expect.stringMatching(/ --app default, of acme\n$/) as string,
  })
})

test.each([
  [
    'a server that is away',
    { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    /^Temporal cannot be reached: 127\.0\.0\.1:1, /,
  ],
  ['a malformed setting', { LOOKUP_KEY: 'x' }, /^The configuration is wrong:\n {2}LOOKUP_KEY/],
])('%s is told as what it is', async (_name, settings, told) => {
  const house = await openHouse({ worker: 'none' })
  expect(await numberWith({ API_KEY, ...settings }, house, 'show', aPhone().e164)).toEqual({
    status: 1,
    text: expect.stringMatching(told) as string,
  })
})

test('a namespace that is not there is told as that, and not as an outage', async () => {
  const house = await openHouse({ worker: 'none' })
  const settings = { API_KEY, TEMPORAL_NAMESPACE: 'not-registered' }
  for (const args of [['show'], ['clear', '--why', 'asked at the desk'], ['erase']]) {
    expect(await numberWith(settings, house, ...args, aPhone().e164)).toEqual({
      status: 1,
      text: `Temporal has no such namespace: ${inject('temporalAddress')}, namespace not-registered.\n`,
    })
  }
})

test('of a number that was left alone, neither sends of days ago nor faded failures are shown', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const phone = aPhone()
  const [longAgo, today] = [Date.now() - 10 * 86_400_000, Date.now() - 3_600_000]
  const failures = { count: 7, lastAt: longAgo }
  await plant(house, phone, { sends: [longAgo, today], failures, enrolmentFailures: failures })
  const { status, text } = await number(house, 'show', phone.e164)
  expect(status).toBe(0)
  expect(text).toMatch(/state +free\nfailures in a row +0\n… of enrolments +0\n/)
  expect(text).toContain(`sends, last 24 h   ${new Date(today).toISOString()}\nsends left now`)
}, 60_000)

test('a clear that no worker answers is said to be possible still, and is told by show', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 7, lastAt: Date.now() } })
  expect(await number(house, 'clear', phone.e164, '--why', 'asked at the desk')).toEqual({
    status: 1,
    text: 'Temporal or a worker does not answer. The number may be cleared already, or soon: ask `show`.\n',
  })
  expect(await number(house, 'show', phone.e164)).toMatchObject({
    status: 0,
    text: expect.stringMatching(/failures in a row +0/) as string,
  })
}, 60_000)

test('a number whose key is missing is told as that, and not as an outage', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const phone = aPhone()
  await plant(house, phone, {})
  const missing = { API_KEY, ENCRYPTION_KEYS: `other:${randomBytes(32).toString('base64')}` }
  for (const args of [['show'], ['clear', '--why', 'asked at the desk']]) {
    expect(await numberWith(missing, house, ...args, phone.e164)).toEqual({
      status: 1,
      text: `${house.workflowId(phone)} cannot be read: a payload was sealed with a key that is not here.\n`,
    })
  }
})

test.each([
  ['no number', ['show'], 'Usage'],
  ['not a number', ['show', 'hello'], 'Usage'],
  ['another command', ['forget', '+6591234567'], 'Usage'],
  ['an unknown option', ['show', '+6591234567', '--forget'], 'Usage'],
  ['a clear without a reason', ['clear', '+6591234567'], '--why is missing'],
])('%s is told how it goes, and changes nothing', async (_name, args, told) => {
  const house = await openHouse({ worker: 'none' })
  expect(await number(house, ...args)).toEqual({ status: 1, text: expect.stringContaining(told) as string })
})
