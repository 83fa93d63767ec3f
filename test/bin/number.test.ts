/** `npm run number`: what an operator at a terminal is told, and what it changes. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, inject, test } from 'vitest'
import { aPhone, encryptionKeys, openHouse, type House } from '../support/house.ts'
import { API_KEY, startWorkerProcess } from '../support/processes.ts'

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
  const house = await openHouse({ worker: 'none', forProcesses: true })
  await startWorkerProcess(house)
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

test.each([
  ['no number', ['show'], 'Usage'],
  ['not a number', ['show', 'hello'], 'Usage'],
  ['another command', ['forget', '+6591234567'], 'Usage'],
  ['a clear without a reason', ['clear', '+6591234567'], '--why is missing'],
])('%s is told how it goes, and changes nothing', async (_name, args, told) => {
  const house = await openHouse({ worker: 'none' })
  expect(await number(house, ...args)).toEqual({ status: 1, text: expect.stringContaining(told) as string })
})
