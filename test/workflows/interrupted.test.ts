/** A send in whose middle the login is to end: what it has cost, and that the login does end. */
import { expect, test } from 'vitest'
import type { Phone } from '../../domain/phone.ts'
import type { Fault } from '../../sandbox/faults.ts'
import { cancelUpdate, supersedeUpdate } from '../../workflows/messages.ts'
import { aPhone, openHouse, type House, type HouseOptions } from '../support/house.ts'

/** One whose sends are taken by 8x8, which does not say so. */
async function openSilentHouse(options: HouseOptions = {}) {
  const house = await openHouse({ sendTimeoutMs: 8000, ...options })
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'hang-after' } })
  return house
}

/** As soon as the number may be sent to: a login whose message has left, and which does not know it. */
async function startSending(house: House, phone: Phone): Promise<string> {
  const sends = house.sends().length
  for (;;) {
    const result = await house.start(phone, { waitSeconds: 0 })
    if (result.outcome === 'started') {
      await expect.poll(() => house.sends().length).toBe(sends + 1)
      return result.login.id
    }
    expect(result).toMatchObject({ outcome: 'denied', denial: { reason: 'interval' } })
    await expect.poll(() => Date.now()).toBeGreaterThan(retryAt(result))
  }
}

const retryAt = (result: object) =>
  (result as { readonly denial: { readonly retryAt: number } }).denial.retryAt

test('a send that a cancel interrupts stays counted: its message may have left', async () => {
  const house = await openSilentHouse()
  const phone = aPhone()
  const id = await startSending(house, phone)
  expect(await house.cancel(id)).toMatchObject({ outcome: 'canceled' })
  expect((await house.budget(phone)).sends).toHaveLength(1)
})

test('FRD-2: who starts and cancels, again and again, comes to the end of what the number may be sent', async () => {
  const house = await openSilentHouse({ policy: { sendLimits: [{ sends: 2, seconds: 3600 }] } })
  const phone = aPhone()
  await house.cancel(await startSending(house, phone))
  await house.cancel(await startSending(house, phone))
  expect(await house.start(phone)).toMatchObject({ outcome: 'denied', denial: { reason: 'sends' } })
  expect(house.sends()).toHaveLength(2)
})

test('a send that a newer login interrupts stays counted too', async () => {
  const house = await openSilentHouse()
  const phone = aPhone()
  const first = await startSending(house, phone)
  await startSending(house, phone)
  expect(await house.read(first)).toMatchObject({ status: 'superseded' })
  expect((await house.budget(phone)).sends).toHaveLength(2)
})

test('a resend that a cancel interrupts is spent, and stays counted', async () => {
  const house = await openHouse({ sendTimeoutMs: 8000 })
  const phone = aPhone()
  const { id, resendAfter } = await house.login(phone)
  await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(resendAfter ?? ''))
  house.sandbox.fault({ operation: 'send', fault: { kind: 'hang-after' } })
  const resent = house.resend(id)
  await expect.poll(() => house.sends().length).toBe(2)
  expect(await house.cancel(id)).toMatchObject({ outcome: 'canceled' })
  expect(await resent).toMatchObject({ outcome: 'failed', failure: 'unknown', login: { resendsLeft: 1 } })
  expect((await house.budget(phone)).sends).toHaveLength(2)
})

/**
 * A login whose send ends while nobody acts on it, since the half of the worker that acts has gone: what is said to the
 * login meanwhile comes to it in one workflow task with the answer to the send. `goOn` brings the other half back.
 */
async function openHalted(options: HouseOptions, fault: Fault) {
  const house = await openHouse({ ...options, worker: 'none' })
  await house.startWorker({ workflowBundle: undefined })
  const story = await house.startWorker({ activities: undefined })
  const phone = aPhone()
  house.sandbox.fault({ operation: 'send', fault })
  const { id } = await house.login(phone, { waitSeconds: 0 })
  await expect.poll(() => house.sends().length).toBe(1)
  await story.stop()
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const hasEnded = async () =>
    (await handle.fetchHistory()).events?.some((event) => event.activityTaskCompletedEventAttributes)
  await expect.poll(hasEnded).toBe(true)
  return { house, id, handle, goOn: () => house.startWorker({ activities: undefined }) }
}

test('a login whose answer is lost in the moment when a newer one comes fails, and is not left without a code', async () => {
  const { house, id, handle, goOn } = await openHalted({ sendTimeoutMs: 3000 }, { kind: 'hang-after' })
  const superseded = handle.executeUpdate(supersedeUpdate, { args: [{ purpose: 'login' }] })
  await handle.describe()
  await goOn()
  expect(await superseded).toMatchObject({ outcome: 'closed', budget: { sends: [expect.any(Number)] } })
  expect(await house.read(id)).toMatchObject({ status: 'failed', reason: 'provider_unavailable' })
})

test('a login whose answer is lost in the moment when its owner cancels it is canceled', async () => {
  const { id, handle, goOn } = await openHalted({ sendTimeoutMs: 3000 }, { kind: 'hang-after' })
  const canceled = handle.executeUpdate(cancelUpdate, { args: [{ loginId: id }] })
  await handle.describe()
  await goOn()
  expect(await canceled).toMatchObject({ outcome: 'canceled' })
  expect(await handle.result()).toMatchObject({ login: { status: 'canceled' } })
})

test('a cancel stands when the newer login before it is denied', async () => {
  const { house, id, handle, goOn } = await openHalted({ sendTimeoutMs: 8000 }, { kind: 'delay', ms: 3000 })
  const superseded = handle.executeUpdate(supersedeUpdate, { args: [{ purpose: 'login' }] })
  await handle.describe()
  const canceled = handle.executeUpdate(cancelUpdate, { args: [{ loginId: id }] })
  await handle.describe()
  await goOn()
  expect(await canceled).toMatchObject({ outcome: 'canceled' })
  expect(await superseded).toMatchObject({ outcome: 'closed' })
  expect(await house.read(id)).toMatchObject({ status: 'canceled', reason: 'caller' })
})

test('EXP-1, row 10: a login whose worker comes back when its code is over expires, though nobody had noticed that it was sent', async () => {
  const options = { sendTimeoutMs: 8000, policy: { codeValiditySeconds: 4 } }
  const { house, id, goOn } = await openHalted(options, { kind: 'delay', ms: 3000 })
  const over = Date.now() + 4000
  await expect.poll(() => Date.now(), { interval: 100 }).toBeGreaterThan(over)
  await goOn()
  await house.until(id, ({ status }) => status !== 'sending')
  expect(await house.read(id)).toMatchObject({ status: 'expired', reason: 'deadline' })
})
