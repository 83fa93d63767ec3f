import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../domain/policy.ts'
import { digestOfKey } from '../../platform/apps/key-lookup.ts'
import { ConfigError, readConfig } from '../../platform/config.ts'

const lookupKey = Buffer.alloc(32, 7)
/** With these nothing is generated, so that nothing is written. */
const keys = {
  API_KEY: 'pk_test_0123456789abcdef',
  LOOKUP_KEY: lookupKey.toString('base64'),
  ENCRYPTION_KEYS: `2026:${Buffer.alloc(32, 8).toString('base64')},2025:${Buffer.alloc(32, 9).toString('base64')}`,
  TOKEN_KEYS: `2026:${Buffer.alloc(32, 8).toString('base64')}`,
}
const ring = [
  { id: '2026', key: createSecretKey(Buffer.alloc(32, 8)) },
  { id: '2025', key: createSecretKey(Buffer.alloc(32, 9)) },
]
const production = {
  ...keys,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://login.acme.example',
  TEMPORAL_ADDRESS: 'temporal.acme.example:7233',
  EIGHTXEIGHT_API_KEY: 'a-real-key',
  EIGHTXEIGHT_SUBACCOUNT_ID: 'acme_postern',
  ALLOWED_COUNTRIES: 'SG,MY',
}

/** What readConfig says is wrong; none when it reads. */
function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('without settings, outside production', () => {
  test('everything has its default', () => {
    expect(readConfig(keys)).toEqual({
      isProduction: false,
      port: 3000,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:3000',
      metrics: { host: '127.0.0.1', apiPort: undefined, workerPort: undefined },
      traces: { endpoint: undefined, serviceName: undefined },
      temporal: { mayReadProfileFile: false, address: undefined },
      eightByEight: {
        apiKey: 'sandbox-key',
        subAccountId: 'postern_sandbox',
        version: 'v2',
        region: 'apac',
        baseUrl: 'http://127.0.0.1:3002',
      },
      policy: {
        codeLength: 6,
        codeValiditySeconds: 300,
        resendIntervalSeconds: 30,
        maxAttempts: 5,
        maxResends: 2,
        sendLimits: [
          { sends: 3, seconds: 600 },
          { sends: 5, seconds: 3600 },
          { sends: 10, seconds: 86_400 },
        ],
        enrolmentSendLimits: [{ sends: 3, seconds: 86_400 }],
      },
      lookupKey,
      encryptionKeys: ring,
      tokenKeys: ring.slice(0, 1),
      receipts: { token: undefined, authorization: undefined, addresses: undefined },
      trustedProxies: [],
      sendsPerDayCountry: 5000,
      sendsPerDayOverall: 50_000,
      valkeyUrl: undefined,
      blocksFile: undefined,
      signingKeysFile: undefined,
      apps: {
        apps: [
          {
            app: {
              name: 'default',
              subAccountId: 'postern_sandbox',
              brand: 'Postern',
              policy: defaultPolicy,
              ladder: { whenUndelivered: 'offer', receiptWaitSeconds: 0 },
              channels: ['sms', 'call'],
              endpoints: [],
              origins: [],
              audience: 'default',
              assertsPhone: false,
              limits: { sendsPerDay: 10_000 },
            },
            keys: [{ digest: digestOfKey(keys.API_KEY), scopes: new Set(['start', 'read', 'admin']) }],
          },
        ],
      },
      temporalUiUrl: 'http://127.0.0.1:8233',
      worker: { isVersioned: false, buildId: undefined },
      logLevel: 'info',
      warnings: [],
    })
  })

  test('an empty variable counts as one that is not set', () => {
    const empty = Object.fromEntries(Object.keys(everySetting).map((name) => [name, '']))
    expect(readConfig({ ...empty, ...keys })).toEqual(readConfig(keys))
  })

  test('variables of other programs are passed over', () => {
    expect(readConfig({ ...keys, PATH: '/bin', HOME: '/root', LANG: 'C' })).toEqual(readConfig(keys))
  })

  test('the public URL follows the port', () => {
    expect(readConfig({ ...keys, PORT: '4000' }).publicUrl).toBe('http://127.0.0.1:4000')
  })

  test('8x8 is the sandbox, on its port', () => {
    const { eightByEight } = readConfig({ ...keys, SANDBOX_PORT: '4002' })
    expect(eightByEight.baseUrl).toBe('http://127.0.0.1:4002')
  })

  test('a region makes 8x8 the real one', () => {
    const { eightByEight } = readConfig({ ...keys, EIGHTXEIGHT_REGION: 'eu' })
    expect(eightByEight).toMatchObject({ region: 'eu', baseUrl: undefined })
  })
})

