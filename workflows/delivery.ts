/**
 * What becomes of the messages: receipts, receipts that do not come, and the call that the app's ladder makes then.
 * Nothing here verifies, fails or extends a login by a receipt's word (WHI-2).
 */
import { decideCall, decideLadder, type CallTerms } from '../domain/ladder.ts'
import type { Channel, LoginEvent } from '../domain/login.ts'
import { BLOCKED_BY_PROVIDER, isReceiptMissing, newestSend, readReceipt } from '../domain/receipt.ts'
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
  /** Whatever message a receipt was about, and whether or not it is told of: from then on nothing is called (FRD-10). */
  let isBlocked = false

  const callAt = () => (isBlocked ? undefined : promisedCallAt(run))

  function isCallDue(): boolean {
    const at = callAt()
    return at !== undefined && at <= Date.now()
  }

  return {
    watch() {
      const until = receiptAwaitedUntil(run)
      if (until === undefined) receiptWait.disarm()
      else receiptWait.arm(toIso(until))
      const at = callAt()
      if (at === undefined || at <= Date.now()) callWait.disarm()
      else callWait.arm(toIso(at))
    },
    isDue: () => mailbox.receipts.length > 0 || receiptWait.isPast() || callWait.isPast() || isCallDue(),
    takeNews() {
      for (const { channel, state, cause } of mailbox.receipts.splice(0)) {
        isBlocked ||= state === 'undelivered' && cause === BLOCKED_BY_PROVIDER
        const said = readReceipt(run.events, { channel, state, cause })
        if (said === 'delivered') record(run, { type: 'login.delivered', data: { channel } })
        if (said === 'undelivered') recordUndelivered(run, channel, cause, isBlocked)
      }
      const newest = newestSend(run.events)
      if (newest && receiptWait.isPast() && isReceiptMissing(run.events)) {
        recordUndelivered(run, newest.sent.data.channel, 'no_receipt', isBlocked)
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

function recordUndelivered(run: Run, channel: Channel, cause: string | undefined, isBlocked: boolean): void {
  const { ladder } = run.input
  const undelivered = { channel, hasCalled: hasCalled(run.events), isBlocked }
  const step = ladder ? decideLadder(ladder, undelivered, callTerms(run), Date.now()) : {}
  record(run, {
    type: 'login.undelivered',
    data: { channel, ...(cause === undefined ? {} : { cause }), ...step },
  })
}

/** When the call that was promised may be made; asked again each time, since the login goes on meanwhile. */
function promisedCallAt(run: Run): number | undefined {
  const since = newestSend(run.events)?.since ?? []
  const promise = since.findIndex(isCallPromised)
  if (promise === -1) return undefined
  const isSettled = since
    .slice(promise)
    .some((event) => event.type === 'login.delivered' || isMessageBy(event, 'call'))
  if (isSettled) return undefined
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

/** Whether the ladder has made its call: a promise was kept if the next message, taken or not, was one. */
function hasCalled(events: readonly LoginEvent[]): boolean {
  return events.some(
    (event, i) => isCallPromised(event) && events.slice(i).find(isMessage)?.data.channel === 'call',
  )
}

const isCallPromised = (event: LoginEvent) =>
  event.type === 'login.undelivered' && event.data.next === 'call_made'
const isMessage = (event: LoginEvent) =>
  event.type === 'login.code_sent' || event.type === 'login.send_failed'
const isMessageBy = (event: LoginEvent, channel: Channel) =>
  isMessage(event) && event.data.channel === channel

const toIso = (at: number) => new Date(at).toISOString()
