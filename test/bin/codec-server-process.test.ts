/** The codec server as it runs in earnest: a process, its settings, and the real Temporal CLI before it. */
import { execFile, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { findBinary } from '../../platform/dev-server/find-binary.ts'
import { freePort } from '../../platform/dev-server/ports.ts'
import { withoutTemporalSettings } from '../../platform/dev-server/server-args.ts'
import { aPhone, encryptionKeys, openHouse } from '../support/house.ts'

const program = fileURLToPath(new URL('../../bin/codec-server.ts', import.meta.url))
const TOKEN = 'a-token-of-the-codec-server'

let temporal = ''
beforeAll(async () => {
  temporal = await findBinary({ report: (line) => process.stderr.write(`${line}\n`) })
})

/** Its first line, and its output and exit status when it has ended. */
async function startProcess(settings: Readonly<Record<string, string>>) {
  const port = String(await freePort())
  const env = { PATH: process.env.PATH, CODEC_PORT: port, ENCRYPTION_KEYS: encryptionKeys, ...settings }
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const ready = Promise.withResolvers<undefined>()
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line)
      if (line.startsWith('postern: ready')) ready.resolve(undefined)
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const drain = async () => {
    child.kill('SIGTERM')
    return ended
  }
  onTestFinished(async () => {
    await drain()
  })
  await Promise.race([ready.promise, ended])
  return { url: `http://127.0.0.1:${port}`, lines, ended, drain }
}

/** What the CLI says to an engineer; `codec` as its `--codec-…` options have it. */
function cli(codec: readonly string[], ...args: readonly string[]) {
  const all = [...args, '--address', inject('temporalAddress'), '--disable-config-file', ...codec]
  const env = withoutTemporalSettings(process.env)
  return new Promise<{ status: number; text: string }>((resolve) => {
    const child = execFile(temporal, all, { env, maxBuffer: 1e8 }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, text: stdout + stderr })
    })
  })
}

test('the Temporal CLI shows and queries a login through it, without the code and the number', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone, { userId: 'ada@example.com' })
  const [wrong, right] = [house.wrongCodeFor(phone), house.codeFor(phone)]
  await house.submit(login.id, wrong)
  await house.submit(login.id, right)
  const server = await startProcess({})
  const workflow = ['--workflow-id', house.workflowId(phone)]
  const codec = ['--codec-endpoint', server.url]

  const sealed = await cli([], 'workflow', 'show', ...workflow, '--output', 'json')
  expect(payloadsIn(JSON.parse(sealed.text)).join('\n')).not.toContain('outcome')
  const shown = await cli(codec, 'workflow', 'show', ...workflow, '--output', 'json')
  expect(shown.status).toBe(0)
  const decoded = payloadsIn(JSON.parse(shown.text)).join('\n')
  expect(decoded).toContain('"code":"••••••"')
  expect(decoded).toContain(`"phone":"${phone.masked}"`)
  expect(decoded).toContain('"outcome":"verified"')
  const queried = await cli(codec, 'workflow', 'query', ...workflow, '--type', 'login')
  expect(queried.text).toMatch(/"status":"verified"/)
  const described = await cli(codec, 'workflow', 'describe', ...workflow)
  expect(described.text).toMatch(/enrolmentSends/)
  const seen = decoded + queried.text + described.text + server.lines.join('\n')
  // Times in milliseconds may hold the digits of a code, by chance.
  for (const secret of [wrong, right, phone.e164.slice(1), 'ada@example.com']) {
    expect(seen).not.toMatch(new RegExp(`(?<!\\d)${secret}(?!\\d)`))
  }
})

test('where a token is demanded the CLI brings it with --codec-auth, and sees nothing without', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await house.login(phone)
  const server = await startProcess({ CODEC_TOKEN: TOKEN })
  const query = ['workflow', 'query', '--workflow-id', house.workflowId(phone), '--type', 'login']
  const codec = ['--codec-endpoint', server.url]

  const shown = await cli([...codec, '--codec-auth', `Bearer ${TOKEN}`], ...query)
  expect(shown.text).toMatch(/"status":"waiting_for_code"/)
  const refused = await cli([...codec, '--codec-auth', 'Bearer of-another-token'], ...query)
  expect(refused).toMatchObject({
    status: 1,
    text: expect.stringContaining('/problems/unauthorized') as string,
  })
  expect(refused.text).not.toContain('waiting_for_code')
  expect(server.lines.join('\n')).not.toContain(TOKEN)
})

test('through it the CLI can signal a code, which nobody seals, in development', async () => {
  const house = await openHouse({ isForged: true })
  const phone = aPhone()
  const login = await house.login(phone)
  const server = await startProcess({})
  const input = JSON.stringify({ code: house.codeFor(phone) })
  const signal = ['workflow', 'signal', '--workflow-id', house.workflowId(phone), '--name', 'userCode']
  const sent = await cli(['--codec-endpoint', server.url], ...signal, '--input', input)
  expect(sent).toEqual({ status: 0, text: 'Signal workflow succeeded\n' })
  // The house plays production, where a plain code is refused: it arrived as it was.
  await expect.poll(() => house.refusals()).toHaveLength(1)
  expect((await house.read(login.id)).status).toBe('waiting_for_code')
})

test('it says where it is, keeps its record at every log level, and ends with status 0', async () => {
  const server = await startProcess({ LOG_LEVEL: 'error' })
  expect(server.lines).toEqual([`postern: ready codec-server ${server.url}`])
  const headers = { 'content-type': 'application/json', 'x-namespace': 'default' }
  const answer = await fetch(`${server.url}/decode`, { method: 'POST', headers, body: '{"payloads":[]}' })
  expect(await answer.json()).toEqual({ payloads: [] })
  expect(await server.drain()).toBe(0)
  expect(server.lines.slice(1).map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ part: 'codec-server', caller: 'loopback', outcome: 'answered', msg: 'asked' }),
  ])
})

test('an occupied port is told with the setting that changes it', async () => {
  const rival = createServer()
  const port = await freePort()
  await new Promise<void>((resolve) => rival.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void rival.close())
  const server = await startProcess({ CODEC_PORT: String(port) })
  expect(await server.ended).toBe(1)
  expect(server.lines.join('\n')).toContain(`CODEC_PORT ${port} is occupied`)
})

test('PII-13: in production it does not start open', async () => {
  const server = await startProcess({ NODE_ENV: 'production', TEMPORAL_UI_URL: 'https://ui.example' })
  expect(await server.ended).toBe(1)
  expect(server.lines.join('\n')).toMatch(
    /CODEC_TOKEN or the CODEC_OIDC variables are required in production/,
  )
})

/** Every payload of a history as text, in whatever member it stands. */
function payloadsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const { data } = value as { data?: unknown }
  const own = 'metadata' in value && typeof data === 'string' ? [Buffer.from(data, 'base64').toString()] : []
  return [...own, ...Object.values(value).flatMap(payloadsIn)]
}