const everySetting = {
  LOG_LEVEL: 'debug',
  PORT: '4000',
  SANDBOX_PORT: '4002',
  PUBLIC_URL: 'https://login.acme.example',
  TEMPORAL_ADDRESS: 'temporal.acme.example:7233',
  TEMPORAL_PROFILE: 'acme',
  TEMPORAL_CONFIG_FILE: '/etc/temporal.toml',
  EIGHTXEIGHT_API_KEY: 'a-real-key',
  EIGHTXEIGHT_SUBACCOUNT_ID: 'acme_postern',
  EIGHTXEIGHT_BASE_URL: 'https://8x8.acme.example',
  EIGHTXEIGHT_REGION: 'eu',
  EIGHTXEIGHT_API_VERSION: 'v1',
  CODE_LENGTH: '8',
  CODE_VALIDITY_SECONDS: '120',
  RESEND_INTERVAL_SECONDS: '60',
  MAX_ATTEMPTS: '3',
  MAX_RESENDS: '0',
  BRAND: 'Acme',
  ALLOWED_COUNTRIES: 'SG,MY',
  EIGHTXEIGHT_WEBHOOK_TOKEN: 'a_token_of_twenty_two_characters',
  EIGHTXEIGHT_WEBHOOK_AUTHORIZATION: 'Bearer a-token-of-8x8-itself',
  EIGHTXEIGHT_WEBHOOK_ADDRESSES: '52.220.117.120, 2001:db8::/32',
  TRUSTED_PROXIES: '10.0.0.0/8',
  WHEN_UNDELIVERED: 'call',
  RECEIPT_WAIT_SECONDS: '45',
  WEBHOOK_URL: 'https://acme.example/hook',
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 4).toString('base64')},whsec_${Buffer.alloc(24, 5).toString('base64')}`,
  WEBHOOK_EVENTS: 'login.verified,login.failed',
  WEBHOOK_CONCURRENCY: '3',
  TEMPORAL_UI_URL: 'https://temporal.acme.example/',
  WORKER_VERSIONING: 'on',
  WORKER_BUILD_ID: '2026-11-23.1',
  ALLOWED_ORIGINS: 'https://shop.example,https://pay.example:8443',
  ASSERTION_AUDIENCE: 'https://shop.example',
  ASSERT_PHONE: 'on',
  SMS_DOMAIN: 'shop.example',
  SENDS_PER_DAY: '20',
  SENDS_PER_DAY_COUNTRY: '25',
  SENDS_PER_DAY_OVERALL: '30',
  VALKEY_URL: 'rediss://valkey.acme.example:6379',
  BLOCKS_FILE: '/etc/postern/blocks.json',
  SIGNING_KEYS_FILE: '/etc/postern/signing.json',
}

test('every setting is heard', () => {
  expect(readConfig({ ...everySetting, ...keys })).toMatchObject({
    logLevel: 'debug',
    port: 4000,
    publicUrl: 'https://login.acme.example',
    temporal: { mayReadProfileFile: true, address: 'temporal.acme.example:7233' },
    eightByEight: {
      apiKey: 'a-real-key',
      subAccountId: 'acme_postern',
      version: 'v1',
      region: 'eu',
      baseUrl: 'https://8x8.acme.example',
    },
    policy: {
      codeLength: 8,
      codeValiditySeconds: 120,
      resendIntervalSeconds: 60,
      maxAttempts: 3,
      maxResends: 0,
    },
    receipts: {
      token: 'a_token_of_twenty_two_characters',
      authorization: 'Bearer a-token-of-8x8-itself',
      addresses: ['52.220.117.120', '2001:db8::/32'],
    },
    trustedProxies: ['10.0.0.0/8'],
    apps: {
      apps: [
        {
          app: {
            brand: 'Acme',
            policy: { codeLength: 8, maxResends: 0 },
            allowedCountries: ['SG', 'MY'],
            ladder: { whenUndelivered: 'call', receiptWaitSeconds: 45 },
            endpoints: [
              {
                id: 'default',
                url: 'https://acme.example/hook',
                secrets: everySetting.WEBHOOK_SECRET.split(','),
                events: ['login.verified', 'login.failed'],
                concurrency: 3,
              },
            ],
            origins: ['https://shop.example', 'https://pay.example:8443'],
            audience: 'https://shop.example',
            assertsPhone: true,
            domain: 'shop.example',
            limits: { sendsPerDay: 20 },
          },
        },
      ],
    },
    sendsPerDayCountry: 25,
    sendsPerDayOverall: 30,
    valkeyUrl: 'rediss://valkey.acme.example:6379',
    blocksFile: '/etc/postern/blocks.json',
    signingKeysFile: '/etc/postern/signing.json',
    temporalUiUrl: 'https://temporal.acme.example',
    worker: { isVersioned: true, buildId: '2026-11-23.1' },
  })
})

describe('a value that cannot be meant is refused:', () => {
  test.each([
    ['LOG_LEVEL', 'verbose', 'one of "debug"|"info"|"warn"|"error"'],
    ['PORT', '0', 'a whole number from 1 to 65535'],
    ['PORT', '65536', 'a whole number from 1 to 65535'],
    ['PORT', '3000.5', 'a whole number from 1 to 65535'],
    ['PORT', '-1', 'a whole number from 1 to 65535'],
    ['PORT', '1e3', 'a whole number from 1 to 65535'],
    ['PORT', '0x10', 'a whole number from 1 to 65535'],
    ['PORT', ' 3000', 'a whole number from 1 to 65535'],
    ['PORT', 'http', 'a whole number from 1 to 65535'],
    ['SANDBOX_PORT', '99999', 'a whole number from 1 to 65535'],
    ['PUBLIC_URL', 'login.acme.example', 'an http or https URL without credentials'],
    ['PUBLIC_URL', 'ftp://acme.example', 'an http or https URL without credentials'],
    ['PUBLIC_URL', 'https://user:secret@acme.example', 'an http or https URL without credentials'],
    ['PUBLIC_URL', 'https://:secret@acme.example', 'an http or https URL without credentials'],
    ['EIGHTXEIGHT_BASE_URL', 'javascript:alert(1)', 'an http or https URL without credentials'],
    ['EIGHTXEIGHT_BASE_URL', 'https://8x8.example\n', 'without spaces, query and fragment'],
    ['EIGHTXEIGHT_BASE_URL', 'https://8x8.example/?a=b', 'without spaces, query and fragment'],
    ['EIGHTXEIGHT_BASE_URL', 'https://8x8.example/?', 'without spaces, query and fragment'],
    ['EIGHTXEIGHT_BASE_URL', 'https://8x8.example/#', 'without spaces, query and fragment'],
    ['PUBLIC_URL', 'https://acme.example\n', 'without spaces, query and fragment'],
    ['PUBLIC_URL', 'https://acme.example ', 'without spaces, query and fragment'],
    ['PUBLIC_URL', 'https://acme.example/?a=b', 'without spaces, query and fragment'],
    ['PUBLIC_URL', 'https://acme.example/#', 'without spaces, query and fragment'],
    ['TEMPORAL_API_KEY', 'a-real-key\n', 'visible ASCII characters, without spaces'],
    ['TEMPORAL_API_KEY', '“a-real-key”', 'visible ASCII characters, without spaces'],
    // The library would take it for no, and send the API key in plain text.
    ['TEMPORAL_TLS', 'yes', 'one of "0"|"1"|"true"|"false"'],
    ['EIGHTXEIGHT_API_KEY', 'a-real-key\n', 'visible ASCII characters, without spaces'],
    ['EIGHTXEIGHT_API_KEY', ' ', 'visible ASCII characters, without spaces'],
    ['EIGHTXEIGHT_API_KEY', '“a-real-key”', 'visible ASCII characters, without spaces'],
    [
      'EIGHTXEIGHT_WEBHOOK_AUTHORIZATION',
      'Bearer a-token-of-8x8-itself\n',
      'visible ASCII characters, with spaces between them only',
    ],
    [
      'EIGHTXEIGHT_WEBHOOK_AUTHORIZATION',
      'Bearer “a-token-of-8x8-itself”',
      'visible ASCII characters, with spaces between them only',
    ],
    ['EIGHTXEIGHT_SUBACCOUNT_ID', 'ab', '3 to 50 of A-Z a-z 0-9 - . _ &'],
    ['EIGHTXEIGHT_SUBACCOUNT_ID', 'a/../b', '3 to 50 of A-Z a-z 0-9 - . _ &'],
    ['EIGHTXEIGHT_SUBACCOUNT_ID', 'a:b:c', '3 to 50 of A-Z a-z 0-9 - . _ &'],
    ['EIGHTXEIGHT_SUBACCOUNT_ID', 'a'.repeat(51), '3 to 50 of A-Z a-z 0-9 - . _ &'],
    ['EIGHTXEIGHT_REGION', 'mars', 'one of "apac"|"us"|"eu"|"id"'],
    ['EIGHTXEIGHT_API_VERSION', 'v3', 'one of "v1"|"v2"'],
    ['CODE_LENGTH', '3', 'a whole number from 4 to 10'],
    ['CODE_LENGTH', '11', 'a whole number from 4 to 10'],
    ['CODE_VALIDITY_SECONDS', '59', 'a whole number from 60 to 600'],
    ['CODE_VALIDITY_SECONDS', '601', 'a whole number from 60 to 600'],
    ['RESEND_INTERVAL_SECONDS', '9', 'a whole number from 10 to 600'],
    ['RESEND_INTERVAL_SECONDS', '601', 'a whole number from 10 to 600'],
    ['MAX_ATTEMPTS', '0', 'a whole number from 1 to 5'],
    ['MAX_ATTEMPTS', '6', 'a whole number from 1 to 5'],
    ['MAX_RESENDS', '4', 'a whole number from 0 to 3'],
    ['MAX_RESENDS', '-1', 'a whole number from 0 to 3'],
    ['API_KEY', 'a'.repeat(21), 'at least 22 characters, from a random source'],
    ['API_KEY', 'a key with spaces in it, and long', 'visible ASCII characters, without spaces'],
    ['ALLOWED_ORIGINS', 'https://shop.example/', 'origins such as https://shop.example, with commas between'],
    ['ALLOWED_ORIGINS', '*', 'origins such as https://shop.example, with commas between'],
    ['ASSERT_PHONE', 'yes', 'one of "on"|"off"'],
    ['SMS_DOMAIN', 'https://shop.example', 'a domain name in lower case: shop.example'],
    ['VALKEY_URL', 'http://valkey.example', 'a redis or rediss URL'],
    ['VALKEY_URL', 'redis:valkey.example', 'a redis or rediss URL'],
    ['VALKEY_URL', ' redis://valkey.example', 'a redis or rediss URL'],
    ['VALKEY_URL', 'redis://:p%ss@valkey.example', 'percent-encoded in its user and password'],
    ['VALKEY_URL', 'redis://%E2%82:%AC@valkey.example', 'percent-encoded in its user and password'],
    ['VALKEY_URL', 'redis://%FF:word@valkey.example', 'percent-encoded in its user and password'],
    ['SENDS_PER_DAY', '0', 'a whole number from 1 to 10000000'],
    ['BRAND', 'B'.repeat(31), 'at most 30 characters'],
    ['ALLOWED_COUNTRIES', 'sg', 'ISO 3166-1 alpha-2 codes with commas between: SG,MY'],
    ['ALLOWED_COUNTRIES', 'SG, MY', 'ISO 3166-1 alpha-2 codes with commas between: SG,MY'],
    ['ALLOWED_COUNTRIES', 'SG,', 'ISO 3166-1 alpha-2 codes with commas between: SG,MY'],
    ['ALLOWED_COUNTRIES', 'SGP', 'ISO 3166-1 alpha-2 codes with commas between: SG,MY'],
  ])('%s=%s', (name, value, takes) => {
    expect(problemsOf({ ...keys, [name]: value })).toEqual([`${name} must be ${takes}`])
  })

  test.each([
    ['short by a byte', Buffer.alloc(31, 7).toString('base64')],
    ['of words', 'correct horse battery staple correct horse battery staple'],
    ['with a letter that is none', `${'A'.repeat(43)}*`],
    ['of other letters', '!'.repeat(100)],
  ])('LOOKUP_KEY %s', (_, value) => {
    expect(problemsOf({ ...keys, LOOKUP_KEY: value })).toEqual([
      'LOOKUP_KEY must be base64 of at least 32 random bytes: openssl rand -base64 32',
    ])
  })

  test('the edges are within', () => {
    const least = { CODE_LENGTH: '6', CODE_VALIDITY_SECONDS: '60', RESEND_INTERVAL_SECONDS: '10' }
    const most = { CODE_LENGTH: '10', CODE_VALIDITY_SECONDS: '600', RESEND_INTERVAL_SECONDS: '600' }
    expect(problemsOf({ ...keys, ...least, PORT: '1', MAX_ATTEMPTS: '1', MAX_RESENDS: '0' })).toEqual([])
    expect(problemsOf({ ...keys, ...most, PORT: '65535', MAX_ATTEMPTS: '5', MAX_RESENDS: '3' })).toEqual([])
  })

  test('a key in the other base64, or without its padding, is the same key', () => {
    const bytes = Buffer.alloc(32, 0xfb)
    const spelt = readConfig({ ...keys, LOOKUP_KEY: bytes.toString('base64url') })
    expect(spelt.lookupKey).toEqual(bytes)
  })
})

describe('all that is wrong is said at once', () => {
  test('one line a problem', () => {
    const wrong = { PORT: 'x', MAX_ATTEMPTS: '9', LOG_LEVEL: 'loud', ALLOWED_COUNTRIES: 'Singapore' }
    const names = problemsOf({ ...keys, ...wrong }).map((problem) => problem.split(' ')[0])
    expect(names.toSorted()).toEqual(['ALLOWED_COUNTRIES', 'LOG_LEVEL', 'MAX_ATTEMPTS', 'PORT'])
  })

  test('settings that do not go together beside malformed ones', () => {
    expect(problemsOf({ ...keys, CODE_LENGTH: '4', MAX_ATTEMPTS: '3', PORT: 'x' })).toEqual([
      'PORT must be a whole number from 1 to 65535',
      'CODE_LENGTH must be 6 to 10 with v2 of the 8x8 API',
    ])
  })

  test('what production misses beside malformed and unfit ones', () => {
    const { API_KEY: _, ...rest } = production
    expect(problemsOf({ ...rest, CODE_LENGTH: '4', MAX_ATTEMPTS: '3', PORT: 'x' })).toEqual([
      'PORT must be a whole number from 1 to 65535',
      'API_KEY is required in production',
      'CODE_LENGTH must be 6 to 10 with v2 of the 8x8 API',
    ])
  })

  test('in the message too, for whoever sees only that', () => {
    expect(() => readConfig({ ...keys, PORT: 'x', MAX_RESENDS: 'y' })).toThrow(
      [
        'The configuration is wrong:',
        '  PORT must be a whole number from 1 to 65535',
        '  MAX_RESENDS must be a whole number from 0 to 3',
      ].join('\n'),
    )
  })

  test('a secret that is malformed is not shown', () => {
    const problems = problemsOf({ ...keys, API_KEY: 'hunter2', LOOKUP_KEY: 'hunter2' })
    expect(problems.join()).not.toContain('hunter2')
  })
})

test.each([
  ['WEBHOOK_SECRET', 'whsec_c2hvcnQ=', /^WEBHOOK_SECRET must be whsec_ and base64 of 24 to 64 random bytes/],
  ['WEBHOOK_SECRET', Buffer.alloc(32).toString('base64'), /^WEBHOOK_SECRET must be whsec_/],
  ['WEBHOOK_EVENTS', 'login.verified,login.lost', /^WEBHOOK_EVENTS.* must be event types/],
  ['TRUSTED_PROXIES', '10.0.0.0/33', /^TRUSTED_PROXIES must be IP addresses or CIDR ranges/],
  // Callers are told as IPv4, so that it would match nobody.
  ['TRUSTED_PROXIES', '::ffff:10.0.0.0/104', /^TRUSTED_PROXIES must be IP addresses or CIDR ranges/],
  ['EIGHTXEIGHT_WEBHOOK_TOKEN', 'short', /^EIGHTXEIGHT_WEBHOOK_TOKEN must be 22 to 128/],
])('%s=%s is an error that does not repeat it', (name, value, told) => {
  const [problem = '', ...more] = problemsOf({ ...keys, [name]: value })
  expect(problem).toMatch(told)
  expect(problem).not.toContain(value)
  expect(more).toEqual([])
})

test('an endpoint without a secret is an error', () => {
  expect(problemsOf({ ...keys, WEBHOOK_URL: 'https://acme.example/hook' })).toEqual([
    expect.stringContaining('WEBHOOK_SECRET is required with WEBHOOK_URL') as string,
  ])
})

describe('in production', () => {
  test('with everything required it reads', () => {
    expect(readConfig(production)).toMatchObject({
      isProduction: true,
      host: '0.0.0.0',
      publicUrl: 'https://login.acme.example',
      temporal: { address: 'temporal.acme.example:7233' },
      eightByEight: { apiKey: 'a-real-key', subAccountId: 'acme_postern', baseUrl: undefined },
      apps: { apps: [{ app: { allowedCountries: ['SG', 'MY'] } }] },
      lookupKey,
      encryptionKeys: ring,
    })
  })

  test('a worker is versioned, unless it is told otherwise', () => {
    expect(readConfig(production).worker.isVersioned).toBe(true)
    expect(readConfig({ ...production, WORKER_VERSIONING: 'off' }).worker.isVersioned).toBe(false)
  })

  const required = Object.keys(production).filter((name) => name !== 'NODE_ENV')
  test.each(required)('OPS-14: %s is required', (missing) => {
    const env = Object.fromEntries(Object.entries(production).filter(([name]) => name !== missing))
    expect(problemsOf(env)).toEqual([`${missing} is required in production`])
  })

  test.each(required)('OPS-14: an empty %s is none', (missing) => {
    expect(problemsOf({ ...production, [missing]: '' })).toEqual([`${missing} is required in production`])
  })

  test('OPS-14: with nothing set everything required is listed', () => {
    expect(problemsOf({ NODE_ENV: 'production' }).toSorted()).toEqual(
      required.map((name) => `${name} is required in production`).toSorted(),
    )
  })

  test.each(['TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'])('%s stands for the address', (name) => {
    const { TEMPORAL_ADDRESS: _, ...env } = production
    expect(problemsOf({ ...env, [name]: 'acme' })).toEqual([])
  })

  test.each([
    ['PUBLIC_URL', 'http://login.acme.example'],
    ['PUBLIC_URL', 'HTTP://login.acme.example'],
    ['EIGHTXEIGHT_BASE_URL', 'http://127.0.0.1:3002'],
    ['EIGHTXEIGHT_BASE_URL', 'Http://127.0.0.1:3002'],
  ])('OPS-14: %s=%s is refused, since it is not https', (name, value) => {
    expect(problemsOf({ ...production, [name]: value })).toEqual([`${name} must be https in production`])
  })

  const { WEBHOOK_SECRET } = everySetting
  const ofLength = (length: number) => 'https://acme.example/'.padEnd(length, 'a')

  test.each([
    ['without a port', 'https://acme.example/hook'],
    ['at port 8443', 'https://acme.example:8443/hook'],
    ['of 2048 characters', ofLength(2048)],
  ])('a webhook URL may be one %s', (_what, WEBHOOK_URL) => {
    expect(problemsOf({ ...production, WEBHOOK_URL, WEBHOOK_SECRET })).toEqual([])
  })

  test.each([
    ['that is not https', 'http://acme.example/hook'],
    ['at another port', 'https://acme.example:444/hook'],
    ['of 2049 characters', ofLength(2049)],
  ])('OPS-14: a webhook URL %s is refused, since it is never called; elsewhere it is taken', (_what, url) => {
    const webhook = { WEBHOOK_URL: url, WEBHOOK_SECRET }
    expect(problemsOf({ ...production, ...webhook })).toEqual([
      'WEBHOOK_URL must be https at port 443 or 8443 in production, without credentials and of at most 2048 characters',
    ])
    expect(problemsOf({ ...keys, ...webhook })).toEqual([])
  })

  test.each(['acme.example', 'https://user@acme.example'])(
    'a webhook URL that is one nowhere is told of once: %s',
    (WEBHOOK_URL) => {
      expect(problemsOf({ ...production, WEBHOOK_URL, WEBHOOK_SECRET })).toEqual([
        'WEBHOOK_URL must be an http or https URL without credentials',
      ])
    },
  )
})

test.each([
  ['https://8x8.acme.example', ['EIGHTXEIGHT_BASE_URL is 8x8.acme.example, not 8x8']],
  ['https://localhost:3002', ['EIGHTXEIGHT_BASE_URL is localhost, not 8x8']],
  ['https://verify.8x8.com.acme.example', ['EIGHTXEIGHT_BASE_URL is verify.8x8.com.acme.example, not 8x8']],
  ['https://not8x8.com', ['EIGHTXEIGHT_BASE_URL is not8x8.com, not 8x8']],
  ['https://verify.8x8.com', []],
  ['https://verify.8x8.uk', []],
  ['https://api.wavecell.com', []],
])('OPS-14: in production a stand-in of 8x8 is a warning at every start: %s', (url, told) => {
  expect(readConfig({ ...production, EIGHTXEIGHT_BASE_URL: url }).warnings).toEqual(
    told.map((text) => expect.stringContaining(text) as string),
  )
  expect(readConfig({ ...keys, EIGHTXEIGHT_BASE_URL: url }).warnings).toEqual([])
})

describe('codes of four and five digits', () => {
  const v1 = { ...keys, EIGHTXEIGHT_API_VERSION: 'v1', MAX_ATTEMPTS: '3' }

  test.each(['4', '5'])('are taken with v1 and three attempts, with a warning: %s', (length) => {
    const { policy, warnings } = readConfig({ ...v1, CODE_LENGTH: length })
    expect(policy).toMatchObject({ codeLength: Number(length), maxAttempts: 3 })
    expect(warnings).toEqual([expect.stringContaining('CODE_LENGTH is below 6')])
  })

  test.each(['4', '5'])('are refused with the default of five attempts: %s', (length) => {
    expect(problemsOf({ ...v1, MAX_ATTEMPTS: '', CODE_LENGTH: length })).toEqual([
      'MAX_ATTEMPTS must be at most 3 with a CODE_LENGTH below 6',
    ])
  })

  test.each(['4', '5'])('are refused with v2: %s', (length) => {
    expect(problemsOf({ ...v1, EIGHTXEIGHT_API_VERSION: 'v2', CODE_LENGTH: length })).toEqual([
      'CODE_LENGTH must be 6 to 10 with v2 of the 8x8 API',
    ])
  })

  test('six digits are nothing to warn of, and keep their five attempts', () => {
    const { policy, warnings } = readConfig({ ...keys, EIGHTXEIGHT_API_VERSION: 'v1' })
    expect([policy.codeLength, policy.maxAttempts, warnings]).toEqual([6, 5, []])
  })
})

test('EXP-2: a code lives for 300 s unless set, and no longer than 600 although 8x8 takes 7200', () => {
  expect(readConfig(keys).policy.codeValiditySeconds).toBe(300)
  expect(problemsOf({ ...keys, CODE_VALIDITY_SECONDS: '7200' })).toEqual([
    'CODE_VALIDITY_SECONDS must be a whole number from 60 to 600',
  ])
})

describe('with APPS_FILE', () => {
  const { API_KEY: _, ...others } = keys
  const several = { ...others, APPS_FILE: '/etc/postern/apps.json' }

  test('the apps are those of the file, with the policy here as their default', () => {
    const { apps } = readConfig({
      ...several,
      CODE_LENGTH: '8',
      SENDS_PER_DAY: '7',
      WEBHOOK_CONCURRENCY: '2',
    })
    expect(apps).toEqual({
      file: '/etc/postern/apps.json',
      defaults: {
        isProduction: false,
        version: 'v2',
        subAccountId: 'postern_sandbox',
        policy: { ...defaultPolicy, codeLength: 8 },
        ladder: { whenUndelivered: 'offer', receiptWaitSeconds: 0 },
        limits: { sendsPerDay: 7 },
        concurrency: 2,
      },
    })
  })

  test.each([
    'API_KEY',
    'BRAND',
    'ALLOWED_COUNTRIES',
    'ALLOWED_ORIGINS',
    'WEBHOOK_URL',
    'SMS_DOMAIN',
  ] as const)('%s is an error, since it describes a single app', (name) => {
    const value = { ...everySetting, ...keys }[name]
    expect(problemsOf({ ...several, [name]: value })).toEqual([
      `${name} describes a single app, and cannot be set with APPS_FILE`,
    ])
  })

  test('production requires no key and no countries here, since every app says its own', () => {
    const { API_KEY: key, ALLOWED_COUNTRIES: countries, ...rest } = production
    expect([key, countries]).not.toContain(undefined)
    expect(problemsOf({ ...rest, APPS_FILE: '/etc/postern/apps.json' })).toEqual([])
  })
})
