/**
 * What a receipt means for a login, if anything: a hint at delivery, which never verifies, fails or extends it
 * (WHI-2). However often and in whatever order receipts come, the same login stands at the end (WHI-4).
 */
import type { Channel, LoginEvent } from './login.ts'

/** What 8x8 says of one message. */
export type Receipt = {
  readonly channel: Channel
  readonly state: 'sent' | 'delivered' | 'undelivered' | 'unknown'
  readonly cause?: string | undefined
}

/** The provider takes the number for fraud: whatever else were sent to it would be what the fraud is after (FRD-10). */
export const BLOCKED_BY_PROVIDER = 'blocked_by_8x8'

/** Of receipts of one login, as many are looked at (WHI-6). */
export const MOST_RECEIPTS = 20

/** The newest message that went out, and what has happened since. */
export function newestSend(events: readonly LoginEvent[]) {
  const index = events.findLastIndex(({ type }) => type === 'login.code_sent')
  const sent = events[index]
  return sent?.type === 'login.code_sent' ? { sent, since: events.slice(index + 1) } : undefined
}

/** Whether nobody has said yet what became of the newest message. */
export function isReceiptMissing(events: readonly LoginEvent[]): boolean {
  const since = newestSend(events)?.since
  return since?.every(({ type }) => type !== 'login.delivered' && type !== 'login.undelivered') ?? false
}

/** Whether it is recorded of any message of the login. */
function isBlockedByProvider(events: readonly LoginEvent[]): boolean {
  return events.some(
    (event) => event.type === 'login.undelivered' && event.data.cause === BLOCKED_BY_PROVIDER,
  )
}

/**
 * What is to be recorded of it. A message that arrived did not fail to arrive; `sent` and `unknown` say nothing new, nor
 * does a second failure, but that the provider has blocked the number. A call that this login did not ask for is 8x8's
 * own fallback, and tells of the newest message too.
 */
export function readReceipt(
  events: readonly LoginEvent[],
  { channel, state, cause }: Receipt,
): 'delivered' | 'undelivered' | undefined {
  const newest = newestSend(events)
  if (newest === undefined || (state !== 'delivered' && state !== 'undelivered')) return undefined
  const hasCalled = events.some((event) => event.type === 'login.code_sent' && event.data.channel === 'call')
  const isOfNewest = channel === newest.sent.data.channel
  const isFallback = channel === 'call' && !hasCalled
  if (!isOfNewest && !isFallback) return undefined
  const known = newest.since.map(({ type }) => type)
  if (known.includes('login.delivered')) return undefined
  const isNews = cause === BLOCKED_BY_PROVIDER && !isBlockedByProvider(events)
  return state === 'undelivered' && known.includes('login.undelivered') && !isNews ? undefined : state
}
