import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  ADDRESS_LIMITS,
  APP_LIMIT,
  PREFIX_LIMIT,
  REFUSED_ADDRESS_LIMIT,
  type Admission,
} from '../../domain/limits.ts'
import { toAddressKey } from '../../platform/limits/address-key.ts'
import { createConversion, LEAST_CHECKS, LEAST_SENDS } from '../../platform/limits/conversion.ts'
import { createLimits } from '../../platform/limits/create-limits.ts'

const HOUR_MS = 3_600_000
const lookupKey = randomBytes(32)
const perMinute = ADDRESS_LIMITS[0]?.most ?? 0

function given(sendsPerDayOverall = 100_000, sendsPerDay = 100_000, sendsPerDayCountry = 100_000) {
  const alarms: object[] = []
  const log = {
    warn: () => undefined,
    error: (fields: object, message: string) => void alarms.push({ ...fields, message }),
  }
  const start = {
    app: { name: 'shop', limits: { sendsPerDay } },
    country: 'SG',
    channel: 'sms' as const,
    e164: '+6591234567',
  }
  const limits = createLimits({ lookupKey, sendsPerDayOverall, sendsPerDayCountry, log })
  return { limits, start, alarms, log }
}

function granted(admission: Admission) {
  if (admission.outcome !== 'granted') throw new Error(`it was ${admission.outcome}`)
  return admission
}

/** A start of another user of another range each time. */
const nth = (n: number) => ({
  e164: `+65${90_000_000 + n * 10_000}`,
  address: `2001:db8:0:${n.toString(16)}::1`,
})

describe('an address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['192.0.2.7', '::ffff:192.0.2.7', true],
    ['192.0.2.7', '::ffff:c000:207', true],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:0DB8:0001:0002:0:0:0:9', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ])('FRD-3: %s and %s are one: %s', (one, other, areOne) => {
    expect(toAddressKey(one) === toAddressKey(other)).toBe(areOne)
  })

  test('FRD-3: is refused above its limit, until its minute is over', async () => {
    const { limits, start } = given()
    const address = '192.0.2.7'
    for (let n = 0; n < perMinute; n += 1) {
      expect(await limits.admitStart({ ...start, ...nth(n), address })).toMatchObject({ outcome: 'granted' })
    }
    const denied = await limits.admitStart({ ...start, address: '::ffff:192.0.2.7' })
    expect(denied).toMatchObject({ outcome: 'denied', reason: 'address' })
    expect(denied.outcome === 'denied' && denied.retryAfterSeconds).toSatisfy(
      (s) => Number(s) >= 1 && Number(s) <= 60,
    )
  })

  test('FRD-3: that is refused again and again is not looked up any more', async () => {
    const { limits } = given()
    for (let n = 0; n < REFUSED_ADDRESS_LIMIT.most; n += 1) {
      expect(await limits.mayAsk('192.0.2.7')).toMatchObject({ outcome: 'granted' })
      await limits.countRefusal('192.0.2.7')
    }
    expect(await limits.mayAsk('192.0.2.7')).toMatchObject({ outcome: 'denied', reason: 'address' })
    expect(await limits.mayAsk('192.0.2.8')).toMatchObject({ outcome: 'granted' })
  })

  test('FRD-3: asking whether it may ask counts nothing', async () => {
    const { limits } = given()
    for (let n = 0; n <= REFUSED_ADDRESS_LIMIT.most; n += 1) {
      expect(await limits.mayAsk('192.0.2.7')).toMatchObject({ outcome: 'granted' })
    }
  })
})

test('FRD-3: ten thousand neighbouring numbers share one limit, in any order and from any address', async () => {
  const { limits, start } = given()
  for (let n = 0; n < PREFIX_LIMIT.most; n += 1) {
    const e164 = `+6591${String(234_500 - (234_500 % 10_000) + n * 7).padStart(6, '0')}`
    expect(await limits.admitStart({ ...start, e164, address: nth(n).address })).toMatchObject({
      outcome: 'granted',
    })
  }
  expect(await limits.admitStart({ ...start, e164: '+6591239999' })).toMatchObject({
    outcome: 'denied',
    reason: 'prefix',
  })
  expect(await limits.admitStart({ ...start, e164: '+6591249999' })).toMatchObject({ outcome: 'granted' })
})

