import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { links } from '../../bin/dev/links.ts'
import { occupiedPorts } from '../../bin/dev/occupied-ports.ts'
import { parseSettings } from '../../bin/dev/settings.ts'
import { findEarlier, type EarlierServer } from '../../platform/dev-server/earlier.ts'
import { findBinary } from '../../platform/dev-server/find-binary.ts'
import { answers, freePort } from '../../platform/dev-server/ports.ts'
import { startDevServer } from '../../platform/dev-server/start.ts'

const report = (line: string) => void process.stderr.write(`${line}\n`)
vi.setConfig({ testTimeout: 60_000 })
let directory = ''

// A machine with nothing at all builds the server here, once.
beforeAll(async () => {
  await findBinary({ report })
}, 30 * 60_000)
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-start-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function listen(): Promise<{ server: Server; port: number }> {
  const port = await freePort()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, port }
}

async function until(fact: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await fact()) return
    await sleep(100)
  }
  throw new Error('it did not come true in 10 s')
}

test('a server in memory takes a login-shaped workflow at once, and is gone when stopped', async () => {
  const server = await startDevServer({ port: 0, headless: true, report })
  const connection = await Connection.connect({ address: server.address })
  const handle = await new Client({ connection }).workflow.start('login', {
    taskQueue: 'nobody',
    workflowId: 'one',
    typedSearchAttributes: [{ key: defineSearchAttributeKey('PosternApp', 'KEYWORD'), value: 'shop' }],
  })
  expect((await handle.describe()).status.name).toBe('RUNNING')
  const queue = { namespace: 'default', taskQueue: { name: 'nobody' } }
  const { workflowTaskQueuePartitions } = await connection.workflowService.listTaskQueuePartitions(queue)
  expect(workflowTaskQueuePartitions).toHaveLength(1)
  expect(server.uiUrl).toBeUndefined()
  await connection.close()
  await server.stop()
  await server.stop()
  expect(await answers(Number(server.address.split(':')[1]))).toBe(false)
})

test('with a database file logins survive a restart; the record comes and goes', async () => {
  const dbFile = join(directory, 'deep', 'temporal.db')
  const recordFile = join(directory, 'temporal.json')
  const options = { port: 0, uiPort: 0, namespace: 'shop', dbFile, recordFile, report }

  const first = await startDevServer(options)
  expect((await fetch(first.uiUrl ?? '')).status).toBe(200)
  expect(await findEarlier(recordFile, dbFile)).toMatchObject({ pid: first.pid })
  const before = await Connection.connect({ address: first.address })
  await new Client({ connection: before, namespace: 'shop' }).workflow.start('login', {
    taskQueue: 'nobody',
    workflowId: 'one',
  })
  await before.close()
  await first.stop()
  await expect(readFile(recordFile)).rejects.toThrow('ENOENT')

  const second = await startDevServer(options)
  const after = await Connection.connect({ address: second.address })
  const description = await new Client({ connection: after, namespace: 'shop' }).workflow
    .getHandle('one')
    .describe()
  expect(description.status.name).toBe('RUNNING')
  await after.close()
  await second.stop()
})

test('its UI asks the codec server that it was started with, and the record says which', async () => {
  const [dbFile, recordFile] = [join(directory, 'temporal.db'), join(directory, 'temporal.json')]
  const uiCodecEndpoint = 'http://127.0.0.1:3003'
  const server = await startDevServer({ port: 0, uiPort: 0, dbFile, recordFile, uiCodecEndpoint, report })
  const settings = await (await fetch(`${server.uiUrl ?? ''}/api/v1/settings`)).json()
  expect(settings).toMatchObject({ Codec: { Endpoint: uiCodecEndpoint } })
  expect(await findEarlier(recordFile, dbFile)).toMatchObject({ uiCodecEndpoint })
  await server.stop()
})

test('the server does not outlive a process that is killed', async () => {
  const start = join(import.meta.dirname, '../../platform/dev-server/start.ts')
  const file = join(directory, 'owner.ts')
  await writeFile(
    file,
    `import { startDevServer } from ${JSON.stringify(start)}
     const server = await startDevServer({ port: 0, headless: true, report: console.error })
     console.log(server.address)`,
  )
  const owner = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve) =>
    owner.stdout.once('data', (d: Buffer) => resolve(d.toString())),
  )
  const port = Number(line.trim().split(':')[1])
  expect(await answers(port)).toBe(true)
  owner.kill('SIGKILL')
  await until(async () => !(await answers(port)))
})

test('a start that fails ends with the reason that the server gave', async () => {
  await expect(
    startDevServer({ port: 0, headless: true, report, extraArgs: ['--no-such-flag'] }),
  ).rejects.toThrow(/did not come up: it ended with status 1[^]*unknown flag: --no-such-flag/)
})

test('an occupied port is refused, and who listens there is not taken for ours', async () => {
  const { server, port } = await listen()
  await expect(startDevServer({ port, headless: true, report })).rejects.toThrow(
    `Port ${port} of 127.0.0.1 is occupied`,
  )
  server.close()
})

