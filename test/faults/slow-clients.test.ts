/** Row 3: clients that say their requests byte by byte hold up nobody, and are cut off. */
import { expect, test } from 'vitest'
import { requestTimeouts } from '../../platform/request-timeouts.ts'
import { aPhone } from '../support/house.ts'
import { openJourney } from '../support/http.ts'
import { injected, observed } from '../support/injected.ts'
import { openSlowClient, slowBeginnings } from '../support/slow-client.ts'

const CLIENTS_OF_A_KIND = 70

test('row 3: while two hundred clients say their requests byte by byte a login is verified, and they are cut off', async ({
  task,
}) => {
  const serverOptions = requestTimeouts({ headersMs: 1000, requestMs: 1500 })
  const { house, api } = await openJourney({}, { serverOptions })
  const beginnings = slowBeginnings(api.authorization('acme')).flatMap((beginning) =>
    Array.from({ length: CLIENTS_OF_A_KIND }, () => beginning),
  )
  injected(task, ...beginnings.map(() => 'a byte every 100 ms'))
  const clients = await Promise.all(beginnings.map((beginning) => openSlowClient(api.url, beginning, 100)))

  const phone = aPhone()
  const { id } = await api.login(phone)
  expect((await api.submit(id, house.codeFor(phone))).body.status).toBe('verified')

  const said = await Promise.all(clients.map(({ cut }) => cut))
  const statuses = said.map((text) => /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'nothing')
  observed(task, ...new Set(statuses.map((status) => `a slow client was told ${status}`)))
  expect(statuses.filter((status) => !['401', '408', 'nothing'].includes(status))).toEqual([])
  expect(house.sends()).toHaveLength(1)
})
