/** Row 35 with the worker as it runs in earnest: its own limits, and what its log tells an operator. */
import { randomBytes } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { aPhone, encryptionKeys } from '../../support/house.ts'
import { injected } from '../../support/injected.ts'
import { startPartProcess } from '../../support/processes.ts'
import { openTcpProxy } from '../../support/tcp-proxy.ts'
import { openWatchedHouse } from '../../support/watched-house.ts'

test('row 35: after ten failures a worker says once that 8x8 does not answer, and when it does all that waits goes out', async ({
  task,
}) => {
  const house = await openWatchedHouse({ worker: 'none', forProcesses: true })
  const proxy = await openTcpProxy(house.sandboxUrl)
  await proxy.refuse()
  const worker = await startPartProcess('worker.ts', {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: house.namespace,
    EIGHTXEIGHT_BASE_URL: proxy.url,
    EIGHTXEIGHT_API_KEY: 'sandbox-key',
    EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
    LOOKUP_KEY: randomBytes(32).toString('base64'),
    ENCRYPTION_KEYS: encryptionKeys,
    LOG_LEVEL: 'info',
  })
  const said = (words: string) =>
    worker
      .said()
      .split('\n')
      .filter((line) => line.includes(words))
  const stops = () => said('8x8 does not answer')
  const resumes = () => said('8x8 answers again')

  const ten = Array.from({ length: 10 }, aPhone)
  injected(task, ...ten.map(() => 'connection refused'))
  const waiting = await Promise.all(ten.map((phone) => house.login(phone, { waitSeconds: 1 })))
  expect(waiting.map(({ status }) => status)).toEqual(ten.map(() => 'sending'))
  await expect.poll(stops).toHaveLength(1)
  await expect
    .poll(() => house.login(aPhone(), { waitSeconds: 1 }))
    .toMatchObject({ status: 'failed', reason: 'provider_unavailable' })
  expect(resumes()).toEqual([])
  expect(house.sends()).toEqual([])

  await proxy.accept()
  await Promise.all(waiting.map(({ id }) => house.until(id, ({ status }) => status === 'waiting_for_code')))
  expect(ten.map((phone) => house.sends().filter((send) => send.phone === phone.e164).length)).toEqual(
    ten.map(() => 1),
  )
  expect(stops().map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 'error', operation: 'send', cause: 'connect' },
  ])
  expect(resumes().map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 'info', operation: 'send' },
  ])
  expect(await house.violations()).toEqual([])
})
