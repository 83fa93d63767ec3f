/** A collector that is away, refuses, hangs or was never named; and histories of traced logins. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { HistoryAndWorkflowId } from '@temporalio/client'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { Worker, type WorkflowBundleOption } from '@temporalio/worker'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { toFixture } from '../../bin/record-history/fixture.ts'
import { parseHistory, toHistory, type History } from '../../bin/replay/history.ts'
import { openHistory } from '../../bin/replay/payloads.ts'
import { bundleOnce, openReplayer } from '../../bin/replay/replayer.ts'
import { readConfig } from '../../platform/config.ts'
import { freePort } from '../../platform/dev-server/ports.ts'
import { openTraces, withoutTraces } from '../../platform/telemetry/traces.ts'
import { aPhone, openHouse } from '../support/house.ts'
import { openCollector, openTracedHouse } from './traces-house.ts'

const AWAY = 'traces are not exported: the collector does not take them'
const silent = { info: () => undefined, warn: () => undefined }

async function listening(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
}

const aRequest = { method: 'GET', requestId: 'req_of_a_test', traceparent: undefined }
const anAnswer = { route: '/v1/logins', status: 200, login: undefined }

test('with the collector away logins go on, and the log says so once', async () => {
  const { api, house, lines } = await openTracedHouse(`http://127.0.0.1:${await freePort()}/v1/traces`)
  for (let n = 0; n < 3; n += 1) {
    const phone = aPhone()
    const { id } = await api.login(phone)
    expect((await api.submit(id, house.codeFor(phone))).status).toBe(200)
  }
  const told = () => lines.map(({ level, message }) => `${level} ${message}`).sort()
  // The API's, and the worker's: here they have one log.
  await expect.poll(told).toEqual([`warn ${AWAY}`, `warn ${AWAY}`])
})

test('a collector that refuses is told of once, with no word of its own, and again when it takes spans', async () => {
  let isWilling = false
  let asked = 0
  const lines: unknown[] = []
  const endpoint = await listening((request, response) => {
    asked += 1
    request
      .resume()
      .once('end', () => response.writeHead(isWilling ? 200 : 400).end('canary of the collector'))
  })
  const traces = await openTraces(
    'api',
    { endpoint, serviceName: undefined, batchMs: 10 },
    {
      warn: (fields, message) => lines.push({ level: 'warn', fields, message }),
      info: (fields, message) => lines.push({ level: 'info', fields, message }),
    },
  )
  onTestFinished(() => traces?.close())
  const request = async () => {
    const before = asked
    traces?.requests.begin(aRequest).end(anAnswer)
    await expect.poll(() => asked).toBe(before + 1)
  }
  await request()
  await request()
  await request()
  isWilling = true
  await request()
  await expect
    .poll(() => lines)
    .toEqual([
      { level: 'warn', fields: { lost: 1 }, message: AWAY },
      { level: 'info', fields: { lost: 3 }, message: 'traces are exported again' },
    ])
})

test('OPS-10: what is left is exported when a process stops, and a collector that hangs does not hold it', async () => {
  const collector = await openCollector()
  const settings = { serviceName: 'mine', batchMs: 600_000 }
  const traces = await openTraces('worker', { ...settings, endpoint: collector.url }, silent)
  traces?.begin('8x8 send', {})({ 'postern.outcome': 'sent', 'somebody.else': 'x' }, false)
  await traces?.close()
  expect(collector.spans().map(({ service, name, attributes }) => ({ service, name, attributes }))).toEqual([
    { service: 'mine', name: '8x8 send', attributes: { 'postern.outcome': 'sent' } },
  ])

  const hanging = await openTraces('api', { ...settings, endpoint: await listening(() => undefined) }, silent)
  hanging?.requests.begin(aRequest).end(anAnswer)
  await expect(hanging?.close()).resolves.toBeUndefined()
})

describe('OPS-9: a history', () => {
  /** As worker.ts bundles the workflows. */
  const traced = () => ({ codePath: inject('workflowBundle') })
  /** As `npm run replay` does. */
  const bare = bundleOnce()

  test('of every kind would replay with traces and without, had it been traced', async () => {
    const folder = new URL('../workflows/histories/', import.meta.url)
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
    const histories = await Promise.all(
      names.map(async (name) => {
        const { history } = await openHistory(withTraces(readFileSync(new URL(name, folder), 'utf8')), noKeys)
        expect(headersIn(history)).toBeGreaterThan(0)
        return { workflowId: name, history: historyFromJSON(history) }
      }),
    )
    expect(await diverging(traced(), histories)).toEqual([])
    expect(await diverging(await bare(), histories)).toEqual([])
  })

  test('that was recorded with traces replays with them and without, and can be kept as a golden one without', async () => {
    const collector = await openCollector()
    const { api, house, client } = await openTracedHouse(collector.url)
    const phone = aPhone()
    const { id } = await api.login(phone)
    const wrong = [house.wrongCodeFor(phone), house.wrongCodeFor(phone, 2)]
    await Promise.all(wrong.map((code) => api.submit(id, code)))
    expect((await api.submit(id, house.codeFor(phone))).status).toBe(200)
    const workflowId = house.workflowId(phone)
    const sealed = toHistory(await client.workflow.getHandle(workflowId).fetchHistory())
    const [codec] = house.dataConverter.payloadCodecs ?? []
    if (codec === undefined) throw new Error('the house has no codec')
    const keys = { codec, namespace: house.namespace }
    const { history } = await openHistory(sealed, () => Promise.resolve(keys))
    // Of the start and its update, of three codes, and of the four activities that followed.
    expect(headersIn(history)).toBe(9)
    const one = [{ workflowId, history: historyFromJSON(history) }]
    expect(await diverging(traced(), one)).toEqual([])
    expect(await diverging(await bare(), one)).toEqual([])

    const replayer = openReplayer(bare)
    onTestFinished(() => replayer.close())
    const fixture = await toFixture(history, replayer)
    expect(fixture).toMatchObject({ outcome: 'fixture' })
    expect('text' in fixture && fixture.text).not.toContain('traceparent')
  })

  test('of a login without traces has no header', async () => {
    const house = await openHouse()
    const phone = aPhone()
    const { id } = await house.login(phone)
    await house.submit(id, house.codeFor(phone))
    const history = toHistory(await house.client.workflow.getHandle(house.workflowId(phone)).fetchHistory())
    expect(headersIn(history)).toBe(0)
  })
})

