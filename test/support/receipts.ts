/** Receipts as the API hands them on to a login, and what the login makes of them. */
import { randomUUID } from 'node:crypto'
import type { LoginEvent } from '../../domain/login.ts'
import type { Phone } from '../../domain/phone.ts'
import { receiptSignal, type ReceiptMessage } from '../../workflows/messages.ts'
import type { House } from './house.ts'

type Told = Pick<House, 'client' | 'workflowId' | 'gateway' | 'app'>

/** One receipt for the number's newest login; an id of its own unless one is given. */
export async function sendReceipt(
  house: Told,
  phone: Phone,
  message: Pick<ReceiptMessage, 'loginId' | 'state'> & Partial<ReceiptMessage>,
): Promise<void> {
  const receipt: ReceiptMessage = { receiptId: randomUUID(), channel: 'sms', ...message }
  await house.client.workflow.getHandle(house.workflowId(phone)).signal(receiptSignal, receipt)
}

/** All events of a login, with what they say. */
export async function storyOf(house: Told, loginId: string): Promise<readonly LoginEvent[]> {
  const result = await house.gateway.events(house.app, loginId)
  if (result.outcome !== 'events') throw new Error(`no events were read: ${result.outcome}`)
  return result.events
}

/** What was recorded of delivery, in order: type and data. */
export async function deliveriesOf(house: Told, loginId: string) {
  return (await storyOf(house, loginId))
    .filter(({ type }) => type === 'login.delivered' || type === 'login.undelivered')
    .map(({ type, data }) => ({ type, ...data }))
}
