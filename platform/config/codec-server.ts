/** The settings of the codec server: only what it needs, so that it holds neither 8x8's key nor an app's. */
import { parseKeyRing, type KeyRing } from '../codec/key-ring.ts'
import { developmentKeys } from '../development-keys.ts'
import { ConfigError, givenVariables, toProblem } from './parsers.ts'
import { temporalUiUrl, variables } from './variables.ts'

export type CodecServerConfig = {
  readonly isProduction: boolean
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host: string
  readonly encryptionKeys: KeyRing
  readonly namespace: string
  /** The only origin whose pages may ask, as browsers write it: scheme, host, port. */
  readonly uiOrigin: string
  /** A bearer token for the Temporal CLI. */
  readonly token: string | undefined
  /** Whose tokens the Temporal UI passes on: JWTs of this issuer, for this audience. */
  readonly oidc: { readonly jwksUrl: string; readonly issuer: string; readonly audience: string } | undefined
  readonly logLevel: string
}

const needed = variables.pick({
  NODE_ENV: true,
  LOG_LEVEL: true,
  ENCRYPTION_KEYS: true,
  TEMPORAL_UI_URL: true,
  TEMPORAL_DEV_UI_PORT: true,
  CODEC_PORT: true,
  CODEC_HOST: true,
  CODEC_TOKEN: true,
  CODEC_OIDC_JWKS_URL: true,
  CODEC_OIDC_ISSUER: true,
  CODEC_OIDC_AUDIENCE: true,
})

/** @throws ConfigError with every problem of the environment, like `readConfig` */
export function readCodecServerConfig(env: NodeJS.ProcessEnv = process.env): CodecServerConfig {
  const given: NodeJS.ProcessEnv = givenVariables(env)
  const parsed = needed.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map(toProblem)
  const isProduction = env.NODE_ENV === 'production'
  problems.push(...problemsOfOidc(given))
  if (isProduction) problems.push(...unsafeInProduction(given))
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)

  const read = parsed.data
  const keys = read.ENCRYPTION_KEYS ?? parseKeyRing(developmentKeys().ENCRYPTION_KEYS)
  if (keys === undefined) throw new ConfigError(['ENCRYPTION_KEYS is required'])
  const { CODEC_OIDC_JWKS_URL: jwksUrl, CODEC_OIDC_ISSUER: issuer, CODEC_OIDC_AUDIENCE: audience } = read
  return {
    isProduction,
    port: read.CODEC_PORT,
    host: read.CODEC_HOST,
    encryptionKeys: keys,
    namespace: given.TEMPORAL_NAMESPACE ?? 'default',
    uiOrigin: new URL(temporalUiUrl(read)).origin,
    token: read.CODEC_TOKEN,
    oidc: jwksUrl && issuer && audience ? { jwksUrl, issuer, audience } : undefined,
    logLevel: read.LOG_LEVEL,
  }
}

const oidcNames = ['CODEC_OIDC_JWKS_URL', 'CODEC_OIDC_ISSUER', 'CODEC_OIDC_AUDIENCE']

function problemsOfOidc(given: Record<string, string | undefined>): string[] {
  const missing = oidcNames.filter((name) => !given[name])
  if (missing.length === 0 || missing.length === oidcNames.length) return []
  return missing.map((name) => `${name} is required with the other CODEC_OIDC variables`)
}

function unsafeInProduction(given: Record<string, string | undefined>): string[] {
  const missing = ['ENCRYPTION_KEYS', 'TEMPORAL_UI_URL', 'TEMPORAL_NAMESPACE']
    .filter((name) => !given[name])
    .map((name) => `${name} is required in production`)
  const isOpen = !given.CODEC_TOKEN && oidcNames.some((name) => !given[name])
  const plain = ['TEMPORAL_UI_URL', 'CODEC_OIDC_JWKS_URL']
    .filter((name) => URL.parse(given[name] ?? '')?.protocol === 'http:')
    .map((name) => `${name} must be https in production`)
  return [
    ...missing,
    ...plain,
    ...(isOpen ? ['CODEC_TOKEN or the CODEC_OIDC variables are required in production'] : []),
  ]
}
