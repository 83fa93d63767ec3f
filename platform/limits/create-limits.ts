/** The limits over all numbers (FRD-3, FRD-5), counted per address, app, country and range. `docs/limits.md` has them all. */
import { createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import {
  ADDRESS_LIMITS,
  APP_LIMIT,
  CAP_ALARM,
  CAP_SECONDS,
  COUNTRY_LIMIT,
  PREFIX_LIMIT,
  REFUSED_ADDRESS_LIMIT,
  toPrefix,
  type Admission,
  type Limit,
  type LimitReason,
  type Quota,
  type Sending,
} from '../../domain/limits.ts'
import type { Log } from '../../domain/log.ts'
import { toAddressKey } from './address-key.ts'
import { createCounter, type Count, type Counter } from './counters.ts'
import type { Valkey } from './valkey.ts'

export type LimitsOptions = {
  /** `LOOKUP_KEY`: addresses and ranges are counted under keyed hashes, so that the store holds no part of a number. */
  readonly lookupKey: Buffer
  readonly sendsPerDayOverall: number
  /** Default: 5000. */
  readonly sendsPerDayCountry?: number
  /** Left out, this process counts for itself alone. */
  readonly valkey?: Valkey
  readonly log: Pick<Log, 'error'>
}

export type Limits = ReturnType<typeof createLimits>

/** One counter that a request is counted by. */
type Step = {
  readonly reason: LimitReason
  readonly counter: Counter
  readonly key: string
  readonly limit: Limit
  /** What the app may be told of it; only its own. */
  readonly quota?: Quota['name']
  /** Named in the log when it is nearly used up, and when it is. */
  readonly cap?: string
  /** Refused requests stay counted. */
  readonly isKept?: boolean
}

export function createLimits(options: LimitsOptions) {
  const { lookupKey, sendsPerDayOverall, sendsPerDayCountry = COUNTRY_LIMIT.most, valkey, log } = options
  const hashKey = createSecretKey(Buffer.from(hkdfSync('sha256', lookupKey, '', 'postern limits', 32)))
  const hash = (text: string) => createHmac('sha256', hashKey).update(text).digest('base64url').slice(0, 22)
  const counterOf = (name: string, limit: Limit) => createCounter(name, limit, valkey)
  const overall: Limit = { most: sendsPerDayOverall, seconds: CAP_SECONDS }
  const ofCountry: Limit = { most: sendsPerDayCountry, seconds: CAP_SECONDS }
  const counters = {
    addresses: ADDRESS_LIMITS.map((limit) => counterOf(`address:${limit.seconds}`, limit)),
    refused: counterOf('refused', REFUSED_ADDRESS_LIMIT),
    app: counterOf('app', APP_LIMIT),
    country: counterOf('country', ofCountry),
    prefix: counterOf('prefix', PREFIX_LIMIT),
    appDay: counterOf('app-day', overall),
    allDay: counterOf('all-day', overall),
  }
  const alarms = createCapAlarms(log)

  const addressSteps = (address: string | undefined): Step[] =>
    address === undefined
      ? []
      : counters.addresses.map((counter, i) => ({
          reason: 'address',
          counter,
          key: hash(toAddressKey(address)),
          limit: ADDRESS_LIMITS[i] ?? REFUSED_ADDRESS_LIMIT,
          isKept: true,
        }))
  const sendSteps = ({ app, country }: Sending): Step[] => {
    const appDay: Limit = { most: app.limits.sendsPerDay, seconds: CAP_SECONDS }
    return [
      {
        reason: 'country',
        counter: counters.country,
        key: country,
        limit: ofCountry,
        cap: `country ${country}`,
      },
      {
        reason: 'app-day',
        counter: counters.appDay,
        key: app.name,
        limit: appDay,
        quota: 'sends',
        cap: `app ${app.name}`,
      },
      { reason: 'all-day', counter: counters.allDay, key: 'all', limit: overall, cap: 'all apps' },
    ]
  }

  /** Counts all at once, so that a store which hangs is waited for once; what was refused is given back. */
  async function admit(steps: readonly Step[]): Promise<Admission> {
    const counted = await Promise.allSettled(steps.map(({ counter, key }) => counter.add(key)))
    const counts = counted.map((one) => (one.status === 'fulfilled' ? one.value : undefined))
    const taken = steps.flatMap((step, i) => toTaken(step, counts[i]))
    if (taken.length < steps.length) {
      await giveBack(taken)
      return { outcome: 'unavailable' }
    }
    const quotas = steps.flatMap((step, i) => toQuota(step, counts[i]))
    const over = steps.findIndex(({ limit }, i) => (counts[i]?.used ?? 0) > limit.most)
    const refusing = steps[over]
    // What another limit refuses is given back, and a cap that it would have reached is not reached.
    const told = refusing === undefined ? taken : taken.filter(({ step }) => step === refusing)
    for (const { step, count } of told) alarms(step, count)
    if (refusing === undefined) return { outcome: 'granted', quotas, giveBack: () => giveBack(taken) }
    await giveBack(taken.filter(({ step }) => step.isKept !== true))
    const retryAfterSeconds = counts[over]?.resetSeconds ?? refusing.limit.seconds
    return { outcome: 'denied', reason: refusing.reason, retryAfterSeconds, quotas }
  }

  return {
    /** Whether this address has been refused so often that nothing is looked up for it any more. Counts nothing. */
    async mayAsk(address: string | undefined): Promise<Admission> {
      if (address === undefined) return granted
      const { most } = REFUSED_ADDRESS_LIMIT
      const count = await counters.refused.look(hash(toAddressKey(address))).catch(() => undefined)
      if (count === undefined) return { outcome: 'unavailable' }
      if (count.used < most) return granted
      return { outcome: 'denied', reason: 'address', retryAfterSeconds: count.resetSeconds, quotas: [] }
    },

    /** Counts a request of this address that something refused. Never rejects. */
    async countRefusal(address: string | undefined): Promise<void> {
      if (address !== undefined)
        await counters.refused.add(hash(toAddressKey(address))).catch(() => undefined)
    },

    /** Counts a start, or says which limit is in its way. `e164` gives its range. Never rejects. */
    async admitStart(start: Sending & { readonly e164: string }): Promise<Admission> {
      const range = { key: hash(toPrefix(start.e164)), limit: PREFIX_LIMIT }
      return admit([
        ...addressSteps(start.address),
        { reason: 'app', counter: counters.app, key: start.app.name, limit: APP_LIMIT, quota: 'starts' },
        { reason: 'prefix', counter: counters.prefix, ...range },
        ...sendSteps(start),
      ])
    },

    /** The same for a resend, whose number its caller does not say. Never rejects. */
    admitResend: async (resend: Sending): Promise<Admission> =>
      admit([...addressSteps(resend.address), ...sendSteps(resend)]),
  }
}

const granted: Admission = { outcome: 'granted', quotas: [], giveBack: () => Promise.resolve() }

type Taken = { readonly step: Step; readonly count: Count }

function toTaken(step: Step, count: Count | undefined): Taken[] {
  return count === undefined ? [] : [{ step, count }]
}

async function giveBack(taken: readonly Taken[]): Promise<void> {
  await Promise.allSettled(taken.map(({ step: { counter, key }, count }) => counter.takeBack(key, count)))
}

function toQuota({ quota, limit }: Step, count: Count | undefined): Quota[] {
  if (quota === undefined || count === undefined) return []
  const { used, resetSeconds } = count
  return [{ name: quota, ...limit, remaining: Math.max(0, limit.most - used), resetSeconds }]
}

/** Each alarm once in a window: what is given back and taken again crosses the same line twice. */
function createCapAlarms(log: LimitsOptions['log']) {
  const silentUntil = new Map<string, number>()
  return ({ cap, limit }: Step, { used, endsAt }: Count): void => {
    if (cap === undefined) return
    const reached = used >= limit.most ? 100 : used >= limit.most * CAP_ALARM ? 80 : undefined
    if (reached === undefined) return
    const name = `${cap} ${reached}`
    if ((silentUntil.get(name) ?? 0) > performance.now()) return
    silentUntil.set(name, endsAt)
    const what = reached === 100 ? 'is used up: no more codes are sent' : 'is nearly used up'
    log.error({ cap, used, most: limit.most, percent: reached }, `the cap on sends in a day ${what}`)
  }
}
