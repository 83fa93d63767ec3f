/** Where the secrets of a development machine come from, in processes of their own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { digestOfKey } from '../../platform/apps/key-lookup.ts'

const from = (path: string) => pathToFileURL(join(import.meta.dirname, '../../platform', path)).href

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-keys-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/**
 * A process that runs this program in the test's directory, with no more environment than told. `said` rejects with
 * what it complained of when it fails: two that said nothing agree in nothing.
 */
function start(program: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: directory, env })
  const isReady = new Promise((resolve) => child.stdout.once('readable', resolve))
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  const said = ended.then(([told, complaint]) => {
    if (child.exitCode !== 0) throw new Error(complaint)
    return told
  })
  return { isReady, go: () => child.stdin.end(), said }
}

const readingConfig = `
  import { readConfig } from '${from('config.ts')}'
  const { apps, lookupKey } = readConfig()
  console.log(JSON.stringify([apps.apps[0].keys[0].digest.toString('hex'), lookupKey.toString('base64')]))`

/** As it is told: of an API key only the digest is kept. */
const told = ([apiKey = '', lookupKey]: readonly (string | undefined)[]) => [
  digestOfKey(apiKey).toString('hex'),
  lookupKey,
]

const keysIn = async (file: string) => {
  const { API_KEY, LOOKUP_KEY } = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
  return [API_KEY, LOOKUP_KEY]
}

test('what is missing in development is generated, and kept in .postern/', async () => {
  const said = await start(readingConfig).said
  expect(JSON.parse(said)).toEqual(told(await keysIn(join(directory, '.postern/keys.json'))))
})

test('generated keys are as long as given ones must be', async () => {
  await start(readingConfig).said
  const [apiKey, lookupKey] = await keysIn(join(directory, '.postern/keys.json'))
  expect(apiKey).toMatch(/^pk_dev_[\w-]{32}$/)
  expect(Buffer.from(lookupKey ?? '', 'base64')).toHaveLength(32)
})

test('a second start has the same keys', async () => {
  const first = await start(readingConfig).said
  expect(await start(readingConfig).said).toBe(first)
})

test('another machine has other keys', async () => {
  const first = await start(readingConfig).said
  await rm(join(directory, '.postern'), { recursive: true })
  expect(await start(readingConfig).said).not.toBe(first)
})

test('a given key is used, and the other one generated', async () => {
  const said = await start(readingConfig, { API_KEY: 'pk_test_0123456789abcdef' }).said
  const [, lookupKey] = await keysIn(join(directory, '.postern/keys.json'))
  expect(JSON.parse(said)).toEqual(told(['pk_test_0123456789abcdef', lookupKey]))
})

test('with all keys given nothing is written', async () => {
  const LOOKUP_KEY = Buffer.alloc(32, 7).toString('base64')
  const ENCRYPTION_KEYS = `given:${LOOKUP_KEY}`
  await start(readingConfig, {
    API_KEY: 'pk_test_0123456789abcdef',
    LOOKUP_KEY,
    ENCRYPTION_KEYS,
    TOKEN_KEYS: ENCRYPTION_KEYS,
  }).said
  expect(await readdir(directory)).toEqual([])
})

test('what parts that start apart seal, each can open, also with a file from before there was encryption', async () => {
  const program = (what: string) => `
    import { readConfig } from '${from('config.ts')}'
    import { readCodecServerConfig } from '${from('config/codec-server.ts')}'
    const { encryptionKeys } = ${what}()
    console.log(encryptionKeys.map(({ id, key }) => id + key.export().toString('hex')).join())`
  await mkdir(join(directory, '.postern'))
  const earlier = { API_KEY: 'pk_dev_earlier_0123456789', LOOKUP_KEY: Buffer.alloc(32, 3).toString('base64') }
  await writeFile(join(directory, '.postern/keys.json'), JSON.stringify(earlier))
  const one = await start(program('readConfig')).said
  expect(one).toMatch(/^development[0-9a-f]{64}\n$/)
  expect(await start(program('readCodecServerConfig')).said).toBe(one)
})

test('OPS-14: production generates nothing', async () => {
  const { said } = start(readingConfig, { NODE_ENV: 'production' })
  await expect(said).rejects.toThrow('LOOKUP_KEY is required in production')
  expect(await readdir(directory)).toEqual([])
})

test('only their owner can read the keys, and no draft is left', async () => {
  await start(readingConfig).said
  const folder = join(directory, '.postern')
  expect(await readdir(folder)).toEqual(['keys.json'])
  expect((await stat(join(folder, 'keys.json'))).mode & 0o777).toBe(0o600)
})

test('a generous umask makes them no less private', async () => {
  await start(`process.umask(0)\n${readingConfig}`).said
  expect((await stat(join(directory, '.postern/keys.json'))).mode & 0o777).toBe(0o600)
})

test('two processes that start at once agree, time after time', async () => {
  const program = `
    import { developmentKeys } from '${from('development-keys.ts')}'
    console.log('ready')
    for await (const _ of process.stdin);
    for (let round = 0; round < 100; round += 1)
      console.log(JSON.stringify(developmentKeys('round-' + round + '/keys.json')))`
  const both = [start(program), start(program)]
  await Promise.all(both.map(({ isReady }) => isReady))
  for (const { go } of both) go()
  const [one = '', other] = await Promise.all(both.map(({ said }) => said))
  expect(one.split('\n')).toHaveLength(102)
  expect(one).toBe(other)
})
