/** `npm run check-setup`: what an operator is told before people log in, by a real Temporal, a real store and real TLS. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Connection } from '@temporalio/client'
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { judge, leastSkew } from '../../bin/check-setup/clock.ts'
import { holesOf, isBefore, LEAST_SAFE } from '../../bin/check-setup/server-version.ts'
import { newSigningKey } from '../../platform/signing/new-signing-key.ts'
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts'
import { closedPort, httpServer, tlsServer } from '../activities/eight-by-eight/stand-ins.ts'
import { startRedis } from '../limits/redis-server.ts'
import { openNamespace } from '../support/namespace.ts'

const command = fileURLToPath(new URL('../../bin/check-setup.ts', import.meta.url))

type Told = { readonly status: number; readonly text: string; readonly lines: readonly string[] }

/** The command as a person runs it, with no more environment than told. */
function checkSetup(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Told> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...env } }
    const child = execFile(process.execPath, [command, ...args], options, (_error, stdout, stderr) => {
      const text = stdout + stderr
      resolve({ status: child.exitCode ?? -1, text, lines: text.split('\n') })
    })
  })
}

let connection: Connection
beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') })
  return () => connection.close()
})

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'check-setup-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'file')
  writeFileSync(file, text)
  return file
}

const signingKeys = () => fileWith(JSON.stringify({ keys: [newSigningKey()] }))
const secret = () => randomBytes(32).toString('base64')

/** As production should be, but for the age of the tests' Temporal server. */
async function production(more: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
  const eightByEight = await tlsServer('DNS:localhost')
  return {
    NODE_ENV: 'production',
    NODE_EXTRA_CA_CERTS: fileWith(eightByEight.certificate),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: await openNamespace(connection, 30),
    EIGHTXEIGHT_BASE_URL: `https://localhost:${eightByEight.port}`,
    EIGHTXEIGHT_API_KEY: secret(),
    EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
    API_KEY: secret(),
    ALLOWED_COUNTRIES: 'SG',
    PUBLIC_URL: 'https://login.example',
    TRUSTED_PROXIES: '192.0.2.1',
    LOOKUP_KEY: secret(),
    ENCRYPTION_KEYS: `test:${secret()}`,
    TOKEN_KEYS: `test:${secret()}`,
    SIGNING_KEYS_FILE: signingKeys(),
    BLOCKS_FILE: fileWith('{"blocks":[]}'),
    ...more,
  }
}

/** The lines of a level, but what the tests themselves differ in: the server's version, and the stand-in of 8x8. */
const linesOf = (level: string, { lines }: Told) =>
  lines.filter(
    (line) => line.startsWith(`${level} `) && !/version: |EIGHTXEIGHT_BASE_URL is localhost/.test(line),
  )

