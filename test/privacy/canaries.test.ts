/**
 * The stored history is worthless to a thief (PII-1, PII-3, PII-4, PII-5, PII-15): logins of every kind with canaries
 * in everything that names a person or opens something, and then a search for them in all that is left behind.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../platform/dev-server/ports.ts'
import { startDevServer } from '../../platform/dev-server/start.ts'
import { ensureSearchAttributes } from '../../platform/temporal.ts'
import { startSandbox } from '../../sandbox/start-sandbox.ts'
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts'
import { startPartProcess } from '../support/processes.ts'
import { findings, type Canary, type Place } from './findings.ts'
import { createVisitor, scenes } from './scenes.ts'

const secret = () => randomBytes(32).toString('base64')
const keys = {
  API_KEY: `pk_canary_${randomBytes(18).toString('base64url')}`,
  LOOKUP_KEY: secret(),
  ENCRYPTION_KEYS: `canary:${secret()}`,
  EIGHTXEIGHT_API_KEY: `8x8-canary-${randomBytes(12).toString('hex')}`,
}

async function openServer() {
  const folder = await mkdtemp(join(tmpdir(), 'postern-canaries-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const lines: string[] = []
  const server = await startDevServer({
    port: 0,
    headless: true,
    dbFile: join(folder, 'temporal.db'),
    report: (line) => lines.push(line),
    onLine: (line) => lines.push(line),
  })
  onTestFinished(async () => {
    await server.stop()
  })
  const connection = await Connection.connect({ address: server.address })
  onTestFinished(() => connection.close())
  await ensureSearchAttributes(connection, 'default', SEARCH_ATTRIBUTES)
  return { server, folder, lines, connection }
}

/** Every event of every run, its description and what lists show, as the server gives them to anybody. */
async function rawRuns({ workflowService }: Connection): Promise<Place[]> {
  const namespace = 'default'
  const { History } = proto.temporal.api.history.v1
  const { DescribeWorkflowExecutionResponse, ListWorkflowExecutionsResponse } =
    proto.temporal.api.workflowservice.v1
  const listed = await workflowService.listWorkflowExecutions({ namespace, pageSize: 1000 })
  const places = [{ name: 'list of runs', bytes: ListWorkflowExecutionsResponse.encode(listed).finish() }]
  for (const { execution } of listed.executions) {
    const [{ history }, described] = await Promise.all([
      workflowService.getWorkflowExecutionHistory({ namespace, execution: execution ?? null }),
      workflowService.describeWorkflowExecution({ namespace, execution: execution ?? null }),
    ])
    const name = execution?.runId ?? ''
    places.push({ name: `history of ${name}`, bytes: History.encode(history ?? {}).finish() })
    places.push({
      name: `description of ${name}`,
      bytes: DescribeWorkflowExecutionResponse.encode(described).finish(),
    })
  }
  return places
}

const files = async (folder: string): Promise<Place[]> =>
  Promise.all(
    (await readdir(folder)).map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })),
  )

async function scraped(name: string, port: number): Promise<Place> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
  const text = await answer.text()
  // That there is something to search.
  expect(text).toMatch(/^postern_/m)
  return { name: `metrics of the ${name}`, bytes: Buffer.from(text) }
}

test('PII-1, PII-3, PII-4, PII-5, PII-15: no number, code, key or name is in any history, attribute, database, log or metric', async () => {
  const { server, folder, lines, connection } = await openServer()
  const { sandbox, url, close } = await startSandbox({
    apiKey: keys.EIGHTXEIGHT_API_KEY,
    minimums: { codeValidity: 1, resendingInterval: 1 },
  })
  onTestFinished(close)
  const env = {
    ...keys,
    LOG_LEVEL: 'debug',
    TEMPORAL_ADDRESS: server.address,
    EIGHTXEIGHT_BASE_URL: url,
    EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
    CODE_LENGTH: '10',
    RESEND_INTERVAL_SECONDS: '10',
  }
  const [port, apiMetrics, workerMetrics] = await Promise.all([freePort(), freePort(), freePort()])
  const [worker, api] = await Promise.all([
    startPartProcess('worker.ts', { ...env, WORKER_METRICS_PORT: String(workerMetrics) }),
    startPartProcess('api/server.ts', { ...env, PORT: String(port), METRICS_PORT: String(apiMetrics) }),
  ])
  const visitor = createVisitor({
    api: `http://127.0.0.1:${port}`,
    apiKey: keys.API_KEY,
    sandbox,
    connection,
    keys,
  })
  await Promise.all(scenes.map((scene) => scene(visitor)))

  const statuses = await visitor.statuses()
  for (const status of ['verified', 'failed', 'expired', 'canceled', 'superseded']) {
    expect(statuses).toContain(status)
  }
  const runs = await rawRuns(connection)
  expect(runs.length / 2).toBeGreaterThanOrEqual(scenes.length)
  const metrics = await Promise.all([scraped('API', apiMetrics), scraped('worker', workerMetrics)])
  await Promise.all([worker.drain(), api.drain()])
  const logs = [
    { name: 'log of the worker', bytes: Buffer.from(worker.said()) },
    { name: 'log of the API', bytes: Buffer.from(api.said()) },
    { name: 'log of the server', bytes: Buffer.from(lines.join('\n')) },
  ]
  await server.stop()
  const database = await files(folder)

  const canaries: Canary[] = [
    ...visitor.canaries(),
    ...sandbox.requests.flatMap(({ sessionId }) =>
      sessionId ? [{ what: 'session of 8x8', text: sessionId }] : [],
    ),
    ...Object.entries(keys).map(([what, key]) => ({ what, text: key.replace(/^canary:/, '') })),
  ]
  expect(new Set(canaries.map(({ what }) => what)).size).toBeGreaterThan(10)
  expect(findings([...runs, ...logs, ...metrics, ...database], canaries)).toEqual([])

  // The search itself: it finds what is there to be found.
  const [control = ''] = visitor.workflowIds()
  const seen = findings([...runs, ...database], [{ what: 'control', text: control }])
  expect(seen.map(({ place }) => place)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^history of/), 'temporal.db']),
  )
  const planted = visitor
    .canaries()
    .map(({ what, text }) => ({ name: what, bytes: Buffer.from(`{"x":"${text}"}`) }))
  expect(findings(planted, visitor.canaries()).length).toBeGreaterThanOrEqual(planted.length)
}, 180_000)
