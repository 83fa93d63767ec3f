/** PII-7: what an erasure finds of a number, and deletes, with the keys and without. */
import { randomBytes } from 'node:crypto'
import { Client } from '@temporalio/client'
import { afterEach, expect, test, vi } from 'vitest'
import { eraseNumber } from '../../../api/login-gateway/erase.ts'
import { deliveryId } from '../../../domain/webhook.ts'
import { createDataConverter } from '../../../platform/codec/data-converter.ts'
import { parseKeyRing } from '../../../platform/codec/key-ring.ts'
import { startDelivery } from '../../../platform/deliveries.ts'
import { toLenient } from '../../../platform/lenient-client.ts'
import { aPhone, openHouse, type House } from '../../support/house.ts'
import { plant } from '../../support/plant.ts'
import { aDelivery } from '../../webhooks/harness.ts'

afterEach(() => vi.useRealTimers())

const MINUTE_MS = 60_000

/** Somebody with other keys, at the same server. */
function withOtherKeys({ client, namespace }: House): Client {
  const keys = parseKeyRing(`other:${randomBytes(32).toString('base64')}`)
  if (keys === undefined) throw new Error('malformed keys')
  const dataConverter = createDataConverter({ keys, namespace, plainText: 'refused', alarm: () => undefined })
  return new Client({ connection: client.connection, namespace, dataConverter })
}

/** As the operator's command does. */
const erase = (house: House, client: Client, workflowId: string, mayForgetBudget: boolean) =>
  eraseNumber(
    { client: toLenient(client), identity: house.identity, policy: house.policy },
    workflowId,
    mayForgetBudget,
  )

const isKnown = (house: House, workflowId: string) =>
  house.client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      () => true,
      () => false,
    )

/** An event of the login on its way to an endpoint that nobody posts to, as soon as Temporal lists it. */
async function announce(house: House, loginId: string, sequence: number): Promise<string> {
  const delivery = aDelivery('nobodys', { eventId: `evt_${loginId.slice(3)}_${sequence}` })
  await startDelivery(house.client, delivery)
  const workflowId = deliveryId(delivery.eventId, delivery.endpointId)
  await expect
    .poll(() => house.client.workflow.count(`WorkflowId = '${workflowId}'`), { interval: 100 })
    .toMatchObject({ count: 1 })
  return workflowId
}

test('what webhooks were told of the number’s logins goes with them, under way or over, and nobody else’s', async () => {
  const house = await openHouse({ worker: 'none' })
  const phone = aPhone()
  const workflowId = house.workflowId(phone)
  const [earlier, newest] = [house.identity.newLoginId(workflowId), house.identity.newLoginId(workflowId)]
  await plant(house, phone, {}, { loginId: earlier })
  await plant(house, phone, {}, { loginId: newest })
  const underWay = await announce(house, newest, 1)
  const over = await announce(house, newest, 12)
  await house.client.workflow.getHandle(over).terminate('given up')
  const ofEarlier = await announce(house, earlier, 1)
  const ofAnother = await announce(house, house.identity.newLoginId(house.workflowId(aPhone())), 1)
  await expect
    .poll(() => house.client.workflow.count(`WorkflowId = '${workflowId}'`), { interval: 100 })
    .toMatchObject({ count: 2 })

  expect(await erase(house, house.client, workflowId, false)).toEqual({
    outcome: 'erased',
    runs: 2,
    deliveries: 3,
  })
  for (const id of [workflowId, underWay, over, ofEarlier]) expect(await isKnown(house, id)).toBe(false)
  expect(await isKnown(house, ofAnother)).toBe(true)
})

test('without the key nothing is deleted, unless the budget may be forgotten: then all of it, deliveries too', async () => {
  const house = await openHouse({ worker: 'none' })
  const phone = aPhone()
  const workflowId = house.workflowId(phone)
  const loginId = house.identity.newLoginId(workflowId)
  await plant(house, phone, {}, { loginId })
  const delivery = await announce(house, loginId, 1)
  const ofAnother = await announce(house, house.identity.newLoginId(house.workflowId(aPhone())), 1)
  const ignorant = withOtherKeys(house)

  expect(await erase(house, ignorant, workflowId, false)).toEqual({ outcome: 'unreadable' })
  expect(await isKnown(house, workflowId)).toBe(true)
  expect(await erase(house, ignorant, workflowId, true)).toEqual({
    outcome: 'erased',
    runs: 1,
    deliveries: 1,
  })
  for (const id of [workflowId, delivery]) expect(await isKnown(house, id)).toBe(false)
  expect(await isKnown(house, ofAnother)).toBe(true)
})

test('runs of before a rotation whose key is gone are deleted with the newest one, which can be read', async () => {
  const house = await openHouse({ worker: 'none' })
  const phone = aPhone()
  const workflowId = house.workflowId(phone)
  await plant({ ...house, client: withOtherKeys(house) }, phone, {})
  await plant(house, phone, {})
  await expect
    .poll(() => house.client.workflow.count(`WorkflowId = '${workflowId}'`), { interval: 100 })
    .toMatchObject({ count: 2 })
  expect(await erase(house, house.client, workflowId, false)).toMatchObject({ outcome: 'erased', runs: 2 })
})

test('an open run that cannot be read is left alone for as long as a login may last, and then ends', async () => {
  const house = await openHouse({ worker: 'own' })
  const phone = aPhone()
  const workflowId = house.workflowId(phone)
  await house.login(phone)
  const ignorant = withOtherKeys(house)
  const begun = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: begun + 21 * MINUTE_MS })
  expect(await erase(house, ignorant, workflowId, true)).toEqual({ outcome: 'open' })
  vi.setSystemTime(begun + 23 * MINUTE_MS)
  expect(await erase(house, ignorant, workflowId, false)).toEqual({ outcome: 'unreadable' })
  expect(await isKnown(house, workflowId)).toBe(true)
  expect(await erase(house, ignorant, workflowId, true)).toMatchObject({ outcome: 'erased', runs: 1 })
  expect(await isKnown(house, workflowId)).toBe(false)
})