describe('in production', () => {
  test('what is as it should be is ok, and no secret is shown', async () => {
    const redis = await startRedis()
    const env = await production({ VALKEY_URL: redis.url, WEBHOOK_URL: 'https://1.1.1.1/hook' })
    const webhookSecret = `whsec_${secret()}`
    const told = await checkSetup({ ...env, WEBHOOK_SECRET: webhookSecret })
    expect([...linesOf('wrong', told), ...linesOf('warning', told)]).toEqual([])
    expect(told.text).toContain('EIGHTXEIGHT_BASE_URL is localhost, not 8x8')
    expect(linesOf('ok', told).map((line) => line.replace(/^ok +(.*?): .*$/, '$1'))).toEqual([
      'settings',
      'apps',
      'blocks',
      'proxies',
      'signing keys',
      'Temporal',
      'namespace',
      'search attributes',
      'limits',
      'limits',
      '8x8',
      'clock',
      'clock',
      'webhook default',
    ])
    expect(told.text).toContain('answers by TLSv1.3; the key was not tried')
    expect(told.text).toMatch(/^(ok|wrong) +version: 1\.\d+\.\d+/m)
    const { API_KEY, LOOKUP_KEY, ENCRYPTION_KEYS, TOKEN_KEYS, EIGHTXEIGHT_API_KEY } = env
    const secrets = [API_KEY, LOOKUP_KEY, ENCRYPTION_KEYS, TOKEN_KEYS, EIGHTXEIGHT_API_KEY, webhookSecret]
    for (const one of secrets) expect(told.text).not.toContain(one)
  }, 60_000)

  test('OPS-14: all that is missing is listed at once, and nothing else is asked', async () => {
    const told = await checkSetup({ NODE_ENV: 'production', PUBLIC_URL: 'http://login.example' })
    expect(told.status).toBe(1)
    for (const problem of [
      'API_KEY is required in production',
      'LOOKUP_KEY is required in production',
      'PUBLIC_URL must be https in production',
    ]) {
      expect(told.lines).toContain(`wrong    settings: ${problem}`)
    }
    expect(told.text).not.toContain('Temporal:')
  })

  test('row 51: a namespace that forgets too soon, or that is not there, is wrong, with the command', async () => {
    const short = await openNamespace(connection, 29)
    const forgetful = await checkSetup(await production({ TEMPORAL_NAMESPACE: short }))
    expect(forgetful.status).toBe(1)
    expect(linesOf('wrong', forgetful)).toEqual([
      expect.stringContaining(`namespace update --namespace ${short} --retention 30d`),
    ])

    const absent = await checkSetup(await production({ TEMPORAL_NAMESPACE: 'nobody-made-this' }))
    expect(absent.status).toBe(1)
    expect(linesOf('wrong', absent)).toEqual([
      expect.stringContaining('namespace create --namespace nobody-made-this --retention 30d'),
    ])
  }, 60_000)

  test('search attributes that nobody registered are wrong, and stay unregistered', async () => {
    const namespace = await openNamespace(connection, 30)
    await connection.operatorService.removeSearchAttributes({
      namespace,
      searchAttributes: [...SEARCH_ATTRIBUTES],
    })
    const told = await checkSetup(await production({ TEMPORAL_NAMESPACE: namespace }))
    expect(linesOf('wrong', told)).toEqual([
      expect.stringContaining(`search-attribute create --namespace ${namespace} --name PosternApp`),
    ])
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
    for (const name of SEARCH_ATTRIBUTES) expect(customAttributes).not.toHaveProperty(name)
  }, 60_000)

  test('a Temporal, an 8x8 and a store that do not answer are wrong', async () => {
    const [port, other, third] = [await closedPort(), await closedPort(), await closedPort()]
    const told = await checkSetup(
      await production({
        TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
        EIGHTXEIGHT_BASE_URL: `https://localhost:${other}`,
        VALKEY_URL: `redis://:not-to-be-shown@127.0.0.1:${third}`,
      }),
    )
    expect(told.status).toBe(1)
    expect(linesOf('wrong', told)).toEqual([
      expect.stringMatching(/^wrong +Temporal: cannot be reached/),
      expect.stringMatching(/^wrong +limits: the store of VALKEY_URL does not answer/),
      expect.stringMatching(/^wrong +8x8: localhost:\d+ does not answer.*ECONNREFUSED/),
    ])
    expect(told.text).not.toContain('not-to-be-shown')
  }, 60_000)

  test('a certificate for Temporal that cannot be read is wrong, and the rest is looked at', async () => {
    const told = await checkSetup(await production({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/no/such/file' }))
    expect(told.status).toBe(1)
    expect(linesOf('wrong', told)).toEqual([
      expect.stringMatching(/^wrong +Temporal: TEMPORAL_TLS_SERVER_CA_CERT_PATH cannot be read$/),
    ])
    expect(told.text).toMatch(/^ok +8x8: /m)
  })

  test('OPS-7: an 8x8 whose certificate nobody vouches for is wrong, and one without TLS 1.3 a warning', async () => {
    const strange = await checkSetup(await production({ NODE_EXTRA_CA_CERTS: '' }))
    expect(linesOf('wrong', strange)).toEqual([expect.stringMatching(/^wrong +8x8: .*certificate/)])

    const old = await tlsServer('DNS:localhost', { maxVersion: 'TLSv1.2' })
    const env = {
      EIGHTXEIGHT_BASE_URL: `https://localhost:${old.port}`,
      NODE_EXTRA_CA_CERTS: fileWith(old.certificate),
    }
    const told = await checkSetup(await production(env))
    expect(linesOf('warning', told)).toContainEqual(expect.stringMatching(/^warning +8x8: .*TLSv1.2/))
  }, 60_000)

  test('a webhook that leads into a private network is wrong, and its URL is not shown', async () => {
    const url = 'https://10.0.0.7/hook?token=not-to-be-shown'
    const told = await checkSetup(await production({ WEBHOOK_URL: url, WEBHOOK_SECRET: `whsec_${secret()}` }))
    expect(linesOf('wrong', told)).toEqual([
      'wrong    webhook default: its name leads to an address that is not of the public Internet',
    ])
    expect(told.text).not.toContain('not-to-be-shown')
  }, 60_000)

  test('what somebody should have decided is a warning: no proxy, no shared store, no kill switch', async () => {
    const told = await checkSetup(await production({ TRUSTED_PROXIES: '', BLOCKS_FILE: '' }))
    expect(linesOf('warning', told)).toEqual([
      expect.stringContaining('without BLOCKS_FILE'),
      expect.stringContaining('TRUSTED_PROXIES is empty'),
      expect.stringContaining('without VALKEY_URL'),
    ])
  }, 60_000)

  test('a store that forgets under pressure is a warning', async () => {
    const redis = await startRedis()
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    const told = await checkSetup(await production({ VALKEY_URL: redis.url }))
    expect(linesOf('warning', told)).toEqual([expect.stringContaining('its policy is allkeys-lru')])
  }, 60_000)

  test('signing keys that are missing, unreadable or all to come are wrong', async () => {
    const later = { keys: [newSigningKey(new Date(Date.now() + 60_000))] }
    for (const [file, problem] of [
      ['', 'SIGNING_KEYS_FILE is required in production'],
      ['/nowhere/keys.json', 'SIGNING_KEYS_FILE cannot be read'],
      [fileWith(JSON.stringify(later)), 'no key signs now'],
    ] as const) {
      const told = await checkSetup(await production({ SIGNING_KEYS_FILE: file }))
      expect(told.status).toBe(1)
      expect(linesOf('wrong', told)).toEqual([expect.stringContaining(problem)])
    }
  }, 90_000)

  test('the files of apps and blocks are read as the parts read them', async () => {
    const { API_KEY: _key, ALLOWED_COUNTRIES: _countries, ...env } = await production()
    const files = { APPS_FILE: fileWith('{"apps":[{}]}'), BLOCKS_FILE: fileWith('{"blocks":[{}]}') }
    const told = await checkSetup({ ...env, ...files })
    expect(told.status).toBe(1)
    expect(linesOf('wrong', told)).toContainEqual(expect.stringMatching(/^wrong +apps: /))
    expect(linesOf('wrong', told)).toContainEqual(expect.stringMatching(/^wrong +blocks: /))
  }, 60_000)
})

test('outside production what is unsafe is a warning, and the exit status is 0', async () => {
  const server = await httpServer((response) => response.end())
  const { NODE_ENV: _, SIGNING_KEYS_FILE: _file, ...env } = await production()
  const told = await checkSetup({
    ...env,
    TEMPORAL_NAMESPACE: await openNamespace(connection, 1),
    EIGHTXEIGHT_BASE_URL: server.baseUrl,
  })
  expect({ status: told.status, wrong: told.lines.filter((line) => line.startsWith('wrong')) }).toEqual({
    status: 0,
    wrong: [],
  })
  expect(linesOf('warning', told)).toContainEqual(expect.stringContaining('must be at least 30 days'))
  expect(linesOf('warning', told)).toContainEqual(expect.stringContaining('answers without TLS'))
}, 60_000)

test('OPS-12: a clock that is an hour off is a warning, and 8x8 is asked nothing but its Date', async () => {
  const server = await httpServer((response) => {
    response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString())
    response.end()
  })
  const { NODE_ENV: _, ...env } = await production()
  const told = await checkSetup({ ...env, EIGHTXEIGHT_BASE_URL: server.baseUrl })
  expect(linesOf('warning', told)).toContainEqual(
    expect.stringMatching(/^warning +clock: 3\d{3}\.\d s behind 8x8’s/),
  )
  expect(new Set(server.seen.map(({ method, url }) => `${method} ${url}`))).toEqual(new Set(['HEAD /']))
  for (const { headers, body } of server.seen) {
    expect(headers).not.toHaveProperty('authorization')
    expect(body).toBe('')
  }
}, 60_000)

test('what it cannot make out of its arguments it says', async () => {
  expect(await checkSetup({}, '--force')).toMatchObject({
    status: 1,
    text: expect.stringMatching(/^Usage: npm run check-setup/) as string,
  })
})

describe('a clock is told wrong only as far as the other one proves it:', () => {
  test.each([
    ['the same second', { least: 5000, most: 6000, from: 5100, until: 5200 }, 0],
    ['just before that second', { least: 5000, most: 6000, from: 4000, until: 4900 }, -100],
    ['long before it', { least: 5000, most: 6000, from: 1000, until: 1500 }, -3500],
    ['long after it', { least: 5000, most: 6000, from: 9000, until: 9100 }, 3000],
    ['an answer that took long', { least: 5000, most: 6000, from: 1000, until: 9000 }, 0],
  ])('%s', (_, reading, skew) => {
    expect(leastSkew(reading)).toBe(skew)
  })

  test('one second is still taken, and a little more is not', () => {
    const reading = { least: 0, most: 0, until: 2000 }
    expect(judge('the other’s', { ...reading, from: 1000 }).level).toBe('ok')
    expect(judge('the other’s', { ...reading, from: 1001 }).level).toBe('warning')
  })
})

describe('OPS-1: the holes of a server’s version:', () => {
  const four = ['CVE-2025-14986', 'CVE-2025-14987', 'CVE-2026-5199', 'CVE-2026-5724']
  test.each([
    ['1.24.0', ['CVE-2025-14986', 'CVE-2025-14987', 'CVE-2026-5724']],
    ['1.28.4', []],
    ['1.29.1', four],
    ['1.29.4', ['CVE-2026-5199', 'CVE-2026-5724']],
    ['1.29.5', ['CVE-2026-5724']],
    ['1.29.6', []],
    ['1.30.2', ['CVE-2026-5199', 'CVE-2026-5724']],
    ['1.30.3', ['CVE-2026-5724']],
    ['v1.30.4', []],
    ['1.31.0-150.1', []],
    ['1.32.0', []],
    ['2.0.0', []],
  ])('%s: %j', (version, cves) => {
    expect(holesOf(version).map(({ cve }) => cve)).toEqual(cves)
  })

  test('versions are compared by number and not by letter', () => {
    expect(isBefore('1.9.0', '1.29.1')).toBe(true)
    expect(isBefore('1.29.10', LEAST_SAFE)).toBe(false)
    expect(isBefore(LEAST_SAFE, LEAST_SAFE)).toBe(false)
  })
})
