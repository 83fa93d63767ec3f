/** `npm run number`: what an operator at a terminal is told, and what it changes. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, inject, test } from 'vitest'
import type { Phone } from '../../domain/phone.ts'
import { aPhone, encryptionKeys, openHouse, type House } from '../support/house.ts'
import { plant } from '../support/plant.ts'
import { API_KEY } from '../support/processes.ts'

const command = fileURLToPath(new URL('../../bin/number.ts', import.meta.url))

/** Output and exit status of the command, run as a person would. */
function number(house: House, ...args: string[]) {
  const env = {
    PATH: process.env.PATH,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: house.namespace,
    EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
    API_KEY,
    LOOKUP_KEY: house.lookupKey.toString('base64'),
    ENCRYPTION_KEYS: encryptionKeys,
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
  await expect
    .poll(() => house.start(phone), { timeout: 5000, interval: 300 })
    .toMatchObject({ outcome: 'started' })
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
  await expect
    .poll(() => house.start(phone), { timeout: 10_000, interval: 300 })
    .toMatchObject({ outcome: 'started' })
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

test.each([
  ['no number', ['show'], 'Usage'],
  ['not a number', ['show', 'hello'], 'Usage'],
  ['another command', ['forget', '+6591234567'], 'Usage'],
  ['a clear without a reason', ['clear', '+6591234567'], '--why is missing'],
])('%s is told how it goes, and changes nothing', async (_name, args, told) => {
  const house = await openHouse({ worker: 'none' })
  expect(await number(house, ...args)).toEqual({ status: 1, text: expect.stringContaining(told) as string })
})
