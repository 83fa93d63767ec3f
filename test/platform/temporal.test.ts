/** How Temporal is reached by the variables that say so: empty ones, as `${X:-}` of a compose file leaves them, and bad ones. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, inject, onTestFinished, test, vi } from 'vitest'
import { ConfigError, readConfig, type Config } from '../../platform/config.ts'
import { connectClient, describeTarget } from '../../platform/temporal.ts'

const key = Buffer.alloc(32, 7).toString('base64')
/** With these nothing is generated, so that nothing is written. */
const config = () =>
  readConfig({
    API_KEY: 'pk_test_0123456789abcdef',
    LOOKUP_KEY: key,
    ENCRYPTION_KEYS: `test:${key}`,
    TOKEN_KEYS: `test:${key}`,
  })
/** As with `TEMPORAL_CONFIG_FILE` in what it was read from. */
const withProfile = (): Config => ({
  ...config(),
  temporal: { ...config().temporal, mayReadProfileFile: true },
})
const connect = () => connectClient(config(), { alarm: () => undefined })

function given(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
}
afterEach(() => {
  vi.unstubAllEnvs()
})

async function profileFile(...lines: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-profile-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'temporal.toml')
  await writeFile(file, ['[profile.default]', ...lines, ''].join('\n'))
  return file
}

test('an empty TEMPORAL_TLS does not turn TLS off: no API key leaves in plain text', async () => {
  const server = net.createServer()
  const first = new Promise<Buffer>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined)
      socket.once('data', resolve)
      onTestFinished(() => void socket.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as net.AddressInfo
  given({ TEMPORAL_ADDRESS: `127.0.0.1:${port}`, TEMPORAL_API_KEY: 'a-secret', TEMPORAL_TLS: '' })
  // It waits for an answer that never comes.
  connect().catch(() => undefined)
  const HANDSHAKE = 0x16
  expect((await first)[0]).toBe(HANDSHAKE)
})

test.each(['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_SERVER_CA_CERT_DATA'])(
  'an empty %s is not set: a server without TLS is reached',
  async (name) => {
    given({ TEMPORAL_ADDRESS: inject('temporalAddress'), [name]: '' })
    const { connection } = await connect()
    await connection.close()
  },
)

test('an empty address or namespace is the default', () => {
  given({ TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '' })
  expect(describeTarget(config())).toBe('127.0.0.1:7233, namespace default')
})

test.each([
  ['with typographic quotes', 'api_key = “tmprl_secret”'],
  ['with a table that is misspelt', '[profile.default.tsl]\nclient_key_data = "tmprl_secret"'],
  ['with a line end in its key', 'api_key = "tmprl_secret\\n"'],
])('a profile file %s is an error that repeats nothing of it', async (_name, line) => {
  given({ TEMPORAL_CONFIG_FILE: await profileFile(line) })
  const told = () => describeTarget(withProfile())
  expect(told).toThrow(ConfigError)
  expect(told).not.toThrow(/tmprl_secret/)
})

test.each([
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
])('%s that leads to no file is an error, and not the default address', (name) => {
  given({ [name]: join(tmpdir(), 'postern-no-such-file') })
  expect(() => describeTarget(config())).toThrow(new ConfigError([`${name} cannot be read`]))
})

test('a profile that the file does not have is an error that says so', async () => {
  given({ TEMPORAL_CONFIG_FILE: await profileFile('namespace = "acme"'), TEMPORAL_PROFILE: 'prod' })
  expect(() => describeTarget(withProfile())).toThrow(ConfigError)
  expect(() => describeTarget(withProfile())).toThrow(/TEMPORAL_PROFILE: there is no profile of that name/)
})

test('in production a profile without an address is no 127.0.0.1', async () => {
  given({ TEMPORAL_CONFIG_FILE: await profileFile('namespace = "acme"') })
  expect(describeTarget(withProfile())).toBe('127.0.0.1:7233, namespace acme')
  expect(() => describeTarget({ ...withProfile(), isProduction: true })).toThrow(
    /TEMPORAL_ADDRESS is required/,
  )
})
