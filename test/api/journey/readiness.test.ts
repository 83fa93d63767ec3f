/** `GET /readyz` and `/healthz`, over HTTP and all the way. */
import { expect, test } from 'vitest'
import { openCountedGateway } from '../../support/counted-gateway.ts'
import { openHouse } from '../../support/house.ts'
import { openHttp, openJourney } from '../../support/http.ts'

test('with a worker that polls, a login can be started', async () => {
  const { api } = await openJourney()
  await expect
    .poll(() => api.anonymous.send('GET', '/readyz'), { interval: 100 })
    .toMatchObject({ status: 200, body: { temporal: true, worker: true } })
})

test('without a worker none can, and it is said which part is missing', async () => {
  const { api } = await openJourney({ worker: 'none' })
  expect(await api.anonymous.send('GET', '/readyz')).toMatchObject({
    status: 503,
    body: { temporal: true, worker: false },
  })
})

test('the process is healthy without a worker', async () => {
  const { api } = await openJourney({ worker: 'none' })
  expect(await api.anonymous.send('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
})

test('a hundred probes at once are one pair of questions, and a second after the answer it is asked anew', async () => {
  const house = await openHouse()
  const { gateway, readiness } = await openCountedGateway(house)
  const api = await openHttp(house, { gateway })
  const probe = () => api.anonymous.send('GET', '/readyz')
  const answers = await Promise.all(Array.from({ length: 100 }, probe))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  expect(readiness()).toEqual([1, 1])
  await expect
    .poll(async () => {
      await probe()
      return readiness()
    })
    .toEqual([2, 2])
})
