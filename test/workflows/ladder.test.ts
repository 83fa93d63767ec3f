/** What follows when a message does not arrive: by the app's setting, within the login's means, once. */
import { expect, test } from 'vitest'
import type { Ladder } from '../../domain/ladder.ts'
import type { Policy } from '../../domain/policy.ts'
import { aPhone } from '../support/house.ts'
import { openHouseWith } from '../support/house-with.ts'
import { untilResendable } from '../support/http.ts'
import { deliveriesOf, sendReceipt } from '../support/receipts.ts'

const openWith = (whenUndelivered: Ladder['whenUndelivered'], policy: Partial<Policy> = {}, wait = 0) =>
  openHouseWith({ ladder: { whenUndelivered, receiptWaitSeconds: wait } }, { policy })

type LadderHouse = Awaited<ReturnType<typeof openWith>>
/** Of all messages, oldest first. */
const channels = (house: LadderHouse) =>
  house.sandbox
    .messages()
    .map(({ channel }) => channel)
    .toReversed()

async function timersOf(house: LadderHouse, phone: ReturnType<typeof aPhone>) {
  const { events } = await house.client.workflow.getHandle(house.workflowId(phone)).fetchHistory()
  const count = (key: 'timerStartedEventAttributes' | 'timerCanceledEventAttributes') =>
    events?.filter((event) => event[key]).length
  return { set: count('timerStartedEventAttributes'), dropped: count('timerCanceledEventAttributes') }
}

test('an app that wants the call offered is told so, and no call is made', async () => {
  const house = await openWith('offer')
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause: 'absent_subscriber' })
  expect(await deliveriesOf(house, loginId)).toEqual([
    { type: 'login.undelivered', channel: 'sms', cause: 'absent_subscriber', next: 'call_offered' },
  ])
  await house.submit(loginId, house.codeFor(phone))
  expect(channels(house)).toEqual(['sms'])
})

test('an app that wants nothing to follow gets the event alone', async () => {
  const house = await openWith('nothing')
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  expect(await deliveriesOf(house, loginId)).toEqual([{ type: 'login.undelivered', channel: 'sms' }])
})

test('the call is made as a resend of the same code, when the interval is over, and once', async () => {
  const house = await openWith('call', { resendIntervalSeconds: 2 })
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  const code = house.codeFor(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause: 'absent_subscriber' })
  const called = await house.until(loginId, ({ channel }) => channel === 'call')
  expect(called).toMatchObject({
    status: 'waiting_for_code',
    resendsLeft: 1,
    attemptsLeft: 5,
    delivery: 'sent',
  })
  await sendReceipt(house, phone, { loginId, state: 'undelivered', channel: 'call' })
  expect(await house.events(loginId)).toEqual([
    'login.started',
    'login.code_sent',
    'login.undelivered',
    'login.code_sent',
    'login.undelivered',
  ])
  expect(await deliveriesOf(house, loginId)).toEqual([
    { type: 'login.undelivered', channel: 'sms', cause: 'absent_subscriber', next: 'call_made' },
    { type: 'login.undelivered', channel: 'call' },
  ])
  // 8x8 refuses what comes before its interval: an early call would be one request more.
  expect(house.sends().map(({ accepted }) => accepted)).toEqual([true, true])
  expect(await house.submit(loginId, code)).toMatchObject({ outcome: 'verified' })
  expect((await house.budget(phone)).sends).toHaveLength(2)
  expect(channels(house)).toEqual(['sms', 'call'])
})

test('a second message that does not arrive is not followed by a second call', async () => {
  const house = await openWith('call')
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  await house.until(loginId, ({ channel }) => channel === 'call')
  await expect.poll(async () => (await house.resend(loginId, 'sms')).outcome).toBe('sent')
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  expect((await deliveriesOf(house, loginId)).at(-1)).toEqual({
    type: 'login.undelivered',
    channel: 'sms',
    cause: 'called_before',
  })
})

test('FRD-10: a message that 8x8 has blocked is followed by no other', async () => {
  const house = await openWith('call')
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  const cause = 'blocked_by_8x8'
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause })
  expect(await deliveriesOf(house, loginId)).toEqual([{ type: 'login.undelivered', channel: 'sms', cause }])
  await untilResendable(await house.read(loginId))
  expect(await house.submit(loginId, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(channels(house)).toEqual(['sms'])
})

test('FRD-10: a block that is told after the call was promised takes it back', async () => {
  const house = await openWith('call', { resendIntervalSeconds: 2 })
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause: 'absent_subscriber' })
  const cause = 'blocked_by_8x8'
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause })
  expect((await deliveriesOf(house, loginId)).at(-1)).toEqual({
    type: 'login.undelivered',
    channel: 'sms',
    cause,
  })
  await untilResendable(await house.read(loginId))
  expect(await house.submit(loginId, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(channels(house)).toEqual(['sms'])
})

test('FRD-10: after a block no message of the login is followed by a call', async () => {
  const house = await openWith('call')
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause: 'blocked_by_8x8' })
  await expect.poll(async () => (await house.resend(loginId)).outcome).toBe('sent')
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause: 'absent_subscriber' })
  const last = { type: 'login.undelivered', channel: 'sms', cause: 'absent_subscriber' }
  expect((await deliveriesOf(house, loginId)).at(-1)).toEqual(last)
  await untilResendable(await house.read(loginId))
  await house.submit(loginId, house.codeFor(phone))
  expect(channels(house)).toEqual(['sms', 'sms'])
})