const noKeys = () => Promise.reject(new Error('a golden history is not encrypted'))

/** Those that the bundle does not replay, and why. */
async function diverging(workflowBundle: WorkflowBundleOption, histories: readonly HistoryAndWorkflowId[]) {
  const found: string[] = []
  const results = Worker.runReplayHistories({ workflowBundle, ...withoutTraces }, histories)
  for await (const { workflowId, error } of results) if (error) found.push(`${workflowId}: ${error.message}`)
  return found
}

/** The same history as if whoever started it, and sent each message, had a trace. */
function withTraces(text: string): History {
  const payload = {
    metadata: { encoding: Buffer.from('json/plain').toString('base64') },
    data: Buffer.from(`{"traceparent":"00-${'a'.repeat(32)}-${'b'.repeat(16)}-01"}`).toString('base64'),
  }
  const header = { fields: { '_tracer-data': payload } }
  const withHeader = (key: string, value: object): object => {
    const isMessage = /^workflowExecution(Started|Signaled)EventAttributes$/.test(key)
    return isMessage || (key === 'input' && 'name' in value) ? { ...value, header } : value
  }
  const planted: unknown = JSON.parse(text, (key: string, value: unknown) =>
    typeof value === 'object' && value !== null ? withHeader(key, value) : value,
  )
  return parseHistory(JSON.stringify(planted))
}

const headersIn = (history: History) => JSON.stringify(history).split('"_tracer-data"').length - 1

describe('without an endpoint', () => {
  test('there are no traces', async () => {
    expect(await openTraces('api', { endpoint: undefined, serviceName: undefined }, silent)).toBeUndefined()
  })

  test('nothing of OpenTelemetry is loaded, with one it is', async () => {
    const loaded = async (endpoint: string) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        '--input-type=module',
        '--eval',
        `import { createRequire } from 'node:module'
        import { openTraces } from ${JSON.stringify(fileURLToPath(new URL('../../platform/telemetry/traces.ts', import.meta.url)))}
        import ${JSON.stringify(fileURLToPath(new URL('../../api/app.ts', import.meta.url)))}
        import ${JSON.stringify(fileURLToPath(new URL('../../platform/temporal.ts', import.meta.url)))}
        await openTraces('api', { endpoint: ${endpoint} }, console)
        const paths = Object.keys(createRequire(import.meta.url).cache)
        console.log(paths.length > 0, paths.filter((path) => path.includes('@opentelemetry')).length > 0)
        process.exit()`,
      ])
      return stdout.trim()
    }
    expect(await loaded('undefined')).toBe('true false')
    expect(await loaded("'http://127.0.0.1:4318/v1/traces'")).toBe('true true')
  })
})

test('the endpoint is OpenTelemetry’s: the general one with its path, or that of traces as it stands', () => {
  const keys = {
    API_KEY: 'pk_test_0123456789abcdef',
    LOOKUP_KEY: Buffer.alloc(32, 7).toString('base64'),
    ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 8).toString('base64')}`,
    TOKEN_KEYS: `a:${Buffer.alloc(32, 9).toString('base64')}`,
  }
  const general = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }
  const own = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/take',
    OTEL_SERVICE_NAME: 'logins',
  }
  expect(
    [{}, general, { ...general, ...own }].map((more) => readConfig({ ...keys, ...more }).traces),
  ).toEqual([
    { endpoint: undefined, serviceName: undefined },
    { endpoint: 'http://collector:4318/v1/traces', serviceName: undefined },
    { endpoint: 'https://traces.example/take', serviceName: 'logins' },
  ])
})
