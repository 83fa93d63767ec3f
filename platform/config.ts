/** The settings of every part, and the only reader of `process.env`. All that is wrong is said at once. */
import { z } from 'zod'
import { isCountry } from '../domain/phone.ts'
import { defaultLadder, type Ladder } from '../domain/ladder.ts'
import { defaultPolicy, type Policy } from '../domain/policy.ts'
import type { Endpoint } from '../domain/webhook.ts'
import { parseKeyRing, type KeyRing } from './codec/key-ring.ts'
import {
  addresses,
  ConfigError,
  integer,
  key32,
  keyRing,
  toProblem,
  url,
  webhookEvents,
  webhookSecrets,
} from './config/parsers.ts'
import { developmentKeys } from './development-keys.ts'

export { ConfigError }

export type Config = {
  readonly isProduction: boolean
  readonly port: number
  /** Loopback outside production; every address within it. */
  readonly host: string
  readonly publicUrl: string
  readonly temporal: { readonly mayReadProfileFile: boolean; readonly address: string | undefined }
  readonly eightByEight: {
    readonly apiKey: string
    readonly subAccountId: string
    readonly version: 'v1' | 'v2'
    readonly region: 'apac' | 'us' | 'eu' | 'id'
    /** Instead of the region's: the sandbox, or a test's stand-in. */
    readonly baseUrl: string | undefined
  }
  readonly policy: Policy
  readonly apiKey: string
  /** The product name in messages of the single app. */
  readonly brand: string
  readonly allowedCountries: readonly string[] | undefined
  /** 32 bytes: makes workflow ids. Changing it forgets every number, so it is not rotated. */
  readonly lookupKey: Buffer
  /** Seals every payload that Temporal keeps. */
  readonly encryptionKeys: KeyRing
  /** Makes the tokens of callback URLs. */
  readonly tokenKeys: KeyRing
  /** What 8x8's account-wide webhooks must bring; without a token there are none. */
  readonly receipts: {
    readonly token: string | undefined
    readonly authorization: string | undefined
    /** Addresses and CIDR ranges that receipts may come from; left out, any. */
    readonly addresses: readonly string[] | undefined
  }
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  readonly ladder: Ladder
  /** The webhook endpoints of the single app. */
  readonly endpoints: readonly Endpoint[]
  /** Where engineers open the Temporal UI, without a slash at the end. */
  readonly temporalUiUrl: string
  readonly worker: {
    /** Whether the worker takes logins of its own version only (`docs/shipping-workflow-changes.md`). */
    readonly isVersioned: boolean
    /** Default: the version in package.json. */
    readonly buildId: string | undefined
  }
  /** `debug`, `info`, `warn`, `error`. */
  readonly logLevel: string
  /** What is worth a word in the log at start. */
  readonly warnings: readonly string[]
}

const SANDBOX_KEY = 'sandbox-key'
const SANDBOX_SUB_ACCOUNT = 'postern_sandbox'

