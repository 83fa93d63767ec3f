/** The settings of every part, and the only reader of `process.env`. All that is wrong is said at once. */
import { defaultPolicy, type Policy } from '../domain/policy.ts'
import type { AppsSettings } from './apps/source.ts'
import { parseKeyRing, type KeyRing } from './codec/key-ring.ts'
import { toAppsSettings, problemsOfApps } from './config/apps.ts'
import { ConfigError, givenVariables, toProblem } from './config/parsers.ts'
import { temporalUiUrl, tracesEndpoint, variables, type Variables } from './config/variables.ts'
import { developmentKeys } from './development-keys.ts'
import type { TracesSettings } from './telemetry/traces.ts'

export { ConfigError }

export type Config = {
  readonly isProduction: boolean
  readonly port: number
  /** Loopback outside production; every address within it. */
  readonly host: string
  readonly publicUrl: string
  /** Where Prometheus scrapes the API and the worker; without a port there is no listener. */
  readonly metrics: {
    readonly host: string
    readonly apiPort: number | undefined
    readonly workerPort: number | undefined
  }
  /** Where spans go; without an endpoint there are none. */
  readonly traces: TracesSettings
  readonly temporal: { readonly mayReadProfileFile: boolean; readonly address: string | undefined }
  readonly eightByEight: {
    readonly apiKey: string
    /** Of the single app; of several, of those that name no other. */
    readonly subAccountId: string
    readonly version: 'v1' | 'v2'
    readonly region: 'apac' | 'us' | 'eu' | 'id'
    /** Instead of the region's: the sandbox, or a test's stand-in. */
    readonly baseUrl: string | undefined
  }
  /** Of the single app; of several, what those have that say nothing else. Numbers are told by it. */
  readonly policy: Policy
  /** For `createAppsSource`. */
  readonly apps: AppsSettings
  /** 32 bytes: makes workflow ids. Changing it forgets every number, so it is not rotated. */
  readonly lookupKey: Buffer
  /** Seals every payload that Temporal keeps. */
  readonly encryptionKeys: KeyRing
  /** Makes client tokens and the tokens of callback URLs. */
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
  /** Sends in a day, over all apps. */
  readonly sendsPerDayCountry: number
  readonly sendsPerDayOverall: number
  /** Where limits are counted; left out, in this process's memory. */
  readonly valkeyUrl: string | undefined
  readonly blocksFile: string | undefined
  /** Of the keys that sign assertions. */
  readonly signingKeysFile: string | undefined
  /** Where engineers open the Temporal UI, without a slash at the end. */
  readonly temporalUiUrl: string
  readonly worker: {
    /** Whether the worker takes logins of its own version only (`docs/shipping-workflow-changes.md`). */
    readonly isVersioned: boolean
    /** Default: the version in package.json. */
    readonly buildId: string | undefined
    /** Where `npm run build` has put the workflow code; without one it is bundled at start. */
    readonly bundleFile: string | undefined
  }
  /** `debug`, `info`, `warn`, `error`. */
  readonly logLevel: string
  /** What is worth a word in the log at start. */
  readonly warnings: readonly string[]
}

