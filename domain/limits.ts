/** What all callers together may cost, beside each number's own budget: the limits, and what they answer (FRD-3, FRD-5). */
import type { Channel } from './login.ts'

/** So many in so many seconds, counted from the first of them. */
export type Limit = { readonly most: number; readonly seconds: number }

/** Starts that were admitted, by the end user's address: an IPv4 address, or the /64 of an IPv6 one. */
export const ADDRESS_LIMITS: readonly Limit[] = [
  { most: 20, seconds: 60 },
  { most: 200, seconds: 3600 },
]
/** Requests of one address that a budget or a limit refused. Above it nothing is looked up for it any more. */
export const REFUSED_ADDRESS_LIMIT: Limit = { most: 30, seconds: 60 }
/** Starts of one app. */
export const APP_LIMIT: Limit = { most: 600, seconds: 60 }
/** Sends to ten thousand neighbouring numbers, over all apps: pumping walks through ranges. */
export const PREFIX_LIMIT: Limit = { most: 50, seconds: 3600 }
/** The window of the caps on sends: to a country, of an app, of all. */
export const CAP_SECONDS = 86_400
/** Sends to one country, over all apps, unless `SENDS_PER_DAY_COUNTRY` says otherwise. */
export const COUNTRY_LIMIT: Limit = { most: 5000, seconds: CAP_SECONDS }

/** The part of a cap at which the log warns for the first time. */
export const CAP_ALARM = 0.8

/** Which limit said no. */
export type LimitReason = 'address' | 'app' | 'country' | 'prefix' | 'app-day' | 'all-day'

export const quotaNames = ['starts', 'sends'] as const

/** What an app has left of a limit of its own; nothing in it tells of others (ENUM-5). */
export type Quota = Limit & {
  readonly name: (typeof quotaNames)[number]
  readonly remaining: number
  readonly resetSeconds: number
}

export type Admission =
  | {
      readonly outcome: 'granted'
      readonly quotas: readonly Quota[]
      /** For what was admitted and then certainly cost no send. Never rejects. */
      giveBack(): Promise<void>
    }
  | {
      readonly outcome: 'denied'
      readonly reason: LimitReason
      readonly retryAfterSeconds: number
      readonly quotas: readonly Quota[]
    }
  /** The counters cannot be reached: nothing is admitted (ATT-10). */
  | { readonly outcome: 'unavailable' }

/** What is limited of one start or resend. */
export type Sending = {
  readonly app: { readonly name: string; readonly limits: { readonly sendsPerDay: number } }
  /** ISO 3166-1 alpha-2, or the calling code for numbers of no country. */
  readonly country: string
  readonly channel: Channel
  /** The end user's address; left out when nothing is known that tells users apart. */
  readonly address?: string | undefined
}

/** E.164 without its last four digits: what ten thousand neighbours share. */
export function toPrefix(e164: string): string {
  return e164.slice(0, -4)
}
