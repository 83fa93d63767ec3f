/** The keys that sign assertions: as an operator makes them with `npm run signing-key`, and as the API wants them. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Connection } from '@temporalio/client'
import { expect, inject, onTestFinished, test } from 'vitest'
import { freePort } from '../../platform/dev-server/ports.ts'
import type { SigningJwk } from '../../platform/signing/new-signing-key.ts'
import { parseSigningKeys } from '../../platform/signing/signing-keys.ts'
import { openNamespace } from '../support/namespace.ts'
import { API_KEY, startPartProcess } from '../support/processes.ts'

const root = resolve(import.meta.dirname, '../..')

type Ended = { readonly status: number; readonly out: string; readonly error: string }

/** A process of ours, to its end. */
function run(env: NodeJS.ProcessEnv, file: string, ...args: string[]): Promise<Ended> {
  return new Promise((done) => {
    const options = { env: { PATH: process.env.PATH, ...env } }
    const child = execFile(process.execPath, [join(root, file), ...args], options, (_error, out, error) => {
      done({ status: child.exitCode ?? -1, out, error })
    })
  })
}

const signingKey = (...args: string[]) => run({}, 'bin/signing-key.ts', ...args)

/** A path at which there is nothing yet, in a folder of its own. */
async function aFile() {
  const folder = await mkdtemp(join(tmpdir(), 'signing-keys-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'keys.json')
  const text = () => readFile(file, 'utf8')
  const keys = async () => (JSON.parse(await text()) as { readonly keys: readonly SigningJwk[] }).keys
  return { folder, file, text, keys }
}

const MODE = 0o777

test('TOK-9: the first key of a file signs at once, and only its owner may read it', async () => {
  const { folder, file, text, keys } = await aFile()
  const made = await signingKey('--add-to', file)
  const [key] = await keys()
  expect(made).toEqual({ status: 0, out: `${key?.kid} signs now\n`, error: '' })
  expect(key).not.toHaveProperty('activeFrom')
  expect(parseSigningKeys(await text())).toMatchObject({ keys: [{ kid: key?.kid, activeFrom: -Infinity }] })
  expect((await stat(file)).mode & MODE).toBe(0o600)
  expect(await readdir(folder)).toEqual(['keys.json'])
})

test('TOK-9: a further key signs from its time on, beside the first, and no private part is shown', async () => {
  const { file, text, keys } = await aFile()
  await signingKey('--add-to', file)
  const [first] = await keys()
  await chmod(file, 0o644)
  const before = Date.now()
  const made = await signingKey('--add-to', file, '--in', '90')
  const after = Date.now()
  const [kept, second] = await keys()
  expect(kept).toEqual(first)
  const activeFrom = Date.parse(second?.activeFrom ?? '')
  expect(activeFrom).toBeGreaterThanOrEqual(before + 90 * 60_000)
  expect(activeFrom).toBeLessThanOrEqual(after + 90 * 60_000)
  expect(made).toEqual({ status: 0, out: `${second?.kid} signs from ${second?.activeFrom} on\n`, error: '' })
  expect(parseSigningKeys(await text())).toMatchObject({
    keys: [
      { kid: first?.kid, activeFrom: -Infinity },
      { kid: second?.kid, activeFrom },
    ],
  })
  expect((await stat(file)).mode & MODE).toBe(0o600)
  expect(made.out).not.toContain(second?.d)
})

test('a file that belongs to another user goes on doing so, when whoever adds to it may say so', async () => {
  const { file, keys } = await aFile()
  await signingKey('--add-to', file)
  // The containers' user, of whom only root can make a file.
  const owner = process.getuid?.() === 0 ? 1000 : (await stat(file)).uid
  await chown(file, owner, (await stat(file)).gid)
  expect(await signingKey('--add-to', file)).toMatchObject({ status: 0, error: '' })
  expect(await keys()).toHaveLength(2)
  expect((await stat(file)).uid).toBe(owner)
})

test('a file that is wrong is left as it was, and nothing of it is repeated', async () => {
  const { folder, file, text } = await aFile()
  const wrong = JSON.stringify({ keys: [{ kty: 'OKP', d: 'not-to-be-shown' }] })
  await writeFile(file, wrong)
  const refused = await signingKey('--add-to', file)
  expect(refused).toMatchObject({
    status: 1,
    out: '',
    error: expect.stringContaining(`${file} is left as it was:\n  SIGNING_KEYS_FILE: keys.0.`) as string,
  })
  expect(refused.error).not.toContain('not-to-be-shown')
  expect(await text()).toBe(wrong)
  expect(await readdir(folder)).toEqual(['keys.json'])
})

test('a folder that is not there is told as that', async () => {
  const { folder } = await aFile()
  const file = join(folder, 'secrets', 'keys.json')
  expect(await signingKey('--add-to', file)).toEqual({
    status: 1,
    out: '',
    error: `${file} is left as it was:\n  its folder is not there, or cannot be written to\n`,
  })
})

test('without a file the key itself is printed, as one that SIGNING_KEYS_FILE takes', async () => {
  const { status, out } = await signingKey('--in', '0')
  expect(status).toBe(0)
  expect(parseSigningKeys(`{"keys":[${out}]}`, Date.now())).toMatchObject({ keys: [{}] })
})

test.each([[['--in', '10081']], [['--in', 'soon']], [['--to', 'keys.json']]])(
  '%j is told how it goes',
  async (args) => {
    expect(await signingKey(...args)).toMatchObject({
      status: 1,
      out: '',
      error: expect.stringMatching(/^Usage: npm run signing-key/) as string,
    })
  },
)

test('OPS-14, TOK-11: in production the API does not start without SIGNING_KEYS_FILE, and says so', async () => {
  const connection = await Connection.connect({ address: inject('temporalAddress') })
  onTestFinished(() => connection.close())
  const production = {
    NODE_ENV: 'production',
    PORT: String(await freePort()),
    PUBLIC_URL: 'https://logins.example',
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: await openNamespace(connection, 30),
    EIGHTXEIGHT_API_KEY: 'sandbox-key',
    EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
    API_KEY,
    ALLOWED_COUNTRIES: 'SG',
    LOOKUP_KEY: randomBytes(32).toString('base64'),
    ENCRYPTION_KEYS: `one:${randomBytes(32).toString('base64')}`,
    TOKEN_KEYS: `one:${randomBytes(32).toString('base64')}`,
  }
  expect(await run(production, 'api/server.ts')).toMatchObject({
    status: 1,
    error: expect.stringMatching(
      /The configuration is wrong:\n {2}SIGNING_KEYS_FILE is required in production\n$/,
    ) as string,
  })
  const { file } = await aFile()
  await signingKey('--add-to', file)
  const api = await startPartProcess('api/server.ts', { ...production, SIGNING_KEYS_FILE: file })
  expect(api.ready).toBe('https://logins.example')
}, 60_000)
