/** deploy/compose.yaml and its scripts: held to the repository, to the settings, and to a real Temporal. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readCodecServerConfig } from '../../platform/config/codec-server.ts'
import { readConfig } from '../../platform/config.ts'
import { parseSigningKeys } from '../../platform/signing/signing-keys.ts'
import { checkRetention, missingSearchAttributes } from '../../platform/temporal.ts'
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts'
import { root } from '../house/repository.ts'
import { temporalCliEnv } from '../support/temporal-cli.ts'

const text = readFileSync(join(root, 'deploy/compose.yaml'), 'utf8')
const words = z.array(z.union([z.string(), z.number()]).transform(String))
const service = z.object({
  image: z.string(),
  command: words.optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({}),
  ports: words.default([]),
  volumes: words.default([]),
  networks: words,
  restart: z.string().optional(),
  read_only: z.boolean().default(false),
  cap_drop: words.default([]),
  init: z.boolean().default(false),
  profiles: words.default([]),
  healthcheck: z.object({ test: words.optional(), disable: z.boolean().default(false) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
})
const compose = z
  .object({
    services: z.record(z.string(), service),
    networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) }).nullable()),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(text, { merge: true }))

const services = Object.entries(compose.services).map(([name, one]) => ({ name, ...one }))
const ours = services.filter(({ image }) => image.startsWith('postern:'))
const named = (name: string) => {
  const found = services.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no service ${name}`)
  return found
}

/** Of `.env.example`. */
const settings = [
  ...readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^# ([A-Z][A-Z0-9_]+)=/gm),
].map(([, name = '']) => name)

/** `NAME` → what may follow it: `:?` it must be there, `:-` it may be left out. */
const references = [...text.matchAll(/\$\{(\w+)(:[?-])?([^}]*)\}/g)].map(
  ([, name = '', kind = '', rest = '']) => {
    return { name, kind, rest }
  },
)

