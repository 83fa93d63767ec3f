import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../../domain/policy.ts'
import { digestOfKey } from '../../../platform/apps/key-lookup.ts'
import { parseAppsFile, type AppDefaults } from '../../../platform/apps/parse-apps-file.ts'

const defaults: AppDefaults = {
  isProduction: false,
  version: 'v2',
  subAccountId: 'acme_default',
  policy: { ...defaultPolicy, maxResends: 1 },
  ladder: { whenUndelivered: 'offer', receiptWaitSeconds: 7 },
  limits: { sendsPerDay: 500 },
  concurrency: 4,
}
const digest = digestOfKey('pk_test_0123456789abcdefghij')
const hash = `sha256:${digest.toString('hex')}`
const secret = `whsec_${Buffer.alloc(32, 4).toString('base64')}`
const smallest = { name: 'shop', brand: 'Shop', keys: [{ hash, scopes: ['start', 'read'] }] }
const webhook = { id: 'shop', url: 'https://shop.example/hook', secrets: [secret] }

const parse = (json: unknown, more: Partial<AppDefaults> = {}) =>
  parseAppsFile(JSON.stringify(json), { ...defaults, ...more })
const problemsOf = (json: unknown, more: Partial<AppDefaults> = {}) => {
  const parsed = parse(json, more)
  return 'problems' in parsed ? parsed.problems : []
}
const problemsOfApp = (app: object, more: Partial<AppDefaults> = {}) => problemsOf({ apps: [app] }, more)

function appsIn(json: unknown, more: Partial<AppDefaults> = {}) {
  const parsed = parse(json, more)
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return parsed.apps
}

test('what an app leaves out is as the environment has it', () => {
  expect(appsIn({ apps: [smallest] })).toEqual([
    {
      app: {
        name: 'shop',
        subAccountId: 'acme_default',
        brand: 'Shop',
        policy: defaults.policy,
        ladder: defaults.ladder,
        channels: ['sms', 'call'],
        endpoints: [],
        origins: [],
        audience: 'shop',
        assertsPhone: false,
        limits: { sendsPerDay: 500 },
      },
      keys: [{ digest, scopes: new Set(['start', 'read']) }],
    },
  ])
})

test('what an app says is taken', () => {
  const whole = {
    ...smallest,
    keys: [{ hash, scopes: ['admin'], expiresAt: '2027-01-31T00:00:00Z' }],
    subAccountId: 'acme_shop',
    countries: ['SG', 'MY'],
    channels: ['sms'],
    codeLength: 8,
    codeValiditySeconds: 120,
    resendIntervalSeconds: 60,
    maxAttempts: 3,
    maxResends: 0,
    whenUndelivered: 'nothing',
    receiptWaitSeconds: 45,
    sendsPerDay: 9,
    webhooks: [
      { ...webhook, secrets: [secret, secret], events: ['login.verified'], concurrency: 2 },
      { ...webhook, id: 'b' },
    ],
    origins: ['https://shop.example', 'http://127.0.0.1:3001'],
    audience: 'https://shop.example',
    assertsPhone: true,
    domain: 'shop.example',
  }
  expect(appsIn({ apps: [whole] })).toEqual([
    {
      app: {
        name: 'shop',
        subAccountId: 'acme_shop',
        brand: 'Shop',
        policy: {
          ...defaultPolicy,
          codeLength: 8,
          codeValiditySeconds: 120,
          resendIntervalSeconds: 60,
          maxAttempts: 3,
          maxResends: 0,
        },
        ladder: { whenUndelivered: 'nothing', receiptWaitSeconds: 45 },
        channels: ['sms'],
        allowedCountries: ['SG', 'MY'],
        endpoints: [
          { ...webhook, secrets: [secret, secret], events: ['login.verified'], concurrency: 2 },
          { ...webhook, id: 'b', concurrency: 4 },
        ],
        origins: whole.origins,
        audience: 'https://shop.example',
        assertsPhone: true,
        domain: 'shop.example',
        limits: { sendsPerDay: 9 },
      },
      keys: [{ digest, scopes: new Set(['admin']), expiresAt: Date.UTC(2027, 0, 31) }],
    },
  ])
})

test('a hash in base64url, padded or not, is the same digest', () => {
  for (const written of [digest.toString('base64url'), `${digest.toString('base64url')}=`]) {
    const [app] = appsIn({ apps: [{ ...smallest, keys: [{ hash: `sha256:${written}`, scopes: ['read'] }] }] })
    expect(app?.keys[0]?.digest).toEqual(digest)
  }
})

test('an app may be without keys, which shuts it out and keeps its webhooks', () => {
  expect(appsIn({ apps: [{ ...smallest, keys: [], webhooks: [webhook] }] })).toHaveLength(1)
})

