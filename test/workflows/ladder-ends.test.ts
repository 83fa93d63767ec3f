/** What ends a login while the call of its ladder waits, for the interval or for 8x8. */
import { WorkflowUpdateFailedError } from '@temporalio/client'
import { expect, test } from 'vitest'
import type { Policy } from '../../domain/policy.ts'
import { supersedeUpdate } from '../../workflows/messages.ts'
import { aPhone } from '../support/house.ts'
import { openHouseWith } from '../support/house-with.ts'
import { deliveriesOf, sendReceipt } from '../support/receipts.ts'

const callLadder = { ladder: { whenUndelivered: 'call', receiptWaitSeconds: 0 } } as const

/** A login whose SMS has not arrived; its call follows after the interval. */
async function openScene(policy: Partial<Policy>) {
  const house = await openHouseWith(callLadder, { policy })
  const phone = aPhone()
  const login = await house.login(phone)
  const { id: loginId } = login
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  return {
    house,
    phone,
    login,
    loginId,
    handle,
    channels: () => house.sandbox.messages().map(({ channel }) => channel),
    undelivered: () => sendReceipt(house, phone, { loginId, state: 'undelivered' }),
  }
}

test('a newer login is denied while the call waits for the interval, which both keep, and the call stays promised', async () => {
  const { house, phone, loginId, handle, undelivered, channels } = await openScene({
    resendIntervalSeconds: 60,
  })
  await undelivered()
  expect(await deliveriesOf(house, loginId)).toMatchObject([{ next: 'call_made' }])
  expect(await house.start(phone)).toMatchObject({ outcome: 'denied', denial: { reason: 'interval' } })
  // As an API would that has read the budget before the login was started.
  const asked = handle.executeUpdate(supersedeUpdate, { args: [{ purpose: 'login' }] })
  await expect(asked).rejects.toThrow(WorkflowUpdateFailedError)
  expect(await house.read(loginId)).toMatchObject({ status: 'waiting_for_code', channel: 'sms' })
  expect(await house.submit(loginId, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(channels()).toEqual(['sms'])
})

test('a newer login after the call was made supersedes as after any message', async () => {
  const { house, phone, loginId, undelivered } = await openScene({ resendIntervalSeconds: 1 })
  await undelivered()
  await house.until(loginId, ({ channel }) => channel === 'call')
  await expect.poll(async () => (await house.start(phone)).outcome, { interval: 500 }).toBe('started')
  expect(await house.read(loginId)).toMatchObject({ status: 'superseded', reason: 'newer_login' })
}, 40_000)

test('a cancel while 8x8 keeps the call waiting ends the login, and no call is made', async () => {
  const { house, loginId, undelivered, channels } = await openScene({ resendIntervalSeconds: 1 })
  for (let n = 0; n < 10; n += 1)
    house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 429 } })
  await undelivered()
  await expect.poll(() => house.sends().length).toBeGreaterThan(1)
  expect(await house.cancel(loginId)).toMatchObject({ outcome: 'canceled' })
  expect(await house.events(loginId)).not.toContain('login.verified')
  expect(channels()).toEqual(['sms'])
}, 40_000)

test('the deadline ends a login whose call was due while no worker was there, and no call is made', async () => {
  const { house, loginId, login, undelivered, channels } = await openScene({
    codeValiditySeconds: 14,
    resendIntervalSeconds: 2,
  })
  await undelivered()
  expect(await deliveriesOf(house, loginId)).toMatchObject([{ next: 'call_made' }])
  await house.stopWorker()
  const deadline = Date.parse(login.expiresAt ?? '')
  await expect.poll(() => Date.now(), { interval: 500 }).toBeGreaterThan(deadline + 1000)
  await house.startWorker()
  await expect.poll(async () => (await house.read(loginId)).status, { interval: 200 }).toBe('expired')
  expect(channels()).toEqual(['sms'])
}, 60_000)