describe('the file', () => {
  test('has all parts, each by a command whose file is there', () => {
    expect(ours.map(({ name }) => name)).toEqual([
      ...['api', 'api-2'],
      ...['worker', 'worker-next', 'codec-server', 'operator'],
    ])
    for (const { command = [] } of ours) {
      expect(command[0]).toBe('node')
      expect(existsSync(join(root, command[1] ?? ''))).toBe(true)
    }
  })

  test('names a version of every image', () => {
    for (const { image } of services)
      expect(image).toMatch(
        /^[\w/.-]+:(\d+\.\d+(\.\d+)?|\$\{POSTERN_VERSION:-\d+\.\d+\.\d+\}|\$\{NEXT_VERSION:-next\})/,
      )
  })

  test('gives our parts no variable that .env.example does not have', () => {
    for (const { environment } of ours) {
      for (const name of Object.keys(environment)) expect(settings).toContain(name)
    }
  })

  test('hands every setting on that the file does not fix by itself', () => {
    const fixed = [
      // By the image: production, the bundle, and the version as the build id, of which two run during a rollout.
      ...['NODE_ENV', 'PORT', 'WORKFLOW_BUNDLE', 'WORKER_BUILD_ID'],
      // By the networks: its Temporal is reached without TLS, which an API key would turn on.
      ...['TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE', 'TEMPORAL_API_KEY', 'TEMPORAL_TLS', 'CODEC_PORT'],
      // Of a development machine.
      ...['SANDBOX_PORT', 'DEMO_PORT', 'TEMPORAL_DEV_PORT', 'TEMPORAL_DEV_UI_PORT'],
    ]
    const handed = new Set(ours.flatMap(({ environment }) => Object.keys(environment)))
    expect(settings.filter((name) => !handed.has(name)).toSorted()).toEqual(fixed.toSorted())
  })

  test('SIGNING_KEYS_FILE and APPS_FILE are in folders that are mounted, so that a file which is replaced is seen', () => {
    const mounts = named('api').volumes.map((volume) => volume.split(':'))
    expect(mounts).toContainEqual(['./secrets', '/run/postern', 'ro'])
    expect(mounts).toContainEqual(['./apps', '/etc/postern', 'ro'])
    expect(named('api').environment.SIGNING_KEYS_FILE).toBe('/run/postern/signing-keys.json')
    expect(readFileSync(join(root, 'deploy/new-secrets.sh'), 'utf8')).toContain(
      'APPS_FILE=/etc/postern/apps.json',
    )
  })

  test('a rollout’s second worker is the first with another image, and starts only when it is named', () => {
    const { name: _one, image: _old, profiles, ...worker } = named('worker')
    const { name: _other, image, profiles: later, ...next } = named('worker-next')
    expect(next).toEqual(worker)
    expect([profiles, later, image]).toEqual([[], ['rollout'], 'postern:${NEXT_VERSION:-next}'])
  })

  test('the second API is the first at another port', () => {
    const { name: _one, ports: _first, ...api } = named('api')
    const { name: _other, ports, ...second } = named('api-2')
    expect(second).toEqual(api)
    expect(ports).toEqual(['127.0.0.1:3001:3000'])
  })

  test('holds no secret and no default of one: each must be given', () => {
    const isSecret = /(_KEYS?|_PWD|PASSWORD|SECRET|TOKEN|CLI_AUTH)$/
    for (const { environment } of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (isSecret.test(name) && !name.includes('PASS_ACCESS')) expect(value).toMatch(/^\$\{\w+(:\?|:-)\}$/)
      }
    }
    for (const { name, kind, rest } of references) {
      if (isSecret.test(name)) expect(`${name} ${kind}${rest}`).toMatch(/ (:\?|:-)$/)
    }
  })

  test('publishes the API, the UI and the codec server, on loopback only', () => {
    const publishing = services.filter(({ ports }) => ports.length > 0)
    expect(publishing.map(({ name }) => name)).toEqual(['api', 'api-2', 'codec-server', 'temporal-ui'])
    // A fixed port: of a range each new container gets the next.
    for (const { ports } of publishing)
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  test('keeps database, store and Temporal in networks that lead nowhere', () => {
    const isInternal = (network: string) => compose.networks[network]?.internal === true
    for (const name of ['postgresql', 'valkey', 'temporal', 'schema', 'namespace']) {
      expect(named(name).networks.every(isInternal)).toBe(true)
    }
    expect(named('postgresql').networks).toEqual(['database'])
    for (const { networks } of ours) expect(networks).not.toContain('database')
    for (const { networks } of services)
      for (const one of networks) expect(compose.networks).toHaveProperty(one)
  })

  test('TOK-11: only the API, and an operator’s check, have the keys that sign; the codec server has one key', () => {
    const signing = services.filter(({ volumes }) => volumes.some((volume) => volume.includes('./secrets')))
    expect(signing.map(({ name }) => name)).toEqual(['api', 'api-2', 'operator'])
    expect(Object.keys(named('codec-server').environment).filter((name) => name.includes('KEY'))).toEqual([
      'ENCRYPTION_KEYS',
    ])
  })

  test('runs our parts without a writable root, capabilities or a process 1 that ignores SIGTERM', () => {
    for (const { read_only, cap_drop, init } of ours) {
      expect({ read_only, cap_drop, init }).toEqual({ read_only: true, cap_drop: ['ALL'], init: true })
    }
  })

  test('has what it mounts, and waits for nothing that is not there', () => {
    for (const { volumes, depends_on } of services) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':')
        const isMade = ['./secrets', './apps'].includes(source)
        const isThere = source.startsWith('./')
          ? isMade || existsSync(join(root, 'deploy', source))
          : source in compose.volumes
        expect({ volume, isThere }).toEqual({ volume, isThere: true })
      }
      for (const [name, { condition }] of Object.entries(depends_on)) {
        const { healthcheck, restart } = named(name)
        if (condition === 'service_healthy') expect(healthcheck?.test).toBeDefined()
        else expect({ name, restart }).toEqual({ name, restart: 'on-failure:5' })
      }
    }
  })

  test('starts again what ends, but for what is run once', () => {
    const once = services.filter(({ restart }) => restart !== 'unless-stopped').map(({ name }) => name)
    expect(once).toEqual(['operator', 'schema', 'namespace', 'temporal-cli'])
  })
})

