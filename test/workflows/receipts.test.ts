/** What 8x8 says of messages on their way: a hint at delivery, and nothing else (WHI-2, WHI-4, fault row 36). */
import { expect, test } from 'vitest'
import { receiptSignal } from '../../workflows/messages.ts'
import { aPhone, openHouse } from '../support/house.ts'
import { deliveriesOf, sendReceipt } from '../support/receipts.ts'

test.each([
  ['delivered', 'delivered', 1],
  ['undelivered', 'undelivered', 1],
  ['sent', 'sent', 0],
  ['unknown', 'sent', 0],
] as const)(
  'WHI-2: a receipt that says %s changes the delivery of a login and nothing else of it',
  async (state, delivery, events) => {
    const house = await openHouse()
    const phone = aPhone()
    const before = await house.login(phone)
    await sendReceipt(house, phone, { loginId: before.id, state })
    expect(await house.read(before.id)).toEqual({ ...before, delivery })
    expect(await deliveriesOf(house, before.id)).toHaveLength(events)
    expect([house.sends().length, house.checks().length]).toEqual([1, 0])
    expect(await house.submit(before.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  },
)

test('WHI-4, row 36: a receipt that comes a hundred times is one event', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  const receipt = { loginId, receiptId: 'r1', state: 'undelivered' } as const
  await Promise.all(Array.from({ length: 100 }, () => sendReceipt(house, phone, receipt)))
  await sendReceipt(house, phone, { loginId, receiptId: 'r2', state: 'undelivered' })
  expect(await deliveriesOf(house, loginId)).toEqual([{ type: 'login.undelivered', channel: 'sms' }])
  expect(house.sends()).toHaveLength(1)
})

test('WHI-4, row 36: a message that arrived stays delivered, in whatever order its receipts come', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  for (const state of ['undelivered', 'delivered', 'sent', 'undelivered', 'unknown'] as const) {
    await sendReceipt(house, phone, { loginId, state, cause: 'absent_subscriber' })
  }
  expect(await deliveriesOf(house, loginId)).toEqual([
    { type: 'login.undelivered', channel: 'sms', cause: 'absent_subscriber' },
    { type: 'login.delivered', channel: 'sms' },
  ])
  expect(await house.read(loginId)).toMatchObject({ status: 'waiting_for_code', delivery: 'delivered' })
})

test('row 36: a receipt for a login before this one, or of no known shape, changes nothing and stops nothing', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const good = { loginId: login.id, receiptId: 'r1', channel: 'sms', state: 'delivered' }
  const payloads: readonly unknown[] = [
    null,
    'delivered',
    [],
    {},
    { ...good, loginId: 'lg_other' },
    { ...good, loginId: undefined },
    { ...good, receiptId: 7 },
    { ...good, channel: 'pigeon' },
    { ...good, state: 'DELIVERED' },
    { ...good, cause: '+6591234567' },
    { ...good, cause: { toString: 'delivered' } },
  ]
  for (const payload of payloads) await handle.signal<unknown[]>(receiptSignal.name, payload)
  await handle.signal<unknown[]>(receiptSignal.name)
  expect(await house.read(login.id)).toEqual(login)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
})

test('row 36: a receipt for a closed login finds nobody, and its verdict stands', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await house.submit(loginId, house.codeFor(phone))
  const before = await house.read(loginId)
  await expect(sendReceipt(house, phone, { loginId, state: 'undelivered' })).rejects.toThrow()
  expect(await house.read(loginId)).toEqual(before)
  expect(before).toMatchObject({ status: 'verified', delivery: 'sent' })
})

test('row 36: a late receipt for the login before does not touch the one that is open', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const older = await house.login(phone)
  await house.cancel(older.id)
  await expect.poll(async () => (await house.start(phone)).outcome).toBe('started')
  await sendReceipt(house, phone, { loginId: older.id, state: 'delivered' })
  const numbers = await house.gateway.list(house.app, phone, 10)
  expect(numbers).toMatchObject({
    logins: [
      { status: 'waiting_for_code', delivery: 'sent' },
      { status: 'canceled', delivery: 'sent' },
    ],
  })
})

test('WHI-6: of the receipts of one login twenty are looked at', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  for (let n = 1; n <= 19; n += 1) await sendReceipt(house, phone, { loginId, state: 'unknown' })
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  await sendReceipt(house, phone, { loginId, state: 'delivered' })
  expect(await deliveriesOf(house, loginId)).toEqual([{ type: 'login.undelivered', channel: 'sms' }])
})

test('a call that 8x8 made of itself moves the login to the call, and a resend is one too', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  await sendReceipt(house, phone, { loginId, state: 'delivered', channel: 'call' })
  expect(await house.read(loginId)).toMatchObject({ channel: 'call', delivery: 'delivered' })
  await expect.poll(async () => (await house.resend(loginId)).outcome).toBe('sent')
  expect(house.sandbox.messages().map(({ channel }) => channel)).toEqual(['call', 'sms'])
})

test('a receipt of the message before the newest tells nothing of the newest', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await expect.poll(async () => (await house.resend(loginId, 'call')).outcome).toBe('sent')
  await sendReceipt(house, phone, { loginId, state: 'delivered', channel: 'sms' })
  expect(await house.read(loginId)).toMatchObject({ channel: 'call', delivery: 'sent' })
  await sendReceipt(house, phone, { loginId, state: 'delivered', channel: 'call' })
  expect(await house.read(loginId)).toMatchObject({ channel: 'call', delivery: 'delivered' })
})

test('a receipt that comes before the send’s outcome waits for it', async () => {
  const house = await openHouse({ worker: 'none' })
  const phone = aPhone()
  const { id: loginId } = await house.login(phone, { waitSeconds: 0 })
  await sendReceipt(house, phone, { loginId, state: 'delivered' })
  await house.startWorker()
  await house.until(loginId, ({ status }) => status === 'waiting_for_code')
  expect(await house.events(loginId)).toEqual(['login.started', 'login.code_sent', 'login.delivered'])
})

test('without a ladder a message that does not arrive sets no timer and sends nothing', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered' })
  await house.submit(loginId, house.codeFor(phone))
  const { events } = await house.client.workflow.getHandle(house.workflowId(phone)).fetchHistory()
  // The receipt, beside the fifteen of the happy path. Whether it had a workflow task of its own is a matter of time.
  const isOfTask = (event: NonNullable<typeof events>[number]) =>
    event.workflowTaskScheduledEventAttributes ??
    event.workflowTaskStartedEventAttributes ??
    event.workflowTaskCompletedEventAttributes
  expect(events?.filter((event) => !isOfTask(event))).toHaveLength(15 + 1)
})

test('a receipt and a cancel in one task are told in their order, so that what was announced before that task was lost keeps its place', async () => {
  const house = await openHouse({ worker: 'own' })
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await house.stopWorker()
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const receipt = { loginId, receiptId: 'r1', channel: 'sms', state: 'delivered' } as const
  await handle.signal(receiptSignal, receipt)
  const canceled = house.cancel(loginId)
  await handle.describe()
  await house.startWorker()
  expect(await canceled).toMatchObject({ outcome: 'canceled' })
  expect((await house.events(loginId)).slice(2)).toEqual(['login.delivered', 'login.canceled'])
})
