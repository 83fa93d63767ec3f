import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { ADDRESS_LIMITS } from '../../domain/limits.ts'
import { createCounter } from '../../platform/limits/counters.ts'
import { createLimits } from '../../platform/limits/create-limits.ts'

test('FRD-3: what is given back after its window is over gives nothing away in the next one', async () => {
  const counter = createCounter('brief', { most: 5, seconds: 1 })
  const count = await counter.add('key')
  await expect.poll(async () => (await counter.look('key')).used).toBe(0)
  await counter.takeBack('key', count)
  expect((await counter.look('key')).used).toBe(0)
  expect((await counter.add('key')).used).toBe(1)
})

test('FRD-3: what is given back within its window may be used again', async () => {
  const counter = createCounter('long', { most: 5, seconds: 60 })
  await counter.add('key')
  const count = await counter.add('key')
  await counter.takeBack('key', count)
  expect((await counter.look('key')).used).toBe(1)
})

test('FRD-5: a start that another limit refuses raises no alarm of a cap that it did not use up', async () => {
  const alarms: object[] = []
  const log = { error: (fields: object) => void alarms.push(fields) }
  const limits = createLimits({ lookupKey: randomBytes(32), sendsPerDayOverall: 1000, log })
  const perMinute = ADDRESS_LIMITS[0]?.most ?? 0
  const app = { name: 'shop', limits: { sendsPerDay: perMinute + 1 } }
  const start = { app, country: 'SG', channel: 'sms', e164: '+6591234567', address: '192.0.2.7' } as const
  for (let n = 0; n < perMinute; n += 1) {
    expect(await limits.admitStart(start)).toMatchObject({ outcome: 'granted' })
  }
  expect(await limits.admitStart(start)).toMatchObject({ outcome: 'denied', reason: 'address' })
  expect(alarms).toEqual([expect.objectContaining({ cap: 'app shop', percent: 80 })])
})
