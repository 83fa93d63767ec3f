/** 8x8's documented examples, and whatever else may come, in our words. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseReceipt } from '../../../../api/receipts/parse-receipt.ts'

const umid = '9e09ac86-bd74-5465-851d-1eb5a5fdbb9a'
const sessionId = '1f048a84-ea6d-11ee-911b-078f7290bf52'

const sms = (status: unknown, more: object = {}) => ({
  namespace: 'SMS',
  eventType: 'outbound_message_status_changed',
  payload: { umid, subAccountId: 'SubAccount-1', destination: '+12025550293', status, ...more },
})
const chat = (status: object) => ({
  namespace: 'ChatApps',
  eventType: 'outbound_message_status_changed',
  payload: {
    umid,
    subAccountId: 'SubAccount-1',
    channel: 'whatsapp',
    user: { msisdn: '+6512345678', channelUserId: '6512345678' },
    status,
  },
})
const voice = (sessionStatus: string, leg = 'callA') => ({
  payload: {
    sessionId,
    subAccountId: '8x8_test',
    sessionStatus,
    details: { [leg]: { source: '+12314377870', destination: '+6568332048', callStatus: sessionStatus } },
  },
  namespace: 'VOICE',
  eventType: 'SESSION_SUMMARY',
})

const receiptOf = (body: unknown) => parseReceipt(body)?.receipt

test('WHI-2: an SMS receipt says what became of the message, whose it was and where it went', () => {
  const status = {
    state: 'undelivered',
    detail: 'rejected_by_operator',
    errorCode: 15,
    errorMessage: 'Invalid',
  }
  expect(parseReceipt(sms(status))).toEqual({
    receipt: {
      receiptId: `${umid}:undelivered`,
      channel: 'sms',
      state: 'undelivered',
      cause: 'invalid_destination',
    },
    subAccountId: 'SubAccount-1',
    destination: '+12025550293',
  })
})

test.each([
  ['queued', 'sent'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['undelivered', 'undelivered'],
  ['rejected', 'undelivered'],
  ['Delivered', 'delivered'],
  ['teleported', 'unknown'],
])('WHI-5: the state %s is %s to us', (written, state) => {
  expect(receiptOf(sms({ state: written }))).toMatchObject({ state, receiptId: `${umid}:${state}` })
})

test.each([
  [{ errorCode: 1 }, 'absent_subscriber'],
  [{ errorCode: '1' }, 'absent_subscriber'],
  [{ errorCode: 99 }, 'blocked_by_8x8'],
  [{ errorCode: 57 }, 'code_57'],
  [{ errorCode: 0, detail: 'undelivered_to_recipient' }, 'undelivered_to_recipient'],
  [{ errorCode: '15; DROP', detail: 'rejected_by_operator' }, 'rejected_by_operator'],
  [{ errorCode: -2005 }, undefined],
  [{ detail: 'call +6591234567' }, undefined],
  [{ errorMessage: 'Absent Subscriber +6591234567' }, undefined],
])('why it did not arrive is told in our words: %j', (why, cause) => {
  expect(receiptOf(sms({ state: 'undelivered', ...why }))?.cause).toBe(cause)
})

test('a message that arrived has no cause', () => {
  expect(receiptOf(sms({ state: 'delivered', errorCode: 1 }))).not.toHaveProperty('cause')
})

test('a receipt of a chat app keeps its state and counts as a text', () => {
  expect(parseReceipt(chat({ state: 'delivered', detail: 'delivered_to_recipient' }))).toEqual({
    receipt: { receiptId: `${umid}:delivered`, channel: 'sms', state: 'delivered' },
    subAccountId: 'SubAccount-1',
    destination: '+6512345678',
  })
})

describe('the summary of a call', () => {
  test.each([
    ['COMPLETED', 'delivered', undefined],
    ['COMPLETED_UNSUBSCRIBED', 'delivered', undefined],
    ['NO_ANSWER', 'undelivered', 'no_answer'],
    ['NO ANSWER', 'undelivered', 'no_answer'],
    ['BUSY', 'undelivered', 'busy'],
    ['CANCELED', 'undelivered', 'canceled'],
    ['FAILED', 'undelivered', 'failed'],
    ['ERROR', 'undelivered', 'error'],
    ['UNSUBSCRIBED_CONTACT', 'undelivered', 'unsubscribed_contact'],
    ['ELSEWHERE', 'unknown', undefined],
  ])('%s is %s to us', (sessionStatus, state, cause) => {
    const receipt = { receiptId: `${sessionId}:${state}`, channel: 'call', state }
    expect(receiptOf(voice(sessionStatus))).toEqual({ ...receipt, ...(cause === undefined ? {} : { cause }) })
  })

  test.each(['callA', 'CallA', 'CALLA', 'callB'])('names its destination in the leg %s', (leg) => {
    expect(parseReceipt(voice('COMPLETED', leg))?.destination).toBe('+6568332048')
  })

  test('is none when it is of a call under way', () => {
    const payload = { sessionId, callStatus: 'CALL_CONNECTED' }
    expect(parseReceipt({ namespace: 'VOICE', eventType: 'CALL_STATUS', payload })).toBeUndefined()
  })
})

describe('WHI-2: a callback, whose form nobody documents,', () => {
  test.each(['VERIFIED', 'FAILED', 'EXPIRED', 'WAITING'])('says nothing to us with %s', (status) => {
    expect(receiptOf({ sessionId, status })).toMatchObject({ state: 'unknown' })
    expect(receiptOf({ payload: { sessionId, status: { state: status } } })).toMatchObject({
      state: 'unknown',
    })
  })

  test.each([
    { sessionId, status: 'delivered' },
    { sessionId, state: 'DELIVERED' },
  ])('is taken for what it seems: %j', (body) => {
    expect(receiptOf(body)).toEqual({
      receiptId: `${sessionId}:delivered`,
      channel: 'sms',
      state: 'delivered',
    })
  })
})

test.each([
  undefined,
  null,
  1,
  'delivered',
  [],
  [sms({ state: 'delivered' })],
  {},
  { payload: {} },
  { status: null },
  { payload: { umid } },
  sms({}),
  { namespace: 'ChatApps', eventType: 'external_app_message', payload: { umid, content: { text: 'Hello' } } },
])('WHI-5: %j tells of no message', (body) => {
  expect(parseReceipt(body)).toBeUndefined()
})

test.each(['+6591234567', '6591234567', 'x'.repeat(65), 'a b', 'd\u00e9j\u00e0'])(
  'an odd id of 8x8’s is not stored as it is: %j',
  (odd) => {
    const id = receiptOf(sms({ state: 'sent' }, { umid: odd }))?.receiptId ?? ''
    expect(id).toMatch(/^[\w-]{43}:sent$/)
    expect(receiptOf(sms({ state: 'sent' }, { umid: odd }))?.receiptId).toBe(id)
  },
)

describe('a receipt without an id', () => {
  const nested = (levels: number): object => (levels === 1 ? {} : { more: nested(levels - 1) })
  const idOf = (more: object) => receiptOf({ status: 'delivered', at: 1, ...more })?.receiptId

  test('is known again by all that it says', () => {
    expect(idOf({})).toMatch(/^[\w-]{43}:delivered$/)
    expect(idOf({})).toBe(idOf({}))
    expect(idOf({ at: 2 })).not.toBe(idOf({}))
  })

  test('API-6: says nothing to us when it is nested more than 8 deep', () => {
    expect(idOf(nested(8))).toMatch(/:delivered$/)
    expect(idOf(nested(9))).toBeUndefined()
  })
})

test('WHI-5: whatever comes, only our words go on', () => {
  const names = fc.constantFrom(
    'payload',
    'status',
    'state',
    'umid',
    'sessionStatus',
    'namespace',
    'errorCode',
  )
  const words = fc.constantFrom('VOICE', 'SMS', 'delivered', 'undelivered', 'COMPLETED', 'BUSY')
  const body = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      words,
      fc.dictionary(fc.oneof(names, fc.string()), tie('any')),
    ),
  })).any
  fc.assert(
    fc.property(body, (value) => {
      const receipt = receiptOf(value)
      if (receipt === undefined) return
      expect(receipt.receiptId).toMatch(/^[A-Za-z0-9_-]{1,64}:(sent|delivered|undelivered|unknown)$/)
      expect(['sms', 'call']).toContain(receipt.channel)
      expect(receipt.cause ?? 'none').toMatch(/^[a-z0-9_]{1,40}$/)
      expect(Object.keys(receipt).filter((key) => key !== 'cause')).toEqual(['receiptId', 'channel', 'state'])
    }),
    { numRuns: 500 },
  )
})