describe('each member that is wrong is told by its pointer alone:', () => {
  const wrong: readonly (readonly [pointer: string, member: object])[] = [
    ['/apps/0/name', { name: 'Shop!' }],
    ['/apps/0/name', { name: 'x'.repeat(41) }],
    ['/apps/0/name', { name: undefined }],
    ['/apps/0/brand', { brand: 'B'.repeat(31) }],
    ['/apps/0/brand', { brand: ' ' }],
    ['/apps/0/keys', { keys: undefined }],
    ['/apps/0/keys', { keys: {} }],
    ['/apps/0/keys/0/hash', { keys: [{ hash: 'pk_live_a-key-instead-of-its-hash', scopes: ['read'] }] }],
    ['/apps/0/keys/0/hash', { keys: [{ hash: hash.slice(0, -1), scopes: ['read'] }] }],
    ['/apps/0/keys/0/scopes', { keys: [{ hash, scopes: [] }] }],
    ['/apps/0/keys/0/scopes', { keys: [{ hash, scopes: ['read', 'read'] }] }],
    ['/apps/0/keys/0/scopes/1', { keys: [{ hash, scopes: ['read', 'write'] }] }],
    ['/apps/0/keys/0/expiresAt', { keys: [{ hash, scopes: ['read'], expiresAt: 'next year' }] }],
    ['/apps/0/keys/0/expiresAt', { keys: [{ hash, scopes: ['read'], expiresAt: '2027-01-31T00:00:00' }] }],
    ['/apps/0/subAccountId', { subAccountId: 'a:b' }],
    ['/apps/0/countries/1', { countries: ['SG', 'UK'] }],
    ['/apps/0/countries', { countries: [] }],
    ['/apps/0/channels/0', { channels: ['fax'] }],
    ['/apps/0/codeLength', { codeLength: 3 }],
    ['/apps/0/codeLength', { codeLength: '6' }],
    ['/apps/0/codeLength', { codeLength: 4, maxAttempts: 3 }],
    ['/apps/0/codeValiditySeconds', { codeValiditySeconds: 59 }],
    ['/apps/0/resendIntervalSeconds', { resendIntervalSeconds: 9.5 }],
    ['/apps/0/maxAttempts', { maxAttempts: 6 }],
    ['/apps/0/maxResends', { maxResends: -1 }],
    ['/apps/0/whenUndelivered', { whenUndelivered: 'cry' }],
    ['/apps/0/receiptWaitSeconds', { receiptWaitSeconds: 301 }],
    ['/apps/0/sendsPerDay', { sendsPerDay: 0 }],
    ['/apps/0/webhooks/0/id', { webhooks: [{ ...webhook, id: 'Shop' }] }],
    ['/apps/0/webhooks/0/url', { webhooks: [{ ...webhook, url: 'https://user:secret@shop.example' }] }],
    ['/apps/0/webhooks/0/secrets', { webhooks: [{ ...webhook, secrets: secret }] }],
    ['/apps/0/webhooks/0/secrets/0', { webhooks: [{ ...webhook, secrets: [] }] }],
    ['/apps/0/webhooks/0/secrets', { webhooks: [{ ...webhook, secrets: [secret, secret, secret] }] }],
    ['/apps/0/webhooks/0/secrets/0', { webhooks: [{ ...webhook, secrets: ['whsec_c2hvcnQ='] }] }],
    ['/apps/0/webhooks/0/events/0', { webhooks: [{ ...webhook, events: ['login.lost'] }] }],
    ['/apps/0/webhooks/0/concurrency', { webhooks: [{ ...webhook, concurrency: 101 }] }],
    ['/apps/0/origins/0', { origins: ['https://shop.example/'] }],
    ['/apps/0/origins/0', { origins: ['*'] }],
    ['/apps/0/audience', { audience: '' }],
    ['/apps/0/assertsPhone', { assertsPhone: 'yes' }],
    ['/apps/0/domain', { domain: 'https://shop.example' }],
    ['/apps/0/colour', { colour: 'red' }],
  ]
  test.each(wrong)('%s %j', (pointer, member) => {
    const problems = problemsOfApp({ ...smallest, ...member })
    expect(problems).toHaveLength(1)
    expect(problems[0]?.split(' ').slice(0, 2)).toEqual(['APPS_FILE', pointer])
  })
})

test.each([
  ['not JSON', '{"apps": [', /^APPS_FILE is not JSON( \(line 1 column \d+\))?$/],
  ['empty', '', /^APPS_FILE is not JSON/],
  ['a list', '[]', /^APPS_FILE as a whole must be an object with the member apps$/],
  ['without apps', '{"apps": []}', /^APPS_FILE \/apps must be a list of apps, at least one$/],
])('a file that is %s is told of', (_, text, told) => {
  const parsed = parseAppsFile(text, defaults)
  expect('problems' in parsed && parsed.problems).toEqual([expect.stringMatching(told)])
})

