/** The app that the environment describes, or what it says about those of `APPS_FILE`. */
import { scopes } from '../../domain/app.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Endpoint } from '../../domain/webhook.ts'
import { CALLABLE_SAID, parseWebhookUrl } from '../../domain/webhook-url.ts'
import { digestOfKey } from '../apps/key-lookup.ts'
import type { AppsSettings, ConfiguredApp } from '../apps/source.ts'
import { url } from './parsers.ts'
import type { Variables } from './variables.ts'

export type AppsContext = {
  readonly isProduction: boolean
  readonly policy: Policy
  readonly subAccountId: string
  /** Of a development machine. */
  readonly generatedKey: string | undefined
}

/** The name of the environment's app, and of its webhook endpoint. */
const SINGLE = 'default'

/** What describes one app, and so has no meaning beside a file that describes them all. */
const ofOneApp = [
  'API_KEY',
  'BRAND',
  'ALLOWED_COUNTRIES',
  'ALLOWED_ORIGINS',
  'ASSERTION_AUDIENCE',
  'ASSERT_PHONE',
  'SMS_DOMAIN',
  'WEBHOOK_URL',
  'WEBHOOK_SECRET',
  'WEBHOOK_EVENTS',
] as const

/** What is wrong with the variables that describe apps, apart from their own form. */
export function problemsOfApps(
  given: Readonly<Record<string, string | undefined>>,
  isProduction: boolean,
): string[] {
  if (given.APPS_FILE) {
    return ofOneApp
      .filter((name) => given[name])
      .map((name) => `${name} describes a single app, and cannot be set with APPS_FILE`)
  }
  const problems: string[] = []
  if (isProduction) {
    const missing = ['API_KEY', 'ALLOWED_COUNTRIES'].filter((name) => !given[name])
    problems.push(...missing.map((name) => `${name} is required in production`))
    if (isNeverCalled(given.WEBHOOK_URL)) problems.push(`WEBHOOK_URL must be ${CALLABLE_SAID}`)
    if (given.ALLOWED_ORIGINS?.split(',').some(isPlain)) {
      problems.push('ALLOWED_ORIGINS must be https in production')
    }
  }
  if (given.WEBHOOK_URL && !given.WEBHOOK_SECRET) {
    problems.push('WEBHOOK_SECRET is required with WEBHOOK_URL: echo "whsec_$(openssl rand -base64 32)"')
  }
  return problems
}

/** What is no URL at all is told of already. */
function isNeverCalled(text: string | undefined): boolean {
  const { success, data } = url.safeParse(text)
  return success && parseWebhookUrl(data, false) === undefined
}

function isPlain(text: string | undefined): boolean {
  return URL.parse(text ?? '')?.protocol === 'http:'
}

/** Both kinds of settings, from variables in which `problemsOfApps` has found nothing. */
export function toAppsSettings(
  read: Variables,
  { isProduction, policy, subAccountId, generatedKey = '' }: AppsContext,
): AppsSettings {
  const ladder = { whenUndelivered: read.WHEN_UNDELIVERED, receiptWaitSeconds: read.RECEIPT_WAIT_SECONDS }
  const limits = { sendsPerDay: read.SENDS_PER_DAY }
  if (read.APPS_FILE !== undefined) {
    const { EIGHTXEIGHT_API_VERSION: version, WEBHOOK_CONCURRENCY: concurrency } = read
    return {
      file: read.APPS_FILE,
      defaults: { isProduction, version, subAccountId, policy, ladder, limits, concurrency },
    }
  }
  const { ALLOWED_COUNTRIES: allowedCountries, SMS_DOMAIN: domain } = read
  const single: ConfiguredApp = {
    app: {
      name: SINGLE,
      subAccountId,
      brand: read.BRAND,
      policy,
      ladder,
      channels: ['sms', 'call'],
      ...(allowedCountries === undefined ? {} : { allowedCountries }),
      endpoints: toEndpoints(read),
      origins: read.ALLOWED_ORIGINS ?? [],
      audience: read.ASSERTION_AUDIENCE ?? SINGLE,
      assertsPhone: read.ASSERT_PHONE === 'on',
      ...(domain === undefined ? {} : { domain }),
      limits,
    },
    keys: [{ digest: digestOfKey(read.API_KEY ?? generatedKey), scopes: new Set(scopes) }],
  }
  return { apps: [single] }
}

function toEndpoints(read: Variables): Endpoint[] {
  const { WEBHOOK_URL, WEBHOOK_SECRET, WEBHOOK_EVENTS, WEBHOOK_CONCURRENCY: concurrency } = read
  if (WEBHOOK_URL === undefined || WEBHOOK_SECRET === undefined) return []
  const events = WEBHOOK_EVENTS === undefined ? {} : { events: WEBHOOK_EVENTS }
  return [{ id: SINGLE, url: WEBHOOK_URL, secrets: WEBHOOK_SECRET, concurrency, ...events }]
}
