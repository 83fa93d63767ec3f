/** How many messages end in a login, and how many codes are wrong, in the last hour; an alarm when it looks like fraud. */
import { createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import type { Log } from '../../domain/log.ts'
import { toPrefix } from '../../domain/limits.ts'
import type { Valkey } from './valkey.ts'

/** Below this part of messages verified, with at least this many of them in the last hour, the log alarms (FRD-6). */
export const LOW_CONVERSION = 0.2
export const LEAST_SENDS = 50
/** Wrong codes over all phones, in the last ten minutes (ATT-9): so many of them, or this part of all checked. */
export const MOST_WRONG = 300
export const HIGH_WRONG_RATIO = 0.6
export const LEAST_CHECKS = 50

const BUCKET_MS = 600_000
const BUCKETS_AN_HOUR = 6
const SILENT_MS = 3_600_000

export type ConversionRow = { readonly key: string; readonly sent: number; readonly verified: number }

type Subject = {
  readonly e164: string
  readonly app: string
  readonly country: string
  readonly channel: string
}

type Store = {
  add(bucket: number, fields: readonly string[]): Promise<void>
  /** Sums over the buckets. Each send asks, so only for what it needs: an hour may hold a counter for many ranges. */
  read(buckets: readonly number[], fields: readonly string[]): Promise<ReadonlyMap<string, number>>
  readAll(buckets: readonly number[]): Promise<ReadonlyMap<string, number>>
}

export type ConversionOptions = {
  /** `LOOKUP_KEY`: ranges of numbers are counted under keyed hashes. */
  readonly lookupKey: Buffer
  /** Left out, this process counts for itself alone. */
  readonly valkey?: Valkey
  readonly log: Pick<Log, 'error' | 'warn'>
  /** Default: the system's clock, in milliseconds. */
  readonly now?: () => number
}

type Counts =
  { readonly sent: number; readonly verified: number } | { readonly wrong: number; readonly checked: number }

/** Counts beside the logins: a store that is away costs counts, and never a login. */
export function createConversion({ lookupKey, valkey, log, now = Date.now }: ConversionOptions) {
  const hashKey = createSecretKey(Buffer.from(hkdfSync('sha256', lookupKey, '', 'postern conversion', 32)))
  const store = valkey === undefined ? inMemory() : inValkey(valkey)
  const silentUntil = new Map<string, number>()
  const under = new Set<Promise<void>>()

  function keysOf({ e164, app, country, channel }: Subject): string[] {
    const range = createHmac('sha256', hashKey).update(toPrefix(e164)).digest('base64url').slice(0, 12)
    return [`country:${country}`, `app:${app}`, `channel:${channel}`, `range:${country}:${range}`]
  }

  const bucketNow = () => Math.floor(now() / BUCKET_MS)
  const lastBuckets = (count: number) => Array.from({ length: count }, (_, i) => bucketNow() - i)

  function alarm(key: string, fields: Counts, message: string): void {
    if ((silentUntil.get(key) ?? 0) > now()) return
    silentUntil.set(key, now() + SILENT_MS)
    log.error({ key, ...fields }, message)
  }

  function note(act: () => Promise<void>): void {
    const noted = act().catch(() => {
      if ((silentUntil.get('store') ?? 0) > now()) return
      silentUntil.set('store', now() + SILENT_MS)
      log.warn({}, 'the conversion is not counted: its store does not answer')
    })
    under.add(noted)
    void noted.finally(() => under.delete(noted))
  }

  async function judge(keys: readonly string[]): Promise<void> {
    const fields = keys.flatMap((key) => [`${key} sent`, `${key} verified`])
    const counts = await store.read(lastBuckets(BUCKETS_AN_HOUR), fields)
    for (const key of keys) {
      const sent = counts.get(`${key} sent`) ?? 0
      const verified = counts.get(`${key} verified`) ?? 0
      if (sent < LEAST_SENDS || verified / sent >= LOW_CONVERSION) continue
      alarm(key, { sent, verified }, 'few messages end in a login: perhaps somebody pumps traffic')
    }
  }

  async function judgeCodes(): Promise<void> {
    const counts = await store.read(lastBuckets(1), ['codes wrong', 'codes right'])
    const wrong = counts.get('codes wrong') ?? 0
    const checked = wrong + (counts.get('codes right') ?? 0)
    const isMostly = checked >= LEAST_CHECKS && wrong / checked > HIGH_WRONG_RATIO
    if (wrong > MOST_WRONG || isMostly) {
      alarm('codes', { wrong, checked }, 'many codes are wrong: perhaps somebody guesses')
    }
  }

  return {
    sent(subject: Subject): void {
      const keys = keysOf(subject)
      note(async () => {
        await store.add(
          bucketNow(),
          keys.map((key) => `${key} sent`),
        )
        await judge(keys)
      })
    },
    verified(subject: Subject): void {
      const fields = keysOf(subject).map((key) => `${key} verified`)
      note(() => store.add(bucketNow(), [...fields, 'codes right']))
    },
    wrong(): void {
      note(async () => {
        await store.add(bucketNow(), ['codes wrong'])
        await judgeCodes()
      })
    },
    /** Of the last hour, worst first. @throws when the store does not answer */
    async table(): Promise<readonly ConversionRow[]> {
      const counts = await store.readAll(lastBuckets(BUCKETS_AN_HOUR))
      const keys = [...counts.keys()].flatMap((field) =>
        field.endsWith(' sent') ? [field.slice(0, -5)] : [],
      )
      return keys
        .map((key) => ({
          key,
          sent: counts.get(`${key} sent`) ?? 0,
          verified: counts.get(`${key} verified`) ?? 0,
        }))
        .sort((a, b) => a.verified / a.sent - b.verified / b.sent || b.sent - a.sent)
    },
    /** Resolves when all that was noted so far is counted. */
    async settled(): Promise<void> {
      await Promise.all(under)
    },
  }
}

function inMemory(): Store {
  const buckets = new Map<number, Map<string, number>>()
  const countsOf = (bucket: number) => buckets.get(bucket) ?? new Map<string, number>()
  return {
    add(bucket, fields) {
      for (const old of buckets.keys()) if (old <= bucket - BUCKETS_AN_HOUR) buckets.delete(old)
      const counts = countsOf(bucket)
      buckets.set(bucket, counts)
      for (const field of fields) counts.set(field, (counts.get(field) ?? 0) + 1)
      return Promise.resolve()
    },
    read: (wanted, fields) =>
      Promise.resolve(
        sum(wanted.map(countsOf).map((counts) => fields.map((field) => [field, counts.get(field) ?? 0]))),
      ),
    readAll: (wanted) => Promise.resolve(sum(wanted.map((bucket) => [...countsOf(bucket)]))),
  }
}

function inValkey(valkey: Valkey): Store {
  const nameOf = (bucket: number) => `postern:conversion:${bucket}`
  return {
    async add(bucket, fields) {
      const name = nameOf(bucket)
      await Promise.all([
        ...fields.map((field) => valkey.hincrby(name, field, 1)),
        valkey.expire(name, ((BUCKETS_AN_HOUR + 1) * BUCKET_MS) / 1000),
      ])
    },
    async read(wanted, fields) {
      const found = await Promise.all(wanted.map((bucket) => valkey.hmget(nameOf(bucket), ...fields)))
      return sum(found.map((counts) => fields.map((field, i) => [field, Number(counts[i] ?? 0)])))
    },
    async readAll(wanted) {
      const found = await Promise.all(wanted.map((bucket) => valkey.hgetall(nameOf(bucket))))
      return sum(found.map((hash) => Object.entries(hash).map(([field, count]) => [field, Number(count)])))
    },
  }
}

function sum(buckets: readonly (readonly (readonly [string, number])[])[]): ReadonlyMap<string, number> {
  const total = new Map<string, number>()
  for (const [field, count] of buckets.flat()) total.set(field, (total.get(field) ?? 0) + count)
  return total
}
