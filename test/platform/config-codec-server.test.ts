/** The codec server's settings: few of its own, and refusals before anything is decoded for a stranger. */
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../platform/config.ts'
import { readCodecServerConfig } from '../../platform/config/codec-server.ts'

const keys = { ENCRYPTION_KEYS: `2026:${Buffer.alloc(32, 8).toString('base64')}` }
const production = {
  ...keys,
  NODE_ENV: 'production',
  TEMPORAL_UI_URL: 'https://temporal.acme.example/ui/',
  TEMPORAL_NAMESPACE: 'postern',
  CODEC_TOKEN: 'a-token-that-is-long-enough',
}
const oidc = {
  CODEC_OIDC_JWKS_URL: 'https://id.acme.example/jwks.json',
  CODEC_OIDC_ISSUER: 'https://id.acme.example',
  CODEC_OIDC_AUDIENCE: 'temporal',
}

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readCodecServerConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

test('outside production everything has its default', () => {
  expect(readCodecServerConfig(keys)).toMatchObject({
    isProduction: false,
    port: 3003,
    host: '127.0.0.1',
    namespace: 'default',
    uiOrigin: 'http://127.0.0.1:8233',
    token: undefined,
    oidc: undefined,
    logLevel: 'info',
  })
})

test('the origin of the UI is that of its address, as a browser writes it', () => {
  const uiUrl = (TEMPORAL_UI_URL: string) => readCodecServerConfig({ ...keys, TEMPORAL_UI_URL }).uiOrigin
  expect(uiUrl('https://Temporal.acme.example:443/ui/')).toBe('https://temporal.acme.example')
  expect(readCodecServerConfig({ ...keys, TEMPORAL_DEV_UI_PORT: '9000' }).uiOrigin).toBe(
    'http://127.0.0.1:9000',
  )
})

test('every setting is heard', () => {
  const env = { ...production, ...oidc, CODEC_PORT: '4003', CODEC_HOST: '10.0.0.5', LOG_LEVEL: 'warn' }
  expect(readCodecServerConfig(env)).toMatchObject({
    isProduction: true,
    port: 4003,
    host: '10.0.0.5',
    namespace: 'postern',
    uiOrigin: 'https://temporal.acme.example',
    token: production.CODEC_TOKEN,
    oidc: { jwksUrl: oidc.CODEC_OIDC_JWKS_URL, issuer: oidc.CODEC_OIDC_ISSUER, audience: 'temporal' },
    logLevel: 'warn',
  })
})

describe('PII-13: in production', () => {
  test('nothing else is required of it: neither an app’s key nor 8x8’s', () => {
    expect(problemsOf(production)).toEqual([])
  })

  test.each(['ENCRYPTION_KEYS', 'TEMPORAL_UI_URL', 'TEMPORAL_NAMESPACE'])('%s is required', (missing) => {
    expect(problemsOf({ ...production, [missing]: '' })).toEqual([`${missing} is required in production`])
  })

  test('it does not start open to everybody', () => {
    const told = ['CODEC_TOKEN or the CODEC_OIDC variables are required in production']
    expect(problemsOf({ ...production, CODEC_TOKEN: '' })).toEqual(told)
    expect(problemsOf({ ...production, ...oidc, CODEC_TOKEN: '' })).toEqual([])
  })

  test.each(['TEMPORAL_UI_URL', 'CODEC_OIDC_JWKS_URL'])('%s must be https', (name) => {
    const env = { ...production, ...oidc, [name]: 'http://acme.example' }
    expect(problemsOf(env)).toEqual([`${name} must be https in production`])
  })
})

test('half of the OIDC settings is an error, which names the other half', () => {
  const { CODEC_OIDC_AUDIENCE: _, ...half } = oidc
  expect(problemsOf({ ...keys, ...half })).toEqual([
    'CODEC_OIDC_AUDIENCE is required with the other CODEC_OIDC variables',
  ])
})

test.each([
  ['CODEC_TOKEN', 'short', 'CODEC_TOKEN must be at least 22 characters, from a random source'],
  [
    'CODEC_TOKEN',
    'a-token-that-is-long-enough\n',
    'CODEC_TOKEN must be visible ASCII characters, without spaces',
  ],
  ['CODEC_HOST', 'localhost', 'CODEC_HOST must be an IP address'],
  ['CODEC_PORT', '0', 'CODEC_PORT must be a whole number from 1 to 65535'],
])('%s=%s is an error', (name, value, told) => {
  expect(problemsOf({ ...keys, [name]: value })).toEqual([told])
})

test('a malformed key ring is an error that does not repeat it', () => {
  const [problem = ''] = problemsOf({ ENCRYPTION_KEYS: '2026:c2VjcmV0' })
  expect(problem).toMatch(/^ENCRYPTION_KEYS must be id:base64 of 32 random bytes/)
  expect(problem).not.toContain('c2VjcmV0')
})
