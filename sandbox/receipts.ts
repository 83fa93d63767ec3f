import { randomUUID } from 'node:crypto'
import { messageText } from './message-text.ts'
import type { SendRequest } from './send-request.ts'
import type { Session } from './sessions.ts'
import { shortTimestamp } from './timestamps.ts'

/** What a send's receipts tell of. */
export type Sent = {
  readonly request: SendRequest
  readonly session: Pick<Session, 'subAccountId' | 'phone' | 'code'>
  /** The message never reaches the phone. */
  readonly isLost: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The receipts of one send in the order in which 8x8 learns of them, written as its pages show them [D]. */
export function writeReceipts(sent: Sent): readonly object[] {
  switch (sent.request.channel) {
    case 'sms':
      return smsReceipts(sent)
    case 'call':
      return [callSummary(sent)]
    case 'whatsapp':
    case 'viber':
      return chatReceipts(sent)
    case 'sma':
      return []
  }
}

function smsReceipts(sent: Sent): readonly object[] {
  const { request, session } = sent
  const payload = {
    umid: randomUUID(),
    batchId: null,
    clientMessageId: null,
    clientBatchId: null,
    subAccountId: session.subAccountId,
    source: request.brand ?? '8x8',
    destination: session.phone,
  }
  const envelope = (status: object, more: object = {}) => ({
    namespace: 'SMS',
    eventType: 'outbound_message_status_changed',
    description: 'SMS outbound message delivery receipt',
    payload: {
      ...payload,
      status,
      price: { total: 0.0375, perSms: 0.0375, currency: 'USD' },
      smsCount: 1,
      ...more,
    },
  })
  // The queued receipt repeats the message, code and all.
  const body = { text: messageText(request, session.code) }
  const outboundContent = { channel: 'sms', contentType: 'text', body }
  return [
    envelope(status(sent, 'queued'), { outboundContent }),
    envelope(status(sent, 'sent')),
    envelope(lastStatus(sent)),
  ]
}

function chatReceipts(sent: Sent): readonly object[] {
  const { request, session } = sent
  const payload = {
    umid: randomUUID(),
    subAccountId: session.subAccountId,
    channel: request.channel,
    user: { msisdn: session.phone, channelUserId: session.phone.slice(1) },
  }
  return [status(sent, 'sent'), lastStatus(sent)].map((it) => ({
    namespace: 'ChatApps',
    eventType: 'outbound_message_status_changed',
    description: 'ChatApps outbound message delivery receipt',
    payload: { ...payload, status: it },
  }))
}

function callSummary({ session, isLost, now }: Sent): object {
  const callStatus = isLost ? 'NO_ANSWER' : 'COMPLETED'
  const leg = {
    callId: randomUUID(),
    callDirection: 'OUTBOUND',
    callType: 'PSTN',
    initiatedTimestamp: shortTimestamp(now),
    source: '+6568332048',
    destination: session.phone,
    sourceFormat: 'MSISDN',
    destinationFormat: 'MSISDN',
    callStatus,
    callDuration: isLost ? 0 : 13,
  }
  return {
    payload: {
      sessionId: randomUUID(),
      subAccountId: session.subAccountId,
      sessionStatus: callStatus,
      startTime: shortTimestamp(now),
      endTime: shortTimestamp(now),
      lastAction: 'MAKE_CALL',
      callCount: 1,
      // 8x8's own examples write it both ways.
      details: isLost ? { callA: leg } : { CallA: leg },
    },
    namespace: 'VOICE',
    eventType: 'SESSION_SUMMARY',
    description: 'Summary of a completed call session',
  }
}

function status({ now }: Sent, state: string): object {
  return { state, timestamp: shortTimestamp(now) }
}

function lastStatus(sent: Sent): object {
  if (!sent.isLost) return { ...status(sent, 'delivered'), detail: 'delivered_to_recipient' }
  const why = { detail: 'undelivered_to_recipient', errorCode: 1, errorMessage: 'Absent Subscriber' }
  return { ...status(sent, 'undelivered'), ...why }
}