test('FRD-10: so it is when the block was told of a message that 8x8’s own call had followed', async () => {
  const house = await openWith('call')
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'delivered', channel: 'call' })
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause: 'blocked_by_8x8' })
  await expect.poll(async () => (await house.resend(loginId, 'sms')).outcome).toBe('sent')
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  await expect
    .poll(async () => (await deliveriesOf(house, loginId)).at(-1))
    .toEqual({ type: 'login.undelivered', channel: 'sms' })
})

test('the call is made although one that was asked for before did not get through', async () => {
  const house = await openWith('call')
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await untilResendable(await house.read(loginId))
  house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 400, body: { code: 1003 } } })
  expect(await house.resend(loginId, 'call')).toMatchObject({ outcome: 'failed' })
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  expect(await deliveriesOf(house, loginId)).toMatchObject([{ next: 'call_made' }])
  await house.until(loginId, ({ channel }) => channel === 'call')
  expect(channels(house)).toEqual(['sms', 'call'])
})

test('a call that was promised and taken back is promised again to the next message', async () => {
  const house = await openWith('call', { resendIntervalSeconds: 2 })
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  await sendReceipt(house, phone, { loginId, state: 'delivered' })
  await expect.poll(async () => (await house.resend(loginId)).outcome).toBe('sent')
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause: 'not_reachable' })
  expect((await deliveriesOf(house, loginId)).at(-1)).toMatchObject({
    cause: 'not_reachable',
    next: 'call_made',
  })
  await house.until(loginId, ({ channel }) => channel === 'call')
  expect(channels(house)).toEqual(['sms', 'sms', 'call'])
})

test.each<[why: string, cause: string, ladder: 'call' | 'offer', policy: Partial<Policy>]>([
  ['no resend is left', 'no_resends_left', 'call', { maxResends: 0 }],
  ['no resend is left to offer', 'no_resends_left', 'offer', { maxResends: 0 }],
  ['the budget has no send left', 'budget_sends', 'call', { sendLimits: [{ sends: 1, seconds: 600 }] }],
  [
    'the deadline is too near',
    'deadline_too_near',
    'call',
    { codeValiditySeconds: 12, resendIntervalSeconds: 5 },
  ],
])('no call follows when %s, and the event says why (%s, %s)', async (_why, cause, ladder, policy) => {
  const house = await openWith(ladder, policy)
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  expect(await deliveriesOf(house, loginId)).toEqual([{ type: 'login.undelivered', channel: 'sms', cause }])
  expect(await house.submit(loginId, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(channels(house)).toEqual(['sms'])
})

test('a code that comes while the call waits for the interval is checked, and no call is made', async () => {
  const house = await openWith('call', { resendIntervalSeconds: 30 })
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  expect(await deliveriesOf(house, loginId)).toMatchObject([{ next: 'call_made' }])
  expect(await house.submit(loginId, house.wrongCodeFor(phone))).toMatchObject({ outcome: 'incorrect' })
  expect(await house.submit(loginId, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(channels(house)).toEqual(['sms'])
  expect(await timersOf(house, phone)).toEqual({ set: 2, dropped: 0 })
})

test('a cancel while the call waits for the interval ends the login at once', async () => {
  const house = await openWith('call', { resendIntervalSeconds: 30 })
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  expect(await house.cancel(loginId)).toMatchObject({ outcome: 'canceled' })
  expect(channels(house)).toEqual(['sms'])
})

test('a message that arrives after all takes the call back', async () => {
  const house = await openWith('call', { resendIntervalSeconds: 30 })
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  // Of two receipts in one workflow task the first would set no timer.
  await expect.poll(() => timersOf(house, phone)).toEqual({ set: 2, dropped: 0 })
  await sendReceipt(house, phone, { loginId, state: 'delivered' })
  expect(await house.read(loginId)).toMatchObject({ channel: 'sms', delivery: 'delivered' })
  expect(await timersOf(house, phone)).toEqual({ set: 2, dropped: 1 })
})

test('a call that 8x8 refuses leaves the login as it was, and is not made again', async () => {
  const house = await openWith('call')
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 400 } })
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  await expect.poll(() => house.events(loginId)).toContain('login.send_failed')
  expect(await house.submit(loginId, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(house.sends()).toHaveLength(2)
})

test('no receipt within the wait counts as a message that did not arrive', async () => {
  const house = await openWith('call', {}, 1)
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await house.until(loginId, ({ channel }) => channel === 'call')
  expect((await deliveriesOf(house, loginId)).at(0)).toEqual({
    type: 'login.undelivered',
    channel: 'sms',
    cause: 'no_receipt',
    next: 'call_made',
  })
  expect(await house.submit(loginId, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
})

test('a receipt in time ends the wait for one, and its timer', async () => {
  const house = await openWith('call', {}, 60)
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'sent' })
  expect(await timersOf(house, phone)).toEqual({ set: 2, dropped: 0 })
  await sendReceipt(house, phone, { loginId, state: 'delivered' })
  expect(await house.read(loginId)).toMatchObject({ delivery: 'delivered' })
  expect(await timersOf(house, phone)).toEqual({ set: 2, dropped: 1 })
})
