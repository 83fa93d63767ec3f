import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deadlineOf, isPast } from '../../domain/deadline.ts'
import { defaultPolicy } from '../../domain/policy.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const now = Date.parse('2026-05-04T12:00:00Z')
const iso = (at: number) => new Date(at).toISOString()

/** From the first send, in milliseconds after it. */
const afterFirstSend = (expiresAt: string | undefined) => deadlineOf(expiresAt, now, now, defaultPolicy) - now

describe('the deadline of a first send', () => {
  test.each([
    ['1 ms away', 1],
    ['a minute away', MINUTE],
    ['five minutes away', 5 * MINUTE],
    ['1 ms before ten minutes are over', 10 * MINUTE - 1],
    ['ten minutes away', 10 * MINUTE],
  ])('EXP-3: is the `expiresAt` that is %s', (_, ms) => {
    expect(afterFirstSend(iso(now + ms))).toBe(ms)
  })

  test.each([
    ['1 ms past ten minutes', 10 * MINUTE + 1],
    ['an hour away', HOUR],
    ['two hours away', 2 * HOUR],
  ])('EXP-1: is ten minutes for an `expiresAt` that is %s', (_, ms) => {
    expect(afterFirstSend(iso(now + ms))).toBe(10 * MINUTE)
  })

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['no time', 'soon'],
    ['an impossible date', '2026-13-45T99:99:99Z'],
    ['a number that is no date', '-1e999'],
    ['past by 1 ms', iso(now - 1)],
    ['past by years', '1970-01-01T00:00:00Z'],
    ['exactly now', iso(now)],
    ['1 ms past two hours away', iso(now + 2 * HOUR + 1)],
    ['years away', '9999-12-31T23:59:59Z'],
    ['further than a date can be', '+275760-09-13T00:00:00.001Z'],
  ])('EXP-5: is our own validity for an `expiresAt` that is %s', (_, expiresAt) => {
    expect(afterFirstSend(expiresAt)).toBe(5 * MINUTE)
  })

  test('EXP-5: our own validity is the policy’s', () => {
    const short = { ...defaultPolicy, codeValiditySeconds: 60 }
    expect(deadlineOf(undefined, now, now, short)).toBe(now + MINUTE)
  })

  test('EXP-3: an `expiresAt` with an offset is the same instant', () => {
    expect(afterFirstSend('2026-05-04T20:02:00+08:00')).toBe(2 * MINUTE)
  })
})

describe('the deadline after a resend', () => {
  const resentAt = (later: number, expiresAt?: string) =>
    deadlineOf(expiresAt, now + later, now, defaultPolicy) - now

  test('is extended', () => {
    expect(resentAt(2 * MINUTE, iso(now + 7 * MINUTE))).toBe(7 * MINUTE)
  })

  test('is extended by our own validity when there is no `expiresAt`', () => {
    expect(resentAt(2 * MINUTE)).toBe(7 * MINUTE)
  })

  test.each([
    ['with an `expiresAt`', iso(now + 14 * MINUTE)],
    ['without one', undefined],
  ])('EXP-1: is never extended past ten minutes after the first send, %s', (_, expiresAt) => {
    expect(resentAt(9 * MINUTE, expiresAt)).toBe(10 * MINUTE)
  })

  test('EXP-5: the first code’s `expiresAt`, past by now, gives way to our own validity', () => {
    expect(resentAt(4 * MINUTE, iso(now + 4 * MINUTE))).toBe(9 * MINUTE)
  })
})

test('EXP-1: whatever is said and however late, no deadline is past ten minutes after the first send', () => {
  const expiresAt = fc.oneof(
    fc.constant(undefined),
    fc.string(),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.integer({ min: -HOUR, max: 3 * HOUR }).map((ms) => iso(now + ms)),
  )
  fc.assert(
    fc.property(expiresAt, fc.nat(HOUR), (expiresAt, later) => {
      const deadline = deadlineOf(expiresAt, now + later, now, defaultPolicy)
      expect(deadline).toBeLessThanOrEqual(now + 10 * MINUTE)
      expect(Number.isFinite(deadline)).toBe(true)
    }),
  )
})

test('EXP-1: a deadline lies ahead as long as ten minutes are not over', () => {
  fc.assert(
    fc.property(fc.option(fc.string(), { nil: undefined }), fc.nat(10 * MINUTE - 1), (expiresAt, later) => {
      expect(deadlineOf(expiresAt, now + later, now, defaultPolicy)).toBeGreaterThan(now + later)
    }),
  )
})

test.each([
  ['a millisecond before', -1, false],
  ['at', 0, true],
  ['a millisecond after', 1, true],
])('EXP-4: a code that is looked at %s the deadline', (_when, offset, isOver) => {
  expect(isPast(now, now + offset)).toBe(isOver)
})
