/** 8x8's receipts and callbacks in our words. Nothing in them is believed but what becomes of a message (WHI-2). */
import { createHash } from 'node:crypto'
import { BLOCKED_BY_PROVIDER } from '../../domain/receipt.ts'
import type { Channel } from '../../domain/login.ts'
import type { ReceiptMessage } from '../../workflows/messages.ts'

export type Receipt = Omit<ReceiptMessage, 'loginId'>

export type ParsedReceipt = {
  readonly receipt: Receipt
  /** Whose message it was, as 8x8 wrote it. */
  readonly subAccountId?: string
  /** Where it went, as 8x8 wrote it: E.164 with or without its plus. */
  readonly destination?: string
}

/**
 * Reads a receipt of the kinds `SMS`, `ChatApps` and `VOICE`, and what the undocumented callback may be: whatever has
 * a `status` or a `state`. Members are found in any casing, since 8x8's own examples differ; others are ignored.
 *
 * @returns `undefined` when nothing in it tells of a message, or nothing names the message and it is nested too deep
 */
export function parseReceipt(body: unknown): ParsedReceipt | undefined {
  if (!isObject(body)) return undefined
  const payload = objectAt(body, 'payload') ?? body
  const found = textAt(body, 'namespace')?.toUpperCase() === 'VOICE' ? ofCall(payload) : ofMessage(payload)
  if (found === undefined) return undefined
  const { state, cause } = found
  const receiptId = toReceiptId(payload, state)
  if (receiptId === undefined) return undefined
  const subAccountId = textAt(payload, 'subAccountId')
  const destination = destinationOf(payload)
  return {
    receipt: {
      receiptId,
      channel: channelOf(body, payload),
      state,
      ...(cause === undefined ? {} : { cause }),
    },
    ...(subAccountId === undefined ? {} : { subAccountId }),
    ...(destination === undefined ? {} : { destination }),
  }
}

type Found = { readonly state: ReceiptMessage['state']; readonly cause?: string | undefined }

function ofMessage(payload: object): Found | undefined {
  const status = objectAt(payload, 'status')
  const written = textAt(status ?? payload, 'state') ?? textAt(payload, 'status')
  if (written === undefined)
    return textAt(payload, 'sessionStatus') === undefined ? undefined : ofCall(payload)
  const state = messageStates.get(written.toLowerCase()) ?? 'unknown'
  return state === 'undelivered' ? { state, cause: causeOf(status ?? payload) } : { state }
}

/** A session's summary; what is told while a call is under way is no receipt. */
function ofCall(payload: object): Found | undefined {
  const written = textAt(payload, 'sessionStatus')
  if (written === undefined) return undefined
  const status = written.toLowerCase().replaceAll(' ', '_')
  // Also when the person ended it by opting out: somebody heard it.
  if (/^completed(_unsubscribed|_unsub_error)?$/.test(status)) return { state: 'delivered' }
  return callFailures.has(status) ? { state: 'undelivered', cause: status } : { state: 'unknown' }
}

/** `VERIFIED`, `FAILED` and `EXPIRED` of a callback are about a code, not about a message, and so none of these. */
const messageStates = new Map<string, ReceiptMessage['state']>([
  ['queued', 'sent'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['undelivered', 'undelivered'],
  ['rejected', 'undelivered'],
])

const callFailures = new Set(['no_answer', 'busy', 'canceled', 'failed', 'error', 'unsubscribed_contact'])

/** 8x8's page "Delivery receipts error codes"; the others are told as `code_` and the number. */
const errorCodes = new Map([
  [1, 'absent_subscriber'],
  [13, 'illegal_subscriber'],
  [15, 'invalid_destination'],
  [43, 'spam_filter'],
  [46, 'not_reachable'],
  [60, 'content_filtered'],
  [99, BLOCKED_BY_PROVIDER],
])

const details = new Set(['rejected_by_operator', 'undelivered_to_recipient'])

function causeOf(status: object): string | undefined {
  const written = textAt(status, 'errorCode') ?? ''
  const code = /^\d{1,5}$/.test(written) ? Number(written) : 0
  if (code > 0) return errorCodes.get(code) ?? `code_${code}`
  const detail = textAt(status, 'detail')?.toLowerCase()
  return detail !== undefined && details.has(detail) ? detail : undefined
}

/** A chat app's message stands in for a text: a login has no third channel. */
function channelOf(body: object, payload: object): Channel {
  const words = [textAt(body, 'namespace'), textAt(payload, 'channel')].map((word) => word?.toLowerCase())
  const isCall = words.includes('voice') || words.includes('call')
  return isCall || textAt(payload, 'sessionStatus') !== undefined ? 'call' : 'sms'
}

/**
 * By our word for the state, so that `queued` and `sent`, or `delivered` and `read`, are one receipt. What 8x8 calls
 * the message is not stored as it is unless it looks like an id: it could be anything.
 */
function toReceiptId(payload: object, state: string): string | undefined {
  const id = textAt(payload, 'umid') ?? textAt(payload, 'sessionId') ?? textOf(payload)
  if (id === undefined) return undefined
  const isPlain = /^[A-Za-z0-9-]{1,64}$/.test(id) && !/^\d+$/.test(id)
  return `${isPlain ? id : createHash('sha256').update(id).digest('base64url')}:${state}`
}

/** `JSON.stringify` throws at some thousand levels; nothing honest has more than these (API-6). */
const MOST_LEVELS = 8

function textOf(payload: object): string | undefined {
  return isDeeper(payload, MOST_LEVELS) ? undefined : JSON.stringify(payload)
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1))
}

function destinationOf(payload: object): string | undefined {
  const legs = objectAt(payload, 'details') ?? {}
  const places = [payload, objectAt(payload, 'user'), objectAt(legs, 'callA'), objectAt(legs, 'callB')]
  for (const place of places) {
    const written = place && (textAt(place, 'destination') ?? textAt(place, 'msisdn'))
    if (written !== undefined) return written
  }
  return undefined
}

/** A text that is not empty, or a whole number as one. */
function textAt(object: object, name: string): string | undefined {
  const value = memberOf(object, name)
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function objectAt(object: object, name: string): object | undefined {
  const value = memberOf(object, name)
  return isObject(value) ? value : undefined
}

function memberOf(object: object, name: string): unknown {
  const wanted = name.toLowerCase()
  return Object.entries(object).find(([key]) => key.toLowerCase() === wanted)?.[1]
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
