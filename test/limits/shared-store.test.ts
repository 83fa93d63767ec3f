/** The limits in a real Redis: what is shared, and what happens when it is away (fault row 44). */
import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { ADDRESS_LIMITS } from '../../domain/limits.ts'
import { createConversion, LEAST_SENDS } from '../../platform/limits/conversion.ts'
import { createLimits } from '../../platform/limits/create-limits.ts'
import { connectValkey } from '../../platform/limits/valkey.ts'
import { startRedis } from './redis-server.ts'

const lookupKey = randomBytes(32)
const perMinute = ADDRESS_LIMITS[0]?.most ?? 0

/** The limits of one API process. */
async function aProcess(url: string, sendsPerDayOverall = 1000) {
  const lines: string[] = []
  const log = {
    info: (_: object, message: string) => void lines.push(message),
    warn: (_: object, message: string) => void lines.push(message),
    error: (_: object, message: string) => void lines.push(message),
  }
  const valkey = await connectValkey(url, log)
  onTestFinished(() => valkey.disconnect())
  return { limits: createLimits({ lookupKey, sendsPerDayOverall, valkey, log }), valkey, log, lines }
}

const start = {
  app: { name: 'shop', limits: { sendsPerDay: 1000 } },
  country: 'SG',
  channel: 'sms' as const,
  e164: '+6591234567',
  address: '192.0.2.7',
}

test('FRD-3: two API processes count together', async () => {
  const redis = await startRedis()
  const [one, other] = [await aProcess(redis.url), await aProcess(redis.url)]
  for (let n = 0; n < perMinute; n += 1) {
    const { limits } = n % 2 === 0 ? one : other
    expect(await limits.admitStart(start)).toMatchObject({ outcome: 'granted' })
  }
  expect(await one.limits.admitStart(start)).toMatchObject({ outcome: 'denied', reason: 'address' })
  expect(await other.limits.admitStart(start)).toMatchObject({ outcome: 'denied', reason: 'address' })
  expect(await other.limits.admitStart({ ...start, address: '192.0.2.8' })).toMatchObject({
    outcome: 'granted',
  })
})

test('FRD-4: the store holds neither an address nor any part of a number', async () => {
  const redis = await startRedis()
  const { limits, valkey, log } = await aProcess(redis.url)
  await limits.admitStart(start)
  await limits.countRefusal(start.address)
  const conversion = createConversion({ lookupKey, valkey, log })
  conversion.sent({ ...start, app: 'shop' })
  await conversion.settled()
  const keys = (await redis.command('KEYS', '*')) as string[]
  const fields = await Promise.all(
    keys.filter((key) => key.includes('conversion')).map((key) => redis.command('HKEYS', key)),
  )
  const held = JSON.stringify([keys, fields])
  expect(held).toContain('postern:limit:prefix:')
  expect(held).toContain('country:SG sent')
  expect(held).not.toMatch(/9123|192\.0\.2/)
})

test('ATT-10, row 44: while the store is down nothing is admitted, and when it is back it is', async () => {
  const redis = await startRedis()
  const { limits, lines } = await aProcess(redis.url)
  expect(await limits.admitStart(start)).toMatchObject({ outcome: 'granted' })
  await redis.stop()
  expect(await limits.admitStart(start)).toEqual({ outcome: 'unavailable' })
  expect(await limits.admitResend(start)).toEqual({ outcome: 'unavailable' })
  expect(await limits.mayAsk(start.address)).toEqual({ outcome: 'unavailable' })
  await redis.start()
  await expect.poll(async () => (await limits.admitStart(start)).outcome).toBe('granted')
  expect(lines).toEqual([
    'the store of the limits is away: no code is sent until it is back',
    'the store of the limits is back',
  ])
})

test('ATT-10, row 44: a process that starts without its store admits nothing until it is there', async () => {
  const redis = await startRedis()
  await redis.stop()
  const { limits } = await aProcess(redis.url)
  expect(await limits.admitStart(start)).toEqual({ outcome: 'unavailable' })
  await redis.start()
  await expect.poll(async () => (await limits.admitStart(start)).outcome).toBe('granted')
})

test('ATT-10, row 44: a store that hangs is not waited for', async () => {
  const redis = await startRedis()
  const { limits } = await aProcess(redis.url)
  const pause = 20_000
  await redis.command('CLIENT', 'PAUSE', String(pause), 'ALL')
  const answered = limits.admitStart(start)
  const first = await Promise.race([
    answered,
    new Promise((resolve) => setTimeout(resolve, pause / 2, 'waited')),
  ])
  expect(first).toEqual({ outcome: 'unavailable' })
})

test('ATT-10, row 44: a store that is full and may not forget admits nothing', async () => {
  const redis = await startRedis()
  const { limits } = await aProcess(redis.url)
  await redis.command('CONFIG', 'SET', 'maxmemory', '1')
  expect(await limits.admitStart(start)).toEqual({ outcome: 'unavailable' })
  await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  expect(await limits.admitStart(start)).toMatchObject({ outcome: 'granted' })
})

test('FRD-6: the conversion of several workers is one', async () => {
  const redis = await startRedis()
  const [one, other] = [await aProcess(redis.url), await aProcess(redis.url)]
  const [here, there] = [one, other].map(({ valkey, log }) => createConversion({ lookupKey, valkey, log }))
  for (let n = 0; n < LEAST_SENDS; n += 1) (n % 2 ? here : there)?.sent({ ...start, app: 'shop' })
  await Promise.all([here?.settled(), there?.settled()])
  there?.verified({ ...start, app: 'shop' })
  await there?.settled()
  expect(await here?.table()).toContainEqual({ key: 'country:SG', sent: LEAST_SENDS, verified: 1 })
  expect([...one.lines, ...other.lines]).toContain(
    'few messages end in a login: perhaps somebody pumps traffic',
  )
})

test('FRD-6: a store that is away costs counts and nothing else', async () => {
  const redis = await startRedis()
  const { valkey, log, lines } = await aProcess(redis.url)
  await redis.stop()
  const conversion = createConversion({ lookupKey, valkey, log })
  conversion.sent({ ...start, app: 'shop' })
  conversion.wrong()
  await conversion.settled()
  expect(lines.filter((line) => line.startsWith('the conversion is not counted'))).toHaveLength(1)
})
