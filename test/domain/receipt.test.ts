import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fold, startedEvent, toEvent, type LoginEvent, type LoginFact } from '../../domain/login.ts'
import { isReceiptMissing, newestSend, readReceipt, type Receipt } from '../../domain/receipt.ts'
import { anyFact, loginId, startedAt, terms } from './logins.ts'

const sent = (channel: 'sms' | 'call'): LoginFact => ({
  type: 'login.code_sent',
  data: {
    channel,
    expiresAt: '2026-05-04T12:05:01.000Z',
    resendAfter: '2026-05-04T12:00:31.000Z',
    resendsLeft: 2,
  },
})
const said = (state: 'delivered' | 'undelivered', channel: 'sms' | 'call' = 'sms'): LoginFact => ({
  type: `login.${state}`,
  data: { channel },
})
const BLOCKED = 'blocked_by_8x8'
const blocked: LoginFact = { type: 'login.undelivered', data: { channel: 'sms', cause: BLOCKED } }
const failed: LoginFact = {
  type: 'login.send_failed',
  data: { channel: 'call', failure: 'unknown', cause: 'timeout', resendsLeft: 1 },
}

function story(facts: readonly LoginFact[]): LoginEvent[] {
  return facts.reduce<LoginEvent[]>(
    (events, fact) => [...events, toEvent(loginId, events, startedAt, fact)],
    [startedEvent(terms, startedAt)],
  )
}

test.each<[name: string, facts: readonly LoginFact[], receipt: Receipt, read: string | undefined]>([
  ['before anything was sent', [], { channel: 'sms', state: 'delivered' }, undefined],
  ['of the message', [sent('sms')], { channel: 'sms', state: 'delivered' }, 'delivered'],
  ['of failure', [sent('sms')], { channel: 'sms', state: 'undelivered' }, 'undelivered'],
  ['that says sent', [sent('sms')], { channel: 'sms', state: 'sent' }, undefined],
  ['that says what we do not know', [sent('sms')], { channel: 'sms', state: 'unknown' }, undefined],
  ['told twice', [sent('sms'), said('delivered')], { channel: 'sms', state: 'delivered' }, undefined],
  [
    'of failure twice',
    [sent('sms'), said('undelivered')],
    { channel: 'sms', state: 'undelivered' },
    undefined,
  ],
  [
    'of failure by a block, after another',
    [sent('sms'), said('undelivered')],
    { channel: 'sms', state: 'undelivered', cause: BLOCKED },
    'undelivered',
  ],
  [
    'of a block twice',
    [sent('sms'), blocked],
    { channel: 'sms', state: 'undelivered', cause: BLOCKED },
    undefined,
  ],
  [
    'of failure too late',
    [sent('sms'), said('delivered')],
    { channel: 'sms', state: 'undelivered' },
    undefined,
  ],
  [
    'of arrival after all',
    [sent('sms'), said('undelivered')],
    { channel: 'sms', state: 'delivered' },
    'delivered',
  ],
  [
    'of the next message',
    [sent('sms'), said('delivered'), sent('sms')],
    { channel: 'sms', state: 'undelivered' },
    'undelivered',
  ],
  ['of the message before', [sent('sms'), sent('call')], { channel: 'sms', state: 'delivered' }, undefined],
  ['of 8x8’s own call', [sent('sms')], { channel: 'call', state: 'delivered' }, 'delivered'],
  [
    'of 8x8’s own call after the SMS failed',
    [sent('sms'), said('undelivered')],
    { channel: 'call', state: 'delivered' },
    'delivered',
  ],
  ['of our own call before', [sent('call'), sent('sms')], { channel: 'call', state: 'delivered' }, undefined],
  [
    'of our own call whose answer was lost',
    [sent('sms'), failed],
    { channel: 'call', state: 'delivered' },
    'delivered',
  ],
])('a receipt %s is recorded as it should be', (_name, facts, receipt, read) => {
  expect(readReceipt(story(facts), receipt)).toBe(read)
})

test('a receipt is missing from the send on until one says what became of it', () => {
  expect(isReceiptMissing(story([]))).toBe(false)
  expect(isReceiptMissing(story([sent('sms')]))).toBe(true)
  expect(isReceiptMissing(story([sent('sms'), said('undelivered')]))).toBe(false)
  expect(isReceiptMissing(story([sent('sms'), said('delivered'), sent('call')]))).toBe(true)
})

const receipts = fc.array(
  fc.record({
    channel: fc.constantFrom('sms' as const, 'call' as const),
    state: fc.constantFrom('sent' as const, 'delivered' as const, 'undelivered' as const, 'unknown' as const),
  }),
  { maxLength: 8 },
)

/** All events after these receipts, in this order. */
function after(events: readonly LoginEvent[], order: readonly Receipt[]): readonly LoginEvent[] {
  return order.reduce<readonly LoginEvent[]>((so, receipt) => {
    const state = readReceipt(so, receipt)
    return state ? [...so, toEvent(loginId, so, startedAt, said(state, receipt.channel))] : so
  }, events)
}

test('WHI-2: whatever receipts come, nothing but delivery and channel of a login changes', () => {
  fc.assert(
    fc.property(fc.array(anyFact, { maxLength: 6 }), receipts, (facts, order) => {
      const events = story(facts)
      const before = fold(loginId, events)
      const { channel, delivery } = fold(loginId, after(events, order))
      expect(fold(loginId, after(events, order))).toEqual({ ...before, channel, delivery })
    }),
  )
})

test('WHI-4: receipts in any order and number leave the same delivery, in two events of a send at most', () => {
  fc.assert(
    fc.property(receipts, receipts, (order, repeated) => {
      const events = story([sent('sms')])
      const once = fold(loginId, after(events, order)).delivery
      expect(fold(loginId, after(events, order.toReversed())).delivery).toBe(once)
      expect(fold(loginId, after(events, [...order, ...order])).delivery).toBe(once)
      expect(newestSend(after(events, [...order, ...repeated]))?.since.length).toBeLessThanOrEqual(2)
    }),
  )
})
