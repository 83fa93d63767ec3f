/** An app: who asks for logins, with what belongs to it alone. */
import type { Ladder } from './ladder.ts'
import type { Channel } from './login.ts'
import type { Policy } from './policy.ts'
import type { Endpoint } from './webhook.ts'

export type App = {
  /** 1–40 of `[a-z0-9-]`, unique. Its logins are found by it, so another name is another app. */
  readonly name: string
  /** The 8x8 sub-account that it sends through, 3–50 of `[A-Za-z0-9-._&]`. */
  readonly subAccountId: string
  /** The product name in messages when a start names none: 1–30 characters. */
  readonly brand: string
  readonly policy: Policy
  readonly ladder: Ladder
  /** What may be asked for, by a start or a resend. Default: both. */
  readonly channels: readonly Channel[]
  /** ISO 3166-1 alpha-2, upper case; left out, every country is allowed, which production refuses. */
  readonly allowedCountries?: readonly string[]
  /** Where its events are posted; the ids are unique over all apps. */
  readonly endpoints: readonly Endpoint[]
  /** Of the pages that may call with a login's token: scheme, host, port, as browsers write them. */
  readonly origins: readonly string[]
  /** `aud` of its assertions. Default: its name. */
  readonly audience: string
  /** Whether an assertion carries the full number (TOK-6). Default: false. */
  readonly assertsPhone: boolean
  /** The last line of an SMS then binds its code to this domain, `@domain #code` (BIND-11). */
  readonly domain?: string
  readonly limits: AppLimits
}

export type AppLimits = {
  /** Messages in a day, over all its numbers: 1–10,000,000 (FRD-5). Default 10,000. */
  readonly sendsPerDay: number
}

/** What a key is good for. `start`: start, submit, resend, cancel; `read`: read, list, follow; `admin`: numbers. */
export const scopes = ['start', 'read', 'admin'] as const
export type Scope = (typeof scopes)[number]
