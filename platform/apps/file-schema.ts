/** The form of `APPS_FILE`. No message repeats a value: most of what stands there is nobody else's business. */
import { z } from 'zod'
import { scopes } from '../../domain/app.ts'
import { isCountry } from '../../domain/phone.ts'
import { eventTypes } from '../../domain/webhook.ts'
import { CALLABLE_SAID, parseWebhookUrl } from '../../domain/webhook-url.ts'
import {
  DOMAIN,
  DOMAIN_SAID,
  isOrigin,
  isWebhookSecret,
  ORIGIN,
  SUB_ACCOUNT,
  SUB_ACCOUNT_SAID,
  url,
} from '../config/parsers.ts'

/** A member that is not there is required; anything else must be what is said here. */
const says = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    input === undefined ? 'is required' : `must be ${what}`,
})

const text = (pattern: RegExp, what: string) => z.string(says(what)).regex(pattern, says(what))
const whole = (least: number, most: number) => {
  const what = says(`a whole number from ${least} to ${most}`)
  return z.int(what).min(least, what).max(most, what)
}
const listOf = <T extends z.ZodType>(items: T, what: string) =>
  z
    .array(items, says(`a list of ${what}`))
    .refine((all) => new Set(all).size === all.length, says(`a list of ${what}, each once`))
const some = <T extends z.ZodType>(items: T, what: string) =>
  listOf(items, what).refine((all) => all.length > 0, says(`a list of ${what}, at least one`))
const oneOf = <const T extends readonly [string, ...string[]]>(names: T) =>
  z.enum(names, says(`one of ${names.join(', ')}`))

const SLUG = /^[a-z0-9-]{1,40}$/
const SLUG_SAID = '1 to 40 of a-z 0-9 -'

const HASH = 'sha256: and the SHA-256 of the key, in hex or base64url: npm run app-key'
const hash = text(/^sha256:([0-9a-fA-F]{64}|[A-Za-z0-9_-]{43}=?)$/, HASH).transform((given) => {
  const digest = given.slice('sha256:'.length)
  return Buffer.from(digest, digest.length === 64 ? 'hex' : 'base64url')
})

const MOMENT = 'a moment in UTC: 2027-01-31T00:00:00Z'
const key = z.strictObject(
  {
    hash,
    scopes: some(oneOf(scopes), 'scopes'),
    expiresAt: z.iso
      .datetime(says(MOMENT))
      .transform((at) => Date.parse(at))
      .optional(),
  },
  says('an object'),
)

const SECRETS = 'whsec_ and base64 of 24 to 64 random bytes: echo "whsec_$(openssl rand -base64 32)"'
const secret = z.string(says(SECRETS)).refine(isWebhookSecret, says(SECRETS))
const PAIR = 'a list of one secret, or two during a rotation'

const COUNTRY = 'an ISO 3166-1 alpha-2 code of a country that has numbers: SG (GB, not UK)'

/** @param isProduction https only, and countries are required */
export function createFileSchema(isProduction: boolean) {
  const isSafe = (given: string) => !isProduction || /^https:/i.test(given.trim())
  const ADDRESS = isProduction ? CALLABLE_SAID : 'an http or https URL without credentials'
  const isAddress = (given: string) =>
    isProduction ? parseWebhookUrl(given, false) !== undefined : url.safeParse(given).success
  const address = z.string(says(ADDRESS)).refine(isAddress, says(ADDRESS))
  const origin = z
    .string(says(ORIGIN))
    .refine(isOrigin, says(ORIGIN))
    .refine(isSafe, says('https in production'))

  const webhook = z.strictObject(
    {
      id: text(SLUG, SLUG_SAID),
      url: address,
      secrets: z.tuple([secret], secret, says(PAIR)).refine(({ length }) => length <= 2, says(PAIR)),
      events: some(oneOf(eventTypes), 'event types').optional(),
      concurrency: whole(1, 100).optional(),
    },
    says('an object'),
  )

  const countries = some(z.string(says(COUNTRY)).refine(isCountry, says(COUNTRY)), 'countries')
  const app = z.strictObject(
    {
      name: text(SLUG, SLUG_SAID),
      keys: listOf(key, 'keys'),
      subAccountId: text(SUB_ACCOUNT, SUB_ACCOUNT_SAID).optional(),
      brand: text(/^\S(.{0,28}\S)?$/u, '1 to 30 characters, with no space around them'),
      countries: isProduction ? countries : countries.optional(),
      channels: some(oneOf(['sms', 'call']), 'channels').optional(),
      codeLength: whole(4, 10).optional(),
      codeValiditySeconds: whole(60, 600).optional(),
      resendIntervalSeconds: whole(10, 600).optional(),
      maxAttempts: whole(1, 5).optional(),
      maxResends: whole(0, 3).optional(),
      whenUndelivered: oneOf(['nothing', 'offer', 'call']).optional(),
      receiptWaitSeconds: whole(0, 300).optional(),
      sendsPerDay: whole(1, 10_000_000).optional(),
      webhooks: listOf(webhook, 'webhooks').optional(),
      origins: listOf(origin, 'origins').optional(),
      audience: text(/^.{1,200}$/, '1 to 200 characters').optional(),
      assertsPhone: z.boolean(says('true or false')).optional(),
      domain: text(DOMAIN, DOMAIN_SAID).optional(),
    },
    says('an object'),
  )
  return z.strictObject({ apps: some(app, 'apps') }, says('an object with the member apps'))
}

export type AppInFile = z.output<ReturnType<typeof createFileSchema>>['apps'][number]