/** One row a variable; a test holds `.env.example` to them. */
export const variables = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  PORT: integer(1, 65_535, 3000),
  SANDBOX_PORT: integer(1, 65_535, 3002),
  PUBLIC_URL: url.optional(),
  TEMPORAL_ADDRESS: z.string().min(1).optional(),
  TEMPORAL_PROFILE: z.string().min(1).optional(),
  TEMPORAL_CONFIG_FILE: z.string().min(1).optional(),
  EIGHTXEIGHT_API_KEY: z.string().min(1).optional(),
  EIGHTXEIGHT_SUBACCOUNT_ID: z
    .string()
    .regex(/^[A-Za-z0-9\-._&]{3,50}$/, '3 to 50 of A-Z a-z 0-9 - . _ &')
    .optional(),
  EIGHTXEIGHT_BASE_URL: url.optional(),
  EIGHTXEIGHT_REGION: z.enum(['apac', 'us', 'eu', 'id']).optional(),
  EIGHTXEIGHT_API_VERSION: z.enum(['v1', 'v2']).default('v2'),
  CODE_LENGTH: integer(4, 10, defaultPolicy.codeLength),
  CODE_VALIDITY_SECONDS: integer(60, 600, defaultPolicy.codeValiditySeconds),
  RESEND_INTERVAL_SECONDS: integer(10, 600, defaultPolicy.resendIntervalSeconds),
  MAX_ATTEMPTS: integer(1, 5, defaultPolicy.maxAttempts),
  MAX_RESENDS: integer(0, 3, defaultPolicy.maxResends),
  API_KEY: z.string().min(22, 'at least 22 characters, from a random source').optional(),
  BRAND: z.string().min(1).max(30, 'at most 30 characters').default('Postern'),
  ALLOWED_COUNTRIES: z
    .string()
    .regex(/^[A-Z]{2}(,[A-Z]{2})*$/, 'ISO 3166-1 alpha-2 codes with commas between: SG,MY')
    .transform((text) => text.split(','))
    .refine((codes) => codes.every(isCountry), 'countries that have numbers: GB, say, and not UK')
    .optional(),
  LOOKUP_KEY: key32.optional(),
  ENCRYPTION_KEYS: keyRing.optional(),
  TOKEN_KEYS: keyRing.optional(),
  EIGHTXEIGHT_WEBHOOK_TOKEN: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22,128}$/, '22 to 128 of A-Z a-z 0-9 _ -, from a random source')
    .optional(),
  EIGHTXEIGHT_WEBHOOK_AUTHORIZATION: z.string().min(22, 'at least 22 characters').optional(),
  EIGHTXEIGHT_WEBHOOK_ADDRESSES: addresses.optional(),
  TRUSTED_PROXIES: addresses.optional(),
  WHEN_UNDELIVERED: z.enum(['nothing', 'offer', 'call']).default(defaultLadder.whenUndelivered),
  RECEIPT_WAIT_SECONDS: integer(0, 300, defaultLadder.receiptWaitSeconds),
  WEBHOOK_URL: url.optional(),
  WEBHOOK_SECRET: webhookSecrets.optional(),
  WEBHOOK_EVENTS: webhookEvents.optional(),
  WEBHOOK_CONCURRENCY: integer(1, 100, 10),
  TEMPORAL_UI_URL: url.optional(),
  TEMPORAL_DEV_UI_PORT: integer(1, 65_535, 8233),
  WORKER_VERSIONING: z.enum(['on', 'off']).optional(),
  WORKER_BUILD_ID: z
    .string()
    .regex(/^[A-Za-z0-9._+-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 . _ + -')
    .optional(),
  CODEC_PORT: integer(1, 65_535, 3003),
  CODEC_HOST: z.union([z.ipv4(), z.ipv6()], 'an IP address').default('127.0.0.1'),
  CODEC_TOKEN: z.string().min(22, 'at least 22 characters, from a random source').optional(),
  CODEC_OIDC_JWKS_URL: url.optional(),
  CODEC_OIDC_ISSUER: z.string().min(1).optional(),
  CODEC_OIDC_AUDIENCE: z.string().min(1).optional(),
})
const codeVariables = variables.pick({ CODE_LENGTH: true, MAX_ATTEMPTS: true, EIGHTXEIGHT_API_VERSION: true })

