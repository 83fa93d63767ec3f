/** `GET /readyz` and `/healthz`, over HTTP and all the way. */
import { expect, test } from 'vitest'
import { openJourney } from '../../support/http.ts'

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