test('FRD-3: an app has its own limit of starts a minute, and another app is untouched', async () => {
  const { limits, start } = given()
  for (let n = 0; n < APP_LIMIT.most; n += 1) await limits.admitStart({ ...start, ...nth(n) })
  expect(await limits.admitStart({ ...start, ...nth(700) })).toMatchObject({
    outcome: 'denied',
    reason: 'app',
  })
  const app = { name: 'other', limits: { sendsPerDay: 10 } }
  expect(await limits.admitStart({ ...start, ...nth(700), app })).toMatchObject({ outcome: 'granted' })
})

test('FRD-5: a day’s sends of an app end at its cap, resends included, with one alarm at 80 % and one at the end', async () => {
  const { limits, start, alarms } = given(1000, 10)
  for (let n = 0; n < 10; n += 1) {
    const sending = { ...start, ...nth(n) }
    expect(await (n % 2 ? limits.admitStart(sending) : limits.admitResend(sending))).toMatchObject({
      outcome: 'granted',
    })
  }
  expect(await limits.admitStart({ ...start, ...nth(11) })).toMatchObject({
    outcome: 'denied',
    reason: 'app-day',
  })
  expect(await limits.admitResend(start)).toMatchObject({ outcome: 'denied', reason: 'app-day' })
  expect(alarms).toEqual([
    expect.objectContaining({ cap: 'app shop', used: 8, most: 10, percent: 80 }),
    expect.objectContaining({ cap: 'app shop', used: 10, most: 10, percent: 100 }),
  ])
})

test('FRD-5: a window that fills right after the old one has its two alarms as well', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { limits, start, alarms } = given(1000, 5)
  const first = granted(await limits.admitStart({ ...start, ...nth(0) }))
  vi.advanceTimersByTime(23 * HOUR_MS)
  for (let n = 1; n < 5; n += 1) await limits.admitStart({ ...start, ...nth(n) })
  await first.giveBack()
  await limits.admitStart({ ...start, ...nth(5) })
  expect(alarms).toMatchObject([{ percent: 80 }, { percent: 100 }])

  vi.advanceTimersByTime(HOUR_MS)
  for (let n = 6; n < 11; n += 1) await limits.admitStart({ ...start, ...nth(n) })
  expect(alarms.slice(2)).toMatchObject([
    { percent: 80, used: 4 },
    { percent: 100, used: 5 },
  ])
})

test('FRD-3: a country has its own cap, whichever app sends there, and its alarms name it', async () => {
  const { limits, start, alarms } = given(1000, 1000, 5)
  const app = { name: 'other', limits: { sendsPerDay: 10 } }
  for (let n = 0; n < 5; n += 1) {
    const sending = { ...start, ...nth(n), ...(n % 2 ? { app } : {}) }
    expect(await limits.admitStart(sending)).toMatchObject({ outcome: 'granted' })
  }
  const denied = { outcome: 'denied', reason: 'country' }
  expect(await limits.admitStart({ ...start, ...nth(6) })).toMatchObject(denied)
  expect(await limits.admitResend({ ...start, app })).toMatchObject(denied)
  expect(await limits.admitStart({ ...start, ...nth(7), country: 'MY' })).toMatchObject({
    outcome: 'granted',
  })
  expect(alarms).toEqual([
    expect.objectContaining({ cap: 'country SG', used: 4, most: 5, percent: 80 }),
    expect.objectContaining({ cap: 'country SG', used: 5, most: 5, percent: 100 }),
  ])
})