/**
 * Reads and checks the environment. An empty variable counts as one that is not set.
 *
 * Outside production what is missing is generated once (`.postern/keys.json`) and 8x8 is the sandbox, unless a base
 * URL or a region names another. With `NODE_ENV=production` nothing is generated and nothing falls back (OPS-14).
 *
 * @throws ConfigError with every problem of the environment
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = variables.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map(toProblem)
  const isProduction = env.NODE_ENV === 'production'
  if (isProduction) problems.push(...unsafeInProduction(given))
  if (given.WEBHOOK_URL && !given.WEBHOOK_SECRET) {
    problems.push('WEBHOOK_SECRET is required with WEBHOOK_URL: echo "whsec_$(openssl rand -base64 32)"')
  }
  // Apart from the rest, so that these are told even when another variable is malformed.
  const lengths = codeVariables.safeParse(given)
  const warnings = lengths.success ? codeProblems(lengths.data, problems) : []
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)

  const read = parsed.data
  const isSandbox = !isProduction && !read.EIGHTXEIGHT_BASE_URL && !read.EIGHTXEIGHT_REGION
  const isAllGiven = read.API_KEY && read.LOOKUP_KEY && read.ENCRYPTION_KEYS && read.TOKEN_KEYS
  const keys = isProduction || isAllGiven ? undefined : developmentKeys()
  const encryptionKeys = read.ENCRYPTION_KEYS ?? parseKeyRing(keys?.ENCRYPTION_KEYS ?? '')
  const tokenKeys = read.TOKEN_KEYS ?? parseKeyRing(keys?.TOKEN_KEYS ?? '')
  if (!encryptionKeys || !tokenKeys) throw new ConfigError(['ENCRYPTION_KEYS and TOKEN_KEYS are required'])
  return {
    isProduction,
    port: read.PORT,
    host: isProduction ? '0.0.0.0' : '127.0.0.1',
    publicUrl: read.PUBLIC_URL ?? `http://127.0.0.1:${read.PORT}`,
    temporal: {
      mayReadProfileFile: Boolean(read.TEMPORAL_PROFILE ?? read.TEMPORAL_CONFIG_FILE),
      address: read.TEMPORAL_ADDRESS,
    },
    eightByEight: {
      apiKey: read.EIGHTXEIGHT_API_KEY ?? SANDBOX_KEY,
      subAccountId: read.EIGHTXEIGHT_SUBACCOUNT_ID ?? SANDBOX_SUB_ACCOUNT,
      version: read.EIGHTXEIGHT_API_VERSION,
      region: read.EIGHTXEIGHT_REGION ?? 'apac',
      baseUrl: read.EIGHTXEIGHT_BASE_URL ?? (isSandbox ? `http://127.0.0.1:${read.SANDBOX_PORT}` : undefined),
    },
    policy: {
      ...defaultPolicy,
      codeLength: read.CODE_LENGTH,
      codeValiditySeconds: read.CODE_VALIDITY_SECONDS,
      resendIntervalSeconds: read.RESEND_INTERVAL_SECONDS,
      maxAttempts: read.MAX_ATTEMPTS,
      maxResends: read.MAX_RESENDS,
    },
    apiKey: read.API_KEY ?? keys?.API_KEY ?? '',
    brand: read.BRAND,
    allowedCountries: read.ALLOWED_COUNTRIES,
    lookupKey: read.LOOKUP_KEY ?? Buffer.from(keys?.LOOKUP_KEY ?? '', 'base64'),
    encryptionKeys,
    tokenKeys,
    receipts: {
      token: read.EIGHTXEIGHT_WEBHOOK_TOKEN,
      authorization: read.EIGHTXEIGHT_WEBHOOK_AUTHORIZATION,
      addresses: read.EIGHTXEIGHT_WEBHOOK_ADDRESSES,
    },
    trustedProxies: read.TRUSTED_PROXIES ?? [],
    ladder: { whenUndelivered: read.WHEN_UNDELIVERED, receiptWaitSeconds: read.RECEIPT_WAIT_SECONDS },
    endpoints: toEndpoints(read),
    temporalUiUrl: temporalUiUrl(read),
    worker: {
      isVersioned: read.WORKER_VERSIONING === undefined ? isProduction : read.WORKER_VERSIONING === 'on',
      buildId: read.WORKER_BUILD_ID,
    },
    logLevel: read.LOG_LEVEL,
    warnings,
  }
}

/** The single app has one endpoint, named as the app is. */
function toEndpoints(read: z.output<typeof variables>): Endpoint[] {
  const { WEBHOOK_URL, WEBHOOK_SECRET, WEBHOOK_EVENTS, WEBHOOK_CONCURRENCY: concurrency } = read
  if (WEBHOOK_URL === undefined || WEBHOOK_SECRET === undefined) return []
  const events = WEBHOOK_EVENTS === undefined ? {} : { events: WEBHOOK_EVENTS }
  return [{ id: 'default', url: WEBHOOK_URL, secrets: WEBHOOK_SECRET, concurrency, ...events }]
}

/** Default: the UI that `npm start` brings up. */
export function temporalUiUrl(
  read: Pick<z.output<typeof variables>, 'TEMPORAL_UI_URL' | 'TEMPORAL_DEV_UI_PORT'>,
): string {
  return (read.TEMPORAL_UI_URL ?? `http://127.0.0.1:${read.TEMPORAL_DEV_UI_PORT}`).replace(/\/+$/, '')
}

function unsafeInProduction(given: Record<string, string | undefined>): string[] {
  const required = [
    'API_KEY',
    'LOOKUP_KEY',
    'ENCRYPTION_KEYS',
    'TOKEN_KEYS',
    'PUBLIC_URL',
    'TEMPORAL_ADDRESS',
    'EIGHTXEIGHT_API_KEY',
    'EIGHTXEIGHT_SUBACCOUNT_ID',
    'ALLOWED_COUNTRIES',
  ]
  const isProfile = given.TEMPORAL_PROFILE ?? given.TEMPORAL_CONFIG_FILE
  const missing = required
    .filter((name) => !given[name] && !(name === 'TEMPORAL_ADDRESS' && isProfile))
    .map((name) => `${name} is required in production`)
  const plain = ['PUBLIC_URL', 'EIGHTXEIGHT_BASE_URL', 'WEBHOOK_URL']
    .filter((name) => URL.parse(given[name] ?? '')?.protocol === 'http:')
    .map((name) => `${name} must be https in production`)
  return [...missing, ...plain]
}

/** Four and five digits are for v1 accounts that fix them, and then with fewer guesses (design 6). */
function codeProblems(read: z.output<typeof codeVariables>, problems: string[]): string[] {
  if (read.CODE_LENGTH >= 6) return []
  if (read.EIGHTXEIGHT_API_VERSION === 'v2')
    problems.push('CODE_LENGTH must be 6 to 10 with v2 of the 8x8 API')
  if (read.MAX_ATTEMPTS > 3) problems.push('MAX_ATTEMPTS must be at most 3 with a CODE_LENGTH below 6')
  return ['CODE_LENGTH is below 6: a guesser needs a hundredth of the tries; ask 8x8 for 6 digits']
}
