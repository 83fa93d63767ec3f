import { z } from 'zod'
import type { App, AppLimits } from '../../domain/app.ts'
import type { Ladder } from '../../domain/ladder.ts'
import type { Policy } from '../../domain/policy.ts'
import { createFileSchema, type AppInFile } from './file-schema.ts'
import type { ConfiguredApp } from './source.ts'

/** What an app has that leaves it out, and what all of them are held to. */
export type AppDefaults = {
  /** Countries are required then, and https. */
  readonly isProduction: boolean
  /** Of 8x8's API, which decides on short codes. */
  readonly version: 'v1' | 'v2'
  readonly subAccountId: string
  readonly policy: Policy
  readonly ladder: Ladder
  readonly limits: AppLimits
  /** Of a webhook endpoint. */
  readonly concurrency: number
}

export type ParsedApps =
  | { readonly apps: readonly ConfiguredApp[] }
  /** All that is wrong, each with its place as a JSON pointer (RFC 6901) and without the value. */
  | { readonly problems: readonly string[] }

/** Reads the text of `APPS_FILE` (docs/apps.md). */
export function parseAppsFile(text: string, defaults: AppDefaults): ParsedApps {
  const read = parseJson(text)
  if ('problem' in read) return { problems: [read.problem] }
  const parsed = createFileSchema(defaults.isProduction).safeParse(read.json)
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(toProblems)),
    // Apart from the rest, so that these are told even when something else is malformed.
    ...problemsTogether(read.json, defaults),
  ]
  if (!parsed.success || problems.length > 0) return { problems: problems.map((one) => `APPS_FILE ${one}`) }
  return { apps: parsed.data.apps.map((app) => toConfiguredApp(app, defaults)) }
}

function parseJson(text: string): { readonly json: unknown } | { readonly problem: string } {
  try {
    return { json: JSON.parse(text) as unknown }
  } catch (error) {
    // The library's message quotes what stands there.
    const [place = ''] = /\(line \d+ column \d+\)/.exec(String(error)) ?? []
    return { problem: `APPS_FILE is not JSON ${place}`.trimEnd() }
  }
}

function toProblems(issue: z.core.$ZodIssue): string[] {
  const at = toPointer(issue.path)
  if (issue.code !== 'unrecognized_keys') return [`${at} ${issue.message}`]
  // A name is told when it is a word; a secret that has got into its place is not.
  return issue.keys.map((name) =>
    /^[A-Za-z]{1,30}$/.test(name)
      ? `${toPointer([...issue.path, name])} is not a member that is known`
      : `${at} has a member that is not known`,
  )
}

/** Segments are names of ours or positions, so that nothing is to be escaped. */
function toPointer(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'as a whole' : path.map((segment) => `/${String(segment)}`).join('')
}

const lax = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)
/** What has to do with what stands elsewhere. Whatever has another form is passed over: it is told of already. */
const together = z.object({
  apps: z
    .array(
      z
        .object({
          name: lax(z.string()),
          codeLength: lax(z.int().min(4)),
          maxAttempts: lax(z.int()),
          keys: lax(z.array(z.object({ hash: lax(z.string()) }).catch({}))),
          webhooks: lax(z.array(z.object({ id: lax(z.string()) }).catch({}))),
        })
        .catch({}),
    )
    .catch([]),
})

function problemsTogether(json: unknown, { version, policy }: AppDefaults): string[] {
  const { apps } = together.catch({ apps: [] }).parse(json)
  const names = apps.map(({ name }, i) => [`/apps/${i}/name`, name] as const)
  const ids = apps.flatMap(({ webhooks = [] }, i) =>
    webhooks.map(({ id }, k) => [`/apps/${i}/webhooks/${k}/id`, id] as const),
  )
  const hashes = apps.flatMap(({ keys = [] }, i) =>
    keys.map(({ hash }, k) => [`/apps/${i}/keys/${k}/hash`, hash && spelling(hash)] as const),
  )
  const lengths = apps.flatMap(({ codeLength = policy.codeLength, maxAttempts = policy.maxAttempts }, i) => {
    if (codeLength >= 6) return []
    return [
      ...(version === 'v2' ? [`/apps/${i}/codeLength must be 6 to 10 with v2 of the 8x8 API`] : []),
      ...(maxAttempts > 3 ? [`/apps/${i}/maxAttempts must be at most 3 with a codeLength below 6`] : []),
    ]
  })
  return [...repeated(names, 'name'), ...repeated(hashes, 'key'), ...repeated(ids, 'id'), ...lengths]
}

/** One digest, however it is written. */
function spelling(hash: string): string {
  const digest = hash.slice('sha256:'.length)
  return Buffer.from(digest, digest.length === 64 ? 'hex' : 'base64url').toString('hex')
}

function repeated(places: readonly (readonly [string, string | undefined])[], what: string): string[] {
  const first = new Map<string, string>()
  const problems: string[] = []
  for (const [pointer, value] of places) {
    if (value === undefined) continue
    const before = first.get(value)
    if (before === undefined) first.set(value, pointer)
    else problems.push(`${pointer} must be another ${what} than that of ${before}`)
  }
  return problems
}

function toConfiguredApp(given: AppInFile, defaults: AppDefaults): ConfiguredApp {
  const { name, brand, countries, domain, webhooks = [] } = given
  const { policy, ladder, limits } = defaults
  const app: App = {
    name,
    subAccountId: given.subAccountId ?? defaults.subAccountId,
    brand,
    policy: {
      ...policy,
      codeLength: given.codeLength ?? policy.codeLength,
      codeValiditySeconds: given.codeValiditySeconds ?? policy.codeValiditySeconds,
      resendIntervalSeconds: given.resendIntervalSeconds ?? policy.resendIntervalSeconds,
      maxAttempts: given.maxAttempts ?? policy.maxAttempts,
      maxResends: given.maxResends ?? policy.maxResends,
    },
    ladder: {
      whenUndelivered: given.whenUndelivered ?? ladder.whenUndelivered,
      receiptWaitSeconds: given.receiptWaitSeconds ?? ladder.receiptWaitSeconds,
    },
    channels: given.channels ?? ['sms', 'call'],
    ...(countries === undefined ? {} : { allowedCountries: countries }),
    endpoints: webhooks.map(({ events, concurrency = defaults.concurrency, ...endpoint }) => ({
      ...endpoint,
      concurrency,
      ...(events === undefined ? {} : { events }),
    })),
    origins: given.origins ?? [],
    audience: given.audience ?? name,
    assertsPhone: given.assertsPhone ?? false,
    ...(domain === undefined ? {} : { domain }),
    limits: { sendsPerDay: given.sendsPerDay ?? limits.sendsPerDay },
  }
  const keys = given.keys.map(({ hash: digest, scopes, expiresAt }) => ({
    digest,
    scopes: new Set(scopes),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }))
  return { app, keys }
}