test('FRD-5: the overall cap ends the sends of every app', async () => {
  const { limits, start, alarms } = given(5)
  for (let n = 0; n < 5; n += 1) await limits.admitStart({ ...start, ...nth(n) })
  const app = { name: 'other', limits: { sendsPerDay: 10 } }
  expect(await limits.admitStart({ ...start, ...nth(6), app })).toMatchObject({
    outcome: 'denied',
    reason: 'all-day',
  })
  expect(alarms).toContainEqual(expect.objectContaining({ cap: 'all apps', percent: 100 }))
})

test('FRD-5: what is refused, or given back, uses nothing of a cap up', async () => {
  const { limits, start } = given(1000, 2)
  const one = granted(await limits.admitStart({ ...start, ...nth(1) }))
  await limits.admitStart({ ...start, ...nth(2) })
  for (let n = 3; n < 20; n += 1) {
    expect(await limits.admitStart({ ...start, ...nth(n) })).toMatchObject({ outcome: 'denied' })
  }
  await one.giveBack()
  expect(await limits.admitStart({ ...start, ...nth(20) })).toMatchObject({ outcome: 'granted' })
})

test('ENUM-5: what an app is told of its quotas does not change with what others do', async () => {
  const { limits, start } = given()
  const app = { name: 'other', limits: { sendsPerDay: 500 } }
  for (let n = 0; n < 5; n += 1) await limits.admitStart({ ...start, ...nth(n) })
  expect(await limits.admitStart({ ...start, ...nth(6), app })).toMatchObject({
    quotas: [
      { name: 'starts', most: APP_LIMIT.most, remaining: APP_LIMIT.most - 1 },
      { name: 'sends', most: 500, remaining: 499 },
    ],
  })
})

describe('conversion', () => {
  const subject = { e164: '+6591234567', app: 'shop', country: 'SG', channel: 'sms' as const }

  test('FRD-6: a low one alarms once an hour for each country, app, channel and range', async () => {
    const { log, alarms } = given()
    let now = Date.now()
    const conversion = createConversion({ lookupKey, log, now: () => now })
    for (let n = 0; n < LEAST_SENDS + 10; n += 1) conversion.sent(subject)
    await conversion.settled()
    const keys = alarms.map((alarm) => ('key' in alarm ? String(alarm.key).split(':')[0] : ''))
    expect(keys.sort()).toEqual(['app', 'channel', 'country', 'range'])
    now += 3_700_000
    for (let n = 0; n < LEAST_SENDS; n += 1) conversion.sent(subject)
    await conversion.settled()
    expect(alarms).toHaveLength(8)
  })

  test('FRD-6: a good one, and one of few messages, do not', async () => {
    const { log, alarms } = given()
    const conversion = createConversion({ lookupKey, log })
    for (let n = 0; n < LEAST_SENDS - 1; n += 1) conversion.sent(subject)
    for (let n = 0; n < LEAST_SENDS; n += 1) conversion.verified(subject)
    for (let n = 0; n < LEAST_SENDS; n += 1) conversion.sent(subject)
    await conversion.settled()
    expect(alarms).toEqual([])
    expect(await conversion.table()).toContainEqual({
      key: 'country:SG',
      sent: 2 * LEAST_SENDS - 1,
      verified: LEAST_SENDS,
    })
  })

  test('ATT-9: many wrong codes over all phones alarm', async () => {
    const { log, alarms } = given()
    const conversion = createConversion({ lookupKey, log })
    for (let n = 0; n < LEAST_CHECKS; n += 1) conversion.wrong()
    await conversion.settled()
    expect(alarms).toEqual([
      expect.objectContaining({ key: 'codes', wrong: LEAST_CHECKS, checked: LEAST_CHECKS }),
    ])
  })

  test('ATT-9: as many right ones as wrong ones do not', async () => {
    const { log, alarms } = given()
    const conversion = createConversion({ lookupKey, log })
    for (let n = 0; n < LEAST_CHECKS; n += 1) {
      conversion.verified(subject)
      conversion.wrong()
    }
    await conversion.settled()
    expect(alarms).toEqual([])
  })
})
