/** Row 49: keys and secrets that change under a login, or under an event that is being delivered. */
import { expect, test } from 'vitest'
import { createEightByEight } from '../../activities/eight-by-eight/client.ts'
import { aPhone } from '../support/house.ts'
import { injected } from '../support/injected.ts'
import { openWatchedHouse, startWorkerVia, type WatchedHouse } from '../support/watched-house.ts'
import { aDelivery, newSecret, openReceiver, openWebhooks, verified } from '../webhooks/harness.ts'

/** A worker that was started with this key in its environment. */
const startWith = (house: WatchedHouse, apiKey: string) =>
  startWorkerVia(house, {
    eightByEight: createEightByEight({
      version: 'v2',
      baseUrl: house.sandboxUrl,
      subAccountId: 'acme',
      apiKey,
    }),
  })

test('row 49: a key of 8x8 that is taken away in mid-login costs no attempt, and with a worker that has the new one it ends well', async ({
  task,
}) => {
  const house = await openWatchedHouse({ worker: 'none' })
  const before = await startWith(house, 'sandbox-key')
  const phone = aPhone()
  const login = await house.login(phone)
  await before.stop()

  const stale = await startWith(house, 'a-key-that-was-deleted')
  injected(task, 'a worker whose 8x8 key was deleted')
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({
    outcome: 'unavailable',
    login: { status: 'waiting_for_code', attemptsLeft: 5 },
  })
  expect(await house.login(aPhone())).toMatchObject({ status: 'failed', reason: 'provider_refused' })
  expect(house.sends().filter(({ accepted }) => accepted)).toHaveLength(1)
  expect(stale.alarms.get(house.workflowId(phone))?.join()).toMatch(/^ERROR /)
  await stale.stop()

  await startWith(house, 'sandbox-key')
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 49: a secret that is rotated between two attempts signs the next one, beside the old one and then alone', async ({
  task,
}) => {
  const webhooks = await openWebhooks()
  const [old, fresh] = [newSecret(), newSecret()]
  const secrets: [string, ...string[]] = [old]
  const { url, received } = await openReceiver((response, n) => {
    if (n === 1) secrets.unshift(fresh)
    else if (n === 2) secrets.pop()
    response.writeHead(n < 3 ? 500 : 204).end()
  })
  const endpoint = await webhooks.openEndpoint(url, { secrets })
  const delivery = aDelivery(endpoint.id)
  injected(task, 'webhook secret rotated', 'old webhook secret taken out')
  expect(await webhooks.deliver(delivery)).toMatchObject({ status: 'delivered', attempts: 3 })
  const isSignedBy = (secret: string) =>
    received.map((message) => {
      try {
        return verified(secret, message) !== undefined
      } catch {
        return false
      }
    })
  expect(isSignedBy(old)).toEqual([true, true, false])
  expect(isSignedBy(fresh)).toEqual([false, true, true])
  expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery.eventId]))
})