/** What stands in for 8x8's account outside production. */
export const SANDBOX_KEY = 'sandbox-key'
export const SANDBOX_SUB_ACCOUNT = 'postern_sandbox'

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
  const given: NodeJS.ProcessEnv = givenVariables(env)
  const parsed = variables.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map(toProblem)
  const isProduction = env.NODE_ENV === 'production'
  if (isProduction) problems.push(...unsafeInProduction(given))
  problems.push(...problemsOfApps(given, isProduction))
  // Apart from the rest, so that these are told even when another variable is malformed.
  const lengths = codeVariables.safeParse(given)
  const warnings = lengths.success ? codeProblems(lengths.data, problems) : []
  if (isProduction) warnings.push(...standIn(given.EIGHTXEIGHT_BASE_URL))
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)

  const read = parsed.data
  const isSandbox = !isProduction && !read.EIGHTXEIGHT_BASE_URL && !read.EIGHTXEIGHT_REGION
  const isAllGiven =
    (read.API_KEY ?? read.APPS_FILE) && read.LOOKUP_KEY && read.ENCRYPTION_KEYS && read.TOKEN_KEYS
  const keys = isProduction || isAllGiven ? undefined : developmentKeys()
  const encryptionKeys = read.ENCRYPTION_KEYS ?? parseKeyRing(keys?.ENCRYPTION_KEYS ?? '')
  const tokenKeys = read.TOKEN_KEYS ?? parseKeyRing(keys?.TOKEN_KEYS ?? '')
  if (!encryptionKeys || !tokenKeys) throw new ConfigError(['ENCRYPTION_KEYS and TOKEN_KEYS are required'])
  const policy = toPolicy(read)
  const subAccountId = read.EIGHTXEIGHT_SUBACCOUNT_ID ?? SANDBOX_SUB_ACCOUNT
  return {
    isProduction,
    port: read.PORT,
    host: isProduction ? '0.0.0.0' : '127.0.0.1',
    publicUrl: read.PUBLIC_URL ?? `http://127.0.0.1:${read.PORT}`,
    metrics: {
      host: read.METRICS_HOST,
      apiPort: read.METRICS_PORT,
      workerPort: read.WORKER_METRICS_PORT,
    },
    traces: { endpoint: tracesEndpoint(read), serviceName: read.OTEL_SERVICE_NAME },
    temporal: {
      mayReadProfileFile: Boolean(read.TEMPORAL_PROFILE ?? read.TEMPORAL_CONFIG_FILE),
      address: read.TEMPORAL_ADDRESS,
    },
    eightByEight: {
      apiKey: read.EIGHTXEIGHT_API_KEY ?? SANDBOX_KEY,
      subAccountId,
      version: read.EIGHTXEIGHT_API_VERSION,
      region: read.EIGHTXEIGHT_REGION ?? 'apac',
      baseUrl: read.EIGHTXEIGHT_BASE_URL ?? (isSandbox ? `http://127.0.0.1:${read.SANDBOX_PORT}` : undefined),
    },
    policy,
    apps: toAppsSettings(read, { isProduction, policy, subAccountId, generatedKey: keys?.API_KEY }),
    lookupKey: read.LOOKUP_KEY ?? Buffer.from(keys?.LOOKUP_KEY ?? '', 'base64'),
    encryptionKeys,
    tokenKeys,
    receipts: {
      token: read.EIGHTXEIGHT_WEBHOOK_TOKEN,
      authorization: read.EIGHTXEIGHT_WEBHOOK_AUTHORIZATION,
      addresses: read.EIGHTXEIGHT_WEBHOOK_ADDRESSES,
    },
    trustedProxies: read.TRUSTED_PROXIES ?? [],
    sendsPerDayCountry: read.SENDS_PER_DAY_COUNTRY,
    sendsPerDayOverall: read.SENDS_PER_DAY_OVERALL,
    valkeyUrl: read.VALKEY_URL,
    blocksFile: read.BLOCKS_FILE,
    signingKeysFile: read.SIGNING_KEYS_FILE,
    temporalUiUrl: temporalUiUrl(read),
    worker: {
      isVersioned: read.WORKER_VERSIONING === undefined ? isProduction : read.WORKER_VERSIONING === 'on',
      buildId: read.WORKER_BUILD_ID,
      bundleFile: read.WORKFLOW_BUNDLE,
    },
    logLevel: read.LOG_LEVEL,
    warnings,
  }
}

function toPolicy(read: Variables): Policy {
  return {
    ...defaultPolicy,
    codeLength: read.CODE_LENGTH,
    codeValiditySeconds: read.CODE_VALIDITY_SECONDS,
    resendIntervalSeconds: read.RESEND_INTERVAL_SECONDS,
    maxAttempts: read.MAX_ATTEMPTS,
    maxResends: read.MAX_RESENDS,
  }
}

function unsafeInProduction(given: Record<string, string | undefined>): string[] {
  const required = [
    'LOOKUP_KEY',
    'ENCRYPTION_KEYS',
    'TOKEN_KEYS',
    'PUBLIC_URL',
    'TEMPORAL_ADDRESS',
    'EIGHTXEIGHT_API_KEY',
    'EIGHTXEIGHT_SUBACCOUNT_ID',
  ]
  const isProfile = given.TEMPORAL_PROFILE ?? given.TEMPORAL_CONFIG_FILE
  const missing = required
    .filter((name) => !given[name] && !(name === 'TEMPORAL_ADDRESS' && isProfile))
    .map((name) => `${name} is required in production`)
  const plain = ['PUBLIC_URL', 'EIGHTXEIGHT_BASE_URL']
    .filter((name) => URL.parse(given[name] ?? '')?.protocol === 'http:')
    .map((name) => `${name} must be https in production`)
  return [...missing, ...plain]
}

/** A stand-in may be a company's own way out to 8x8, which is why it is not refused. */
function standIn(baseUrl: string | undefined): string[] {
  const host = URL.parse(baseUrl ?? '')?.hostname
  if (host === undefined || /(^|\.)(8x8\.(com|uk|id)|wavecell\.com)$/.test(host)) return []
  return [`EIGHTXEIGHT_BASE_URL is ${host}, not 8x8: whoever answers there says which code is right`]
}

/** Four and five digits are for v1 accounts that fix them, and then with fewer guesses (design 6). */
function codeProblems(
  read: Pick<Variables, 'CODE_LENGTH' | 'MAX_ATTEMPTS' | 'EIGHTXEIGHT_API_VERSION'>,
  problems: string[],
): string[] {
  if (read.CODE_LENGTH >= 6) return []
  if (read.EIGHTXEIGHT_API_VERSION === 'v2')
    problems.push('CODE_LENGTH must be 6 to 10 with v2 of the 8x8 API')
  if (read.MAX_ATTEMPTS > 3) problems.push('MAX_ATTEMPTS must be at most 3 with a CODE_LENGTH below 6')
  return ['CODE_LENGTH is below 6: a guesser needs a hundredth of the tries; ask 8x8 for 6 digits']
}
