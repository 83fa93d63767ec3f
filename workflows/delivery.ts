/**
 * What becomes of the messages: receipts, receipts that do not come, and the call that the app's ladder makes then.
 * Nothing here verifies, fails or extends a login by a receipt's word (WHI-2).
 */
import { decideCall, decideLadder, type CallTerms } from '../domain/ladder.ts'
import type { Channel } from '../domain/login.ts'
import { isReceiptMissing, newestSend, readReceipt } from '../domain/receipt.ts'
import { openAlarm } from './alarm.ts'
import type { Mailbox } from './mailbox.ts'
import { record, type Run } from './run.ts'
import { resendCode } from './sending.ts'

export type Delivery = {
  /** Sets the timers for what is awaited now; none when the login has no ladder. */
  watch(): void
  /** Whether `takeNews` or `call` has something to do. */
  isDue(): boolean
  /** Records what is known by now of the newest message. */
  takeNews(): void
  isCallDue(): boolean
  call(): Promise<void>
}

export function openDelivery(run: Run, mailbox: Mailbox): Delivery {
  const receiptWait = openAlarm('a receipt is awaited until')
  const callWait = openAlarm('a call may be made from')

  function isCallDue(): boolean {
    const at = callAt(run)
    return at !== undefined && at <= Date.now()
  }

  return {
    watch() {
      const until = receiptAwaitedUntil(run)
      if (until === undefined) receiptWait.disarm()
      else receiptWait.arm(toIso(until))
      const at = callAt(run)
      if (at === undefined || at <= Date.now()) callWait.disarm()
      else callWait.arm(toIso(at))
    },
    isDue: () => mailbox.receipts.length > 0 || receiptWait.isPast() || callWait.isPast() || isCallDue(),
    takeNews() {
      for (const { channel, state, cause } of mailbox.receipts.splice(0)) {
        const said = readReceipt(run.events, { channel, state })
        if (said === 'delivered') record(run, { type: 'login.delivered', data: { channel } })
        if (said === 'undelivered') recordUndelivered(run, channel, cause)
      }
      const newest = newestSend(run.events)
      if (newest && receiptWait.isPast() && isReceiptMissing(run.events)) {
        recordUndelivered(run, newest.sent.data.channel, 'no_receipt')
      }
      // Should the timer be ahead of the clock, `watch` sets another for what is left.
      if (callWait.isPast()) callWait.disarm()
    },
    isCallDue,
    async call() {
      await resendCode(run, mailbox, 'call')
    },
  }
}

function recordUndelivered(run: Run, channel: Channel, cause: string | undefined): void {
  const { ladder } = run.input
  const hasCalled = run.events.some(isCallPromised)
  const step = ladder ? decideLadder(ladder, { channel, hasCalled, cause }, callTerms(run), Date.now()) : {}
  record(run, {
    type: 'login.undelivered',
    data: { channel, ...(cause === undefined ? {} : { cause }), ...step },
  })
}

/** When the call that was promised may be made; asked again each time, since the login goes on meanwhile. */
function callAt(run: Run): number | undefined {
  const since = newestSend(run.events)?.since ?? []
  const isPromised = since.some(isCallPromised)
  const isSettled = since.some(
    (event) =>
      event.type === 'login.delivered' ||
      (event.type === 'login.send_failed' && event.data.channel === 'call'),
  )
  if (!isPromised || isSettled) return undefined
  const call = decideCall(callTerms(run), Date.now())
  return 'at' in call ? call.at : undefined
}

function receiptAwaitedUntil(run: Run): number | undefined {
  const seconds = run.input.ladder?.receiptWaitSeconds ?? 0
  const newest = newestSend(run.events)
  if (seconds === 0 || newest === undefined || !isReceiptMissing(run.events)) return undefined
  return Date.parse(newest.sent.at) + seconds * 1000
}

function callTerms({ login, budget, input: { purpose, policy } }: Run): CallTerms {
  const deadline = Date.parse(login.expiresAt ?? '')
  return { resendsLeft: login.resendsLeft, deadline, budget, purpose, policy }
}

const isCallPromised = (event: Run['events'][number]) =>
  event.type === 'login.undelivered' && event.data.next === 'call_made'

const toIso = (at: number) => new Date(at).toISOString()
