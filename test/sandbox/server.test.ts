import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { parseEnvironment } from '../../sandbox/environment.ts'
import { magicNumbers } from '../../sandbox/magic-numbers.ts'
import { given, phone } from './harness.ts'

/** The sandbox as `npm run sandbox` starts it. */
function start(env: Record<string, string>) {
  const child = spawn(process.execPath, ['sandbox/server.ts'], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit').then(([status]: unknown[]) => status)
  const banner = once(child.stdout.setEncoding('utf8'), 'data').then(([line]: unknown[]) => String(line))
  return { child, exited, banner, errors: text(child.stderr) }
}

describe('the process', () => {
  test('says where it is, and listens there', async () => {
    const { banner } = start({ SANDBOX_PORT: '0', EIGHTXEIGHT_API_KEY: 'from-the-environment' })
    const line = await banner
    expect(line).toMatch(/^8x8 sandbox on http:\/\/127\.0\.0\.1:\d+ \(inbox at \/inbox\)\n/)
    expect((await send(urlIn(line), phone, 'from-the-environment')).status).toBe(200)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with status 0 on %s, even while a request hangs',
    async (signal) => {
      const { child, banner, exited } = start({ SANDBOX_PORT: '0' })
      const url = urlIn(await banner)
      void send(url, magicNumbers.hang.phone, 'sandbox-key').catch(() => undefined)
      await vi.waitFor(async () => {
        expect(await (await fetch(`${url}/sandbox/requests`)).text()).toContain(magicNumbers.hang.phone)
      })
      child.kill(signal)
      expect(await exited).toBe(0)
    },
  )

  test('names SANDBOX_PORT in one line when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { errors, exited } = start({ SANDBOX_PORT: String(port) })
    expect([await exited, await errors]).toEqual([
      1,
      `Port ${port} is already in use. Set SANDBOX_PORT to a free one.\n`,
    ])
  })
})

describe('the environment', () => {
  test('may be empty', () => {
    expect(parseEnvironment({})).toEqual({ port: 3002, apiKey: 'sandbox-key', subAccountId: undefined })
  })

  test('sets port, key and sub-account', () => {
    const env = { SANDBOX_PORT: '0', EIGHTXEIGHT_API_KEY: 'key', EIGHTXEIGHT_SUBACCOUNT_ID: 'acme' }
    expect(parseEnvironment(env)).toEqual({ port: 0, apiKey: 'key', subAccountId: 'acme' })
  })

  test.each(['abc', '65536', '-1', '3002 '])('may not have SANDBOX_PORT=%j', (port) => {
    expect(() => parseEnvironment({ SANDBOX_PORT: port })).toThrow(
      `SANDBOX_PORT must be a port number from 0 to 65535, not "${port}".`,
    )
  })

  test('may name the account’s webhook, with its Authorization or without', () => {
    const url = 'http://127.0.0.1:3000/v1/webhooks/8x8/x'
    const env = { SANDBOX_WEBHOOK_URL: url, SANDBOX_WEBHOOK_AUTHORIZATION: 'Bearer agreed' }
    expect(parseEnvironment(env).webhook).toEqual({ url, authorization: 'Bearer agreed' })
    expect(parseEnvironment({ SANDBOX_WEBHOOK_URL: url }).webhook).toEqual({ url })
    expect(parseEnvironment({ SANDBOX_WEBHOOK_URL: '' })).not.toHaveProperty('webhook')
  })

  test.each(['ftp://x', 'file:///x', 'x'])('may not have SANDBOX_WEBHOOK_URL=%j', (url) => {
    expect(() => parseEnvironment({ SANDBOX_WEBHOOK_URL: url })).toThrow(
      'SANDBOX_WEBHOOK_URL must be an http or https URL.',
    )
  })

  test('takes an empty variable for one that is not set', () => {
    const names = [
      'SANDBOX_PORT',
      'EIGHTXEIGHT_API_KEY',
      'EIGHTXEIGHT_SUBACCOUNT_ID',
      'SANDBOX_WEBHOOK_URL',
      'SANDBOX_WEBHOOK_AUTHORIZATION',
      'SANDBOX_FRAME_ANCESTORS',
    ]
    expect(parseEnvironment(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(
      parseEnvironment({}),
    )
  })
})

describe('startSandbox', () => {
  test('listens on loopback', async () => {
    const { url } = await given()
    expect(new URL(url).hostname).toBe('127.0.0.1')
  })

  test('can be closed twice', async () => {
    const { close } = await given()
    await close()
    await expect(close()).resolves.toBeUndefined()
  })

  test('leaves the Response of its process alone', async () => {
    const before = globalThis.Response
    await given()
    expect(globalThis.Response).toBe(before)
  })
})

function urlIn(banner: string): string {
  return /http:\S+/.exec(banner)?.[0] ?? ''
}

function send(url: string, destination: string, key: string): Promise<Response> {
  return fetch(`${url}/api/v2/subaccounts/acme_verify/sessions`, {
    method: 'POST',
    body: JSON.stringify({ destination }),
    headers: { authorization: `Bearer ${key}` },
  })
}