describe('deploy/new-secrets.sh', () => {
  test('makes all that the file requires, and what it makes is taken in production', async () => {
    const folder = aFolder()
    expect(await newSecrets(folder)).toMatchObject({ status: 0 })
    const made = readEnv(join(folder, '.env'))
    for (const { name, kind } of references) if (kind === ':?') expect(made).toHaveProperty(name)

    expect(readdirSync(folder).toSorted()).toEqual(['.env', 'apps', 'secrets'])
    const keys = join(folder, 'secrets/signing-keys.json')
    expect(parseSigningKeys(readFileSync(keys, 'utf8'))).toMatchObject({ keys: [{}] })
    for (const file of [keys, join(folder, '.env')]) expect(statSync(file).mode & 0o077).toBe(0)

    const filled = { ...made, ...filledIn }
    for (const name of ['api', 'worker', 'worker-next', 'operator']) {
      expect(readConfig({ NODE_ENV: 'production', ...environmentOf(name, filled) })).toMatchObject({
        isProduction: true,
        publicUrl: 'https://login.example',
        temporal: { address: 'temporal:7233' },
      })
    }
    const codec = { NODE_ENV: 'production', ...environmentOf('codec-server', filled) }
    expect(readCodecServerConfig(codec)).toMatchObject({ host: '0.0.0.0', namespace: 'postern' })
  }, 30_000)

  test('leaves to be filled in what nobody can make, and the file refuses to start without it', async () => {
    const folder = aFolder()
    await newSecrets(folder)
    const made = readEnv(join(folder, '.env'))
    const required = references.filter(({ kind }) => kind === ':?').map(({ name }) => name)
    const empty = required.filter((name) => made[name] === '')
    // One app's, which the file of several has instead: the start says that they are missing.
    const ofApps = ['ALLOWED_COUNTRIES']
    expect(new Set([...empty, ...ofApps])).toEqual(new Set(Object.keys(filledIn)))
  }, 30_000)

  test('is taken with several apps when what its comment names is left empty', async () => {
    const folder = aFolder()
    await newSecrets(folder)
    const file = join(folder, '.env')
    const comment = /^# [^\n]*With several apps[^=]*APPS_FILE=(\S+)\n(\w+)=/ms.exec(
      readFileSync(file, 'utf8'),
    )
    const [said = '', appsFile = '', ofTheLine = ''] = comment ?? []
    const isPutAway = (name: string) => name === ofTheLine || new RegExp(`\\b${name}\\b`).test(said)
    const ofOneApp = {
      BRAND: 'Acme',
      ALLOWED_ORIGINS: 'https://shop.example',
      ASSERTION_AUDIENCE: 'shop',
      WEBHOOK_URL: 'https://hooks.example',
      WEBHOOK_SECRET: 'whsec_',
    }
    const given = { ...readEnv(file), ...filledIn, ...ofOneApp }
    const filled = Object.entries(given).filter(([name]) => !isPutAway(name))
    const several = { ...Object.fromEntries(filled), APPS_FILE: appsFile }
    for (const name of ['api', 'worker']) {
      const environment = { NODE_ENV: 'production', ...environmentOf(name, several) }
      expect(readConfig(environment).apps).toMatchObject({ file: '/etc/postern/apps.json' })
    }
  }, 30_000)

  test('replaces nothing, and makes other secrets each time', async () => {
    const [folder, other] = [aFolder(), aFolder()]
    await newSecrets(folder)
    await newSecrets(other)
    const before = readFileSync(join(folder, '.env'), 'utf8')
    const again = await newSecrets(folder)
    expect(again.status).toBe(1)
    expect(again.said).toContain('is left as it is')
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(before)
    const [one, two] = [readEnv(join(folder, '.env')), readEnv(join(other, '.env'))]
    const secrets = ['API_KEY', 'LOOKUP_KEY', 'ENCRYPTION_KEYS', 'TOKEN_KEYS', 'CODEC_TOKEN']
    for (const name of [...secrets, 'POSTGRES_PASSWORD', 'VALKEY_PASSWORD'])
      expect(one[name]).not.toBe(two[name])
  }, 30_000)
})

test('deploy/temporal/set-up-namespace.sh makes a namespace as logins need it, and a second time changes nothing', async () => {
  const connection = await Connection.connect({ address: inject('temporalAddress') })
  onTestFinished(() => connection.close())
  const namespace = `test-compose-${process.pid}`
  const env = await temporalCliEnv(namespace)
  for (const _time of ['first', 'second']) {
    const ended = await run('sh', ['deploy/temporal/set-up-namespace.sh'], env)
    expect(ended).toMatchObject({ status: 0 })
  }
  onTestFinished(async () => {
    await connection.operatorService.deleteNamespace({ namespace })
  })
  await checkRetention({ isProduction: true }, connection, namespace)
  expect(await missingSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES)).toEqual([])
}, 60_000)

test.each(['set-up-schema.sh', 'set-up-namespace.sh'])(
  '%s is a script that a plain shell reads',
  async (name) => {
    expect(await run('sh', ['-n', `deploy/temporal/${name}`], { PATH: process.env.PATH })).toMatchObject({
      status: 0,
    })
  },
)

/** What a person knows and no script can. */
const filledIn = {
  PUBLIC_URL: 'https://login.example',
  EIGHTXEIGHT_API_KEY: 'of-the-account',
  EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
  ALLOWED_COUNTRIES: 'SG,MY',
  TEMPORAL_UI_URL: 'https://temporal.example',
  CODEC_URL: 'https://codec.example',
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'new-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const newSecrets = (folder: string) =>
  run('bash', ['deploy/new-secrets.sh', folder], { PATH: process.env.PATH })

function run(program: string, args: string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ status: number; said: string }>((resolve) => {
    const child = execFile(program, args, { cwd: root, env }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, said: stdout + stderr })
    })
  })
}

function readEnv(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, 'utf8').split('\n')
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value = ''] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? []
      return name === undefined ? [] : [[name, value]]
    }),
  )
}

/** As Compose fills it in, to which an empty variable is none. */
function environmentOf(name: string, given: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const fill = (value: string) =>
    value.replace(/\$\{(\w+)(?::-([^}]*)|:\?)?\}/g, (_all, one: string, standard: string | undefined) => {
      const found = given[one] ?? ''
      return found === '' ? (standard ?? '') : found
    })
  const { environment } = named(name)
  return Object.fromEntries(Object.entries(environment).map(([variable, value]) => [variable, fill(value)]))
}