test('every occupied port is named at once, with the setting that changes it', async () => {
  const rivals = await Promise.all([listen(), listen(), listen(), listen(), listen()])
  const [api = 0, sandbox = 0, codec = 0, temporal = 0, ui = 0] = rivals.map(({ port }) => port)
  const settings = parseSettings({
    PORT: String(api),
    SANDBOX_PORT: String(sandbox),
    CODEC_PORT: String(codec),
    TEMPORAL_DEV_PORT: String(temporal),
    TEMPORAL_DEV_UI_PORT: String(ui),
  })
  const problems = await occupiedPorts(settings, undefined)
  for (const { server } of rivals) server.close()
  expect(problems).toHaveLength(5)
  expect(problems[0]).toBe(`Port ${api}, for the API, is occupied: PORT=… chooses another.`)
  expect(problems[1]).toContain('SANDBOX_PORT')
  expect(problems[2]).toBe(`Port ${codec}, for the codec server, is occupied: CODEC_PORT=… chooses another.`)
  expect(problems[3]).toMatch(/TEMPORAL_ADDRESS.*TEMPORAL_DEV_PORT/)
  expect(problems[4]).toContain('TEMPORAL_DEV_UI_PORT')
})

test('what is not started needs no port', async () => {
  const { server, port } = await listen()
  const settings = parseSettings({
    PORT: String(await freePort()),
    SANDBOX_PORT: String(port),
    CODEC_PORT: String(port),
    TEMPORAL_DEV_PORT: String(port),
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    NODE_ENV: 'production',
  })
  expect(await occupiedPorts(settings, undefined)).toEqual([])
  server.close()
})

test('one port for two parts is a mistake', async () => {
  const port = String(await freePort())
  const codec = String(await freePort())
  const problems = await occupiedPorts(
    parseSettings({ PORT: port, SANDBOX_PORT: port, CODEC_PORT: codec, TEMPORAL_ADDRESS: 'x:1' }),
    undefined,
  )
  expect(problems).toEqual([
    `Port ${port} is wanted for the API and for the 8x8 sandbox: SANDBOX_PORT=… chooses another.`,
  ])
})

test('a record of a living process that is no Temporal server of ours is not believed', async () => {
  const dbFile = join(directory, 'temporal.db')
  const recordFile = join(directory, 'temporal.json')
  const record = { pid: process.pid, port: 7233, uiPort: 8233, startedAt: new Date().toISOString(), dbFile }
  await writeFile(recordFile, JSON.stringify(record))
  expect(await findEarlier(recordFile, dbFile)).toBeUndefined()
  await writeFile(recordFile, '{"pid":')
  expect(await findEarlier(recordFile, dbFile)).toBeUndefined()
})

test('an earlier server on another port is not joined by a second one on the same database', async () => {
  const earlier = { pid: 4711, port: 7999, startedAt: new Date().toISOString(), dbFile: '/x.db' }
  const ports = {
    PORT: String(await freePort()),
    SANDBOX_PORT: String(await freePort()),
    CODEC_PORT: String(await freePort()),
  }
  const [problem] = await occupiedPorts(parseSettings(ports), earlier)
  expect(problem).toMatch(/TEMPORAL_DEV_PORT=7999 .*kill 4711/)
  expect(await occupiedPorts(parseSettings({ ...ports, TEMPORAL_DEV_PORT: '7999' }), earlier)).toEqual([])
})

describe('the links', () => {
  const earlier = { pid: 4711, port: 7233, startedAt: new Date().toISOString(), dbFile: '/x.db' }
  const linesOf = async (env: NodeJS.ProcessEnv, server?: EarlierServer) =>
    (await links({ settings: parseSettings(env), earlier: server, keysFile: '/none' })).join('\n')

  test('name the codec server, which is not started in production', async () => {
    expect(await linesOf({ CODEC_PORT: '4003' })).toContain('--codec-endpoint http://127.0.0.1:4003')
    expect(await linesOf({ NODE_ENV: 'production' })).not.toMatch(/codec/i)
  })

  test('say when the UI of an earlier start asks no codec server, or another', async () => {
    const told = /started without it: there, payloads stay sealed[^]*`kill 4711`/
    expect(await linesOf({}, earlier)).toMatch(told)
    expect(await linesOf({}, { ...earlier, uiCodecEndpoint: 'http://127.0.0.1:4003' })).toMatch(told)
    expect(await linesOf({}, { ...earlier, uiCodecEndpoint: 'http://127.0.0.1:3003' })).not.toMatch(told)
    expect(await linesOf({})).not.toMatch(told)
  })

  test('say when the codec server demands a token that the UI cannot send', async () => {
    const told = 'It demands a token, which this UI does not send'
    expect(await linesOf({ CODEC_TOKEN: 'a-token-of-the-codec-server' })).toContain(told)
    expect(await linesOf({ CODEC_TOKEN: '' })).not.toContain(told)
  })

  test('show no generated key where it opens nothing, since the apps stand in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-links-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const keysFile = join(folder, 'keys.json')
    await writeFile(keysFile, JSON.stringify({ API_KEY: 'pk_dev_generated' }))
    const told = async (env: NodeJS.ProcessEnv) =>
      (await links({ settings: parseSettings(env), earlier: undefined, keysFile })).join('\n')
    expect(await told({})).toContain('Bearer pk_dev_generated')
    const ofFile = await told({ APPS_FILE: '/etc/postern/apps.json' })
    expect(ofFile).not.toContain('pk_dev_generated')
    expect(ofFile).toContain('with a key of /etc/postern/apps.json (npm run app-key makes one)')
  })
})

test.each(['0', '65536', '3000x', '-1', ' '])('PORT="%s" is a mistake', (text) => {
  expect(parseSettings({ PORT: text }).problems).toHaveLength(1)
  expect(parseSettings({ PORT: '' }).apiPort).toBe(3000)
})