describe('what must differ:', () => {
  const other = { ...smallest, name: 'bank', keys: [] }
  test('names', () => {
    expect(problemsOf({ apps: [smallest, { ...other, name: 'shop' }] })).toEqual([
      'APPS_FILE /apps/1/name must be another name than that of /apps/0/name',
    ])
  })

  test('keys, over all apps and however their hashes are written', () => {
    const again = { hash: `sha256:${digest.toString('base64url')}`, scopes: ['read'] }
    expect(problemsOf({ apps: [smallest, { ...other, keys: [again] }] })).toEqual([
      'APPS_FILE /apps/1/keys/0/hash must be another key than that of /apps/0/keys/0/hash',
    ])
  })

  test('endpoints, over all apps', () => {
    const apps = [smallest, other].map((app) => ({ ...app, webhooks: [webhook] }))
    expect(problemsOf({ apps })).toEqual([
      'APPS_FILE /apps/1/webhooks/0/id must be another id than that of /apps/0/webhooks/0/id',
    ])
  })
})

test('all that is wrong is told at once, and what two apps have in common beside it', () => {
  const apps = [smallest, { ...smallest, brand: 7, codeLength: 99, webhooks: [{ id: '!' }] }]
  expect(problemsOf({ apps, more: true }).map((problem) => problem.split(' ')[1])).toEqual([
    '/apps/1/brand',
    '/apps/1/codeLength',
    '/apps/1/webhooks/0/id',
    '/apps/1/webhooks/0/url',
    '/apps/1/webhooks/0/secrets',
    '/more',
    '/apps/1/name',
    '/apps/1/keys/0/hash',
  ])
})

describe('codes of four and five digits', () => {
  test('are for v1 with three attempts', () => {
    const app = { ...smallest, codeLength: 4, maxAttempts: 3 }
    expect(problemsOfApp(app, { version: 'v1' })).toEqual([])
    expect(problemsOfApp({ ...app, maxAttempts: 4 }, { version: 'v1' })).toEqual([
      'APPS_FILE /apps/0/maxAttempts must be at most 3 with a codeLength below 6',
    ])
  })
})

describe('OPS-14: in production', () => {
  const production = { isProduction: true }
  const allowed = { ...smallest, countries: ['SG'] }

  test('an app must say its countries', () => {
    expect(problemsOfApp(allowed, production)).toEqual([])
    expect(problemsOfApp(smallest, production)).toEqual(['APPS_FILE /apps/0/countries is required'])
  })

  test('an origin must be https', () => {
    expect(problemsOfApp({ ...allowed, origins: ['http://shop.example'] }, production)).toEqual([
      'APPS_FILE /apps/0/origins/0 must be https in production',
    ])
  })

  const hookAt = (url: unknown) => ({ ...allowed, webhooks: [{ ...webhook, url }] })
  const ofLength = (length: number) => 'https://shop.example/'.padEnd(length, 'a')

  test.each([
    ['at port 8443', 'https://shop.example:8443/hook'],
    ['of 2048 characters', ofLength(2048)],
  ])('a webhook may have a URL %s', (_what, url) => {
    expect(problemsOfApp(hookAt(url), production)).toEqual([])
  })

  test.each([
    ['that is not https', 'http://shop.example/hook'],
    ['at another port', 'https://shop.example:444/hook'],
    ['of 2049 characters', ofLength(2049)],
  ])('a webhook may not have a URL %s, since it is never called; elsewhere it may', (_what, url) => {
    expect(problemsOfApp(hookAt(url), production)).toEqual([
      'APPS_FILE /apps/0/webhooks/0/url must be https at port 443 or 8443 in production, without credentials and of at most 2048 characters',
    ])
    expect(problemsOfApp(hookAt(url))).toEqual([])
  })

  test.each([7, 'shop.example', 'https://user@shop.example'])(
    'a webhook at no URL is told of once: %s',
    (url) => {
      expect(problemsOfApp(hookAt(url), production)).toHaveLength(1)
      expect(problemsOfApp(hookAt(url))).toHaveLength(1)
    },
  )
})

test('API-9: whatever is wrong and wherever a secret stands, no message repeats it', () => {
  const canary = 'pk_live_Zq8canary7Yw-secret'
  const withCanary = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(canary),
      fc.constantFrom(...[null, true, 7, '', hash, 'shop']),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(canary, 'name', 'brand', 'keys', 'hash', 'scopes', 'webhooks', 'url', 'secrets', 'x'),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  })).value
  fc.assert(
    fc.property(fc.array(withCanary, { maxLength: 3 }), withCanary, (apps, rest) => {
      const problems = problemsOf({ apps, ...(rest === canary ? { [canary]: rest } : { rest }) })
      expect(problems.length).toBeGreaterThan(0)
      expect(problems.join()).not.toContain('canary')
    }),
  )
  const cut = parseAppsFile(`{"apps":[{"name":"${canary}",]}`, defaults)
  expect(JSON.stringify(cut)).not.toContain('canary')
})
