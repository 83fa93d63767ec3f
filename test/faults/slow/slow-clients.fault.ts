/** Row 3 at its real length: two thousand sockets at a byte a second, before an API process as it is run. */
import { expect, test } from 'vitest'
import { freePort } from '../../../platform/dev-server/ports.ts'
import { openHouse } from '../../support/house.ts'
import { injected, observed } from '../../support/injected.ts'
import { API_KEY, signInOverHttp, startApiProcess, startWorkerProcess } from '../../support/processes.ts'
import { openSlowClient, slowBeginnings } from '../../support/slow-client.ts'

const CLIENTS = 2000

test('row 3: two thousand clients at a byte a second are cut off by an API process, and other logins are verified meanwhile', async ({
  task,
}) => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const port = await freePort()
  await Promise.all([startWorkerProcess(house), startApiProcess(house, port)])
  const url = `http://127.0.0.1:${port}`
  const beginnings = slowBeginnings(`Bearer ${API_KEY}`)
  injected(task, ...Array.from({ length: CLIENTS }, () => 'a byte a second'))
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, n) => openSlowClient(url, beginnings[n % 3] ?? '', 1000)),
  )
  const cut: string[] = []
  for (const client of clients) void client.cut.then((said) => cut.push(said))
  const statuses: string[] = []
  do statuses.push((await signInOverHttp(house, url)).status)
  while (cut.length < clients.length)
  observed(task, ...statuses.map(() => 'another login meanwhile'))
  expect(statuses).toEqual(statuses.map(() => 'verified'))
  expect(house.sends()).toHaveLength(statuses.length)
})
