/** Both endpoints as Prometheus finds them, after logins over HTTP with API and worker as processes. */
import { randomBytes } from 'node:crypto'
import { Client } from '@temporalio/client'
import { expect, test } from 'vitest'
import { deliveryId, type Delivery } from '../../domain/webhook.ts'
import { startDelivery } from '../../platform/deliveries.ts'
import { freePort } from '../../platform/dev-server/ports.ts'
import { magicNumbers } from '../../sandbox/magic-numbers.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'
import { API_KEY, startApiProcess, startWorkerProcess } from '../support/processes.ts'
import { aDelivery, answer, newSecret, openReceiver } from '../webhooks/harness.ts'
import { labelsOf, scrape, valueOf, type Scraped } from './exposition.ts'
import { documented, metricsIn, panels, ruleText } from './files.ts'

const word = (name: string) => `${name}-${randomBytes(9).toString('hex')}`
/** What the SDK says of its own metrics only when something fails. */
const onlyInTrouble = ['temporal_long_request_failure_total']

async function openProcesses(house: House, reply = answer(204)) {
  const [port, apiMetrics, workerMetrics, receiver] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    openReceiver(reply),
  ])
  const env = {
    LOOKUP_KEY: house.lookupKey.toString('base64'),
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: newSecret(),
  }
  const startWorker = () => startWorkerProcess(house, { ...env, WORKER_METRICS_PORT: String(workerMetrics) })
  const [worker] = await Promise.all([
    startWorker(),
    startApiProcess(house, port, { ...env, METRICS_PORT: String(apiMetrics) }),
  ])
  const base = `http://127.0.0.1:${port}`
  return {
    worker,
    startWorker,
    apiMetrics: `http://127.0.0.1:${apiMetrics}/metrics`,
    workerMetrics: `http://127.0.0.1:${workerMetrics}/metrics`,
    call: async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
      const answer = await fetch(base + path, {
        method,
        headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as { id?: string } }
    },
  }
}

test('OPS-8, API-19: what the endpoints say is what the page says, and no person, number, code or id is in it', async () => {
  const house = await openHouse({ forProcesses: true, worker: 'none' })
  const { apiMetrics, workerMetrics, call } = await openProcesses(house)
  const phone = aPhone()
  const secrets = {
    userId: word('user'),
    nonce: word('nonce'),
    brand: word('brand'),
    clientIp: '2001:db8:77:7a:1f2e:3d4c:5b6a:7988',
    key: word('key'),
  }
  const { key, ...members } = secrets
  const started = await call(
    'POST',
    '/v1/logins',
    { phone: phone.e164, ...members },
    { 'idempotency-key': key },
  )
  expect(started.status).toBe(201)
  const id = started.body.id ?? ''
  const code = house.codeFor(phone)
  const wrong = house.wrongCodeFor(phone)
  expect((await call('POST', `/v1/logins/${id}/code`, { code: wrong })).status).toBe(422)
  expect((await call('POST', '/v1/logins', { phone: phone.e164 })).status).toBe(429)
  expect((await call('POST', `/v1/logins/${id}/code`, { code })).status).toBe(200)
  await call('POST', '/v1/logins', { phone: magicNumbers.invalidNumber.phone })
  await call('GET', `/v1/numbers/${phone.e164}`)
  await call('PROPFIND', `/nowhere/${phone.e164}?code=${code}`)
  expect((await call('GET', '/metrics')).status).toBe(404)

  const delivered = { outcome: 'delivered' }
  await expect
    .poll(async () => valueOf(await scrape(workerMetrics), 'postern_webhook_deliveries_total', delivered))
    .toBeGreaterThanOrEqual(6)
  const api = await scrape(apiMetrics)
  const worker = await scrape(workerMetrics)

  // The page, both ways.
  expect(told(api, 'API')).toEqual(written('API'))
  expect(told(worker, 'worker')).toEqual(written('worker'))
  const asked = [ruleText, ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))]
  const ofGroups = asked.flatMap(metricsIn).filter((name) => /^(temporal|nodejs|process)_/.test(name))
  expect(ofGroups.length).toBeGreaterThan(5)
  const known = [...api.kinds.keys(), ...worker.kinds.keys(), ...onlyInTrouble]
  expect(ofGroups.filter((name) => !known.includes(name))).toEqual([])

  // What happened: a step of a workflow that Temporal asks for again counts again, so at least once there.
  const labels = { app: 'default', country: 'SG', channel: 'sms' }
  const counted: readonly (readonly [name: string, labels: Readonly<Record<string, string>>])[] = [
    ['postern_logins_started_total', { ...labels, purpose: 'login' }],
    ['postern_codes_sent_total', labels],
    ['postern_logins_ended_total', { ...labels, status: 'verified', reason: 'none' }],
    ['postern_time_to_verify_seconds_count', { country: 'SG', channel: 'sms' }],
    ['postern_sends_failed_total', { ...labels, failure: 'phone' }],
    ['postern_logins_ended_total', { ...labels, status: 'failed', reason: 'phone_refused' }],
  ]
  expect(counted.filter((row) => valueOf(worker, ...row) < 1)).toEqual([])
  expect(valueOf(worker, 'postern_8x8_calls_total', { operation: 'check', outcome: 'incorrect' })).toBe(1)
  expect(valueOf(worker, 'postern_8x8_call_duration_seconds_count', { operation: 'send' })).toBe(2)
  expect(valueOf(api, 'postern_limits_hit_total', { limit: 'interval' })).toBe(1)
  const requests = (http_request_method: string, http_route: string) =>
    valueOf(api, 'http_server_request_duration_seconds_count', { http_request_method, http_route })
  expect(requests('POST', '/v1/logins/{id}/code')).toBe(2)
  expect(requests('GET', '/v1/numbers/{phone}')).toBe(1)
  expect(requests('_OTHER', 'none')).toBe(1)

  // Whatever is planted is in no label.
  const texts = [api, worker].flatMap(({ samples }) =>
    samples.flatMap(({ labels: own }) => Object.values(own)),
  )
  const range = phone.e164.slice(1, -4)
  const canaries = [
    ...Object.values(secrets),
    range,
    id,
    id.slice(3),
    code,
    wrong,
    house.workflowId(phone),
    API_KEY,
  ]
  expect(canaries.every((canary) => canary.length >= 6)).toBe(true)
  const found = (among: readonly string[]) =>
    canaries.filter((canary) => among.some((text) => text.includes(canary)))
  expect(found(texts)).toEqual([])
  expect(texts).toContain('SG')
  expect(found([`x${code}x`, `of ${phone.e164}`])).toEqual([range, code])
}, 120_000)

test('OPS-8: an operator’s test of an endpoint that fails is no event that was given up', async () => {
  const house = await openHouse({ forProcesses: true, worker: 'none' })
  const { workerMetrics } = await openProcesses(house, answer(500))
  const trial: Delivery = {
    ...aDelivery('default', { app: 'postern', scheduleMs: [0] }),
    event: { type: 'webhook.test', timestamp: new Date().toISOString(), data: { endpoint: 'default' } },
  }
  for (const delivery of [trial, aDelivery('default', { app: 'default', scheduleMs: [0] })]) {
    await startDelivery(house.client, delivery)
    const { eventId, endpointId } = delivery
    const ended = house.client.workflow.getHandle(deliveryId(eventId, endpointId)).result()
    expect(await ended).toMatchObject({ status: 'undelivered', attempts: 1 })
  }
  const givenUp = async (app: string) =>
    valueOf(await scrape(workerMetrics), 'postern_webhook_deliveries_total', { app, outcome: 'given_up' })
  await expect.poll(() => givenUp('default')).toBeGreaterThan(0)
  expect(await givenUp('postern')).toBe(0)
}, 120_000)

test('OPS-8: a wait that an alert asks about is an edge of its histogram, between which a quantile is only guessed', async () => {
  const house = await openHouse({ forProcesses: true, worker: 'none' })
  const { call, workerMetrics } = await openProcesses(house)
  expect((await call('POST', '/v1/logins', { phone: aPhone().e164 })).status).toBe(201)
  const { samples } = await scrape(workerMetrics)
  const edges = samples.filter(
    ({ name }) => name === 'temporal_activity_schedule_to_start_latency_seconds_bucket',
  )
  const asked = [...ruleText.matchAll(/activity_schedule_to_start[^>]*> (\d+)/g)].map(([, edge = '']) => edge)
  expect(asked).toEqual(['1', '30'])
  for (const edge of asked) expect(edges.map(({ labels }) => labels.le)).toContain(edge)
}, 120_000)

test('OPS-8: a worker that takes a login over counts what happens from then on, and nothing of what it replays', async () => {
  const house = await openHouse({ forProcesses: true, worker: 'none' })
  const { call, worker: first, workerMetrics, startWorker } = await openProcesses(house)
  const phone = aPhone()
  const started = await call('POST', '/v1/logins', { phone: phone.e164 })
  expect(valueOf(await scrape(workerMetrics), 'postern_logins_started_total')).toBeGreaterThan(0)
  await first.kill()
  await startWorker()
  await call('POST', `/v1/logins/${started.body.id ?? ''}/code`, { code: house.codeFor(phone) })
  const verified = { status: 'verified' }
  await expect
    .poll(async () => valueOf(await scrape(workerMetrics), 'postern_logins_ended_total', verified))
    .toBeGreaterThan(0)
  const scraped = await scrape(workerMetrics)
  expect(valueOf(scraped, 'postern_time_to_verify_seconds_count')).toBeGreaterThan(0)
  expect(valueOf(scraped, 'postern_logins_started_total')).toBe(0)
  expect(valueOf(scraped, 'postern_codes_sent_total')).toBe(0)
}, 120_000)

test('PII-9: what API and worker seal is counted by the key', async () => {
  const house = await openHouse({ forProcesses: true, worker: 'none' })
  const { call, apiMetrics, workerMetrics } = await openProcesses(house)
  const count = async (url: string) => {
    const { samples } = await scrape(url)
    return samples.filter(({ name }) => name === 'postern_payloads_sealed_total')
  }
  const before = [...(await count(apiMetrics)), ...(await count(workerMetrics))]
  expect((await call('POST', '/v1/logins', { phone: aPhone().e164 })).status).toBe(201)
  const after = [...(await count(apiMetrics)), ...(await count(workerMetrics))]
  expect(after.map(({ labels }) => labels)).toEqual([{ key: 'test' }, { key: 'test' }])
  for (const [n, { value }] of after.entries()) expect(value).toBeGreaterThan(before[n]?.value ?? Infinity)
}, 120_000)

test('OPS-8: what was not encrypted is counted by whoever comes across it', async () => {
  const house = await openHouse({ forProcesses: true, worker: 'none' })
  const { call, apiMetrics, workerMetrics } = await openProcesses(house)
  const count = async (url: string) => valueOf(await scrape(url), 'postern_plaintext_payloads_total')
  const phone = aPhone()
  const { id = '' } = (await call('POST', '/v1/logins', { phone: phone.e164 })).body
  await call('GET', `/v1/numbers/${phone.e164}`)
  expect([await count(apiMetrics), await count(workerMetrics)]).toEqual([0, 0])

  const stranger = new Client({ connection: house.client.connection, namespace: house.namespace })
  const workflowId = house.identity.parseLoginId(id)?.workflowId ?? ''
  await stranger.workflow.getHandle(workflowId).signal('userCode', { code: '483920' })
  await expect.poll(() => count(workerMetrics)).toBeGreaterThan(0)

  await stranger.workflow.getHandle(workflowId).terminate()
  await stranger.workflow.start('login', { workflowId, taskQueue: 'of-a-stranger', memo: { budget: {} } })
  expect((await call('GET', `/v1/numbers/${phone.e164}`)).status).toBe(503)
  expect(await count(apiMetrics)).toBe(1)
}, 120_000)

/** Name, kind and labels of ours; the SDK's and Node's own are told as groups. */
function told(scraped: Scraped, of: string): readonly string[] {
  const ofSdk = ['namespace', 'taskQueue', 'workflowType']
  return [...scraped.kinds]
    .filter(([name]) => /^(postern|http)_/.test(name))
    .map(([name, kind]) => {
      const labels = labelsOf(scraped, name).filter((label) => of === 'API' || !ofSdk.includes(label))
      return `${name} ${kind} ${labels.join(' ')}`.trim()
    })
    .sort()
}

function written(of: string): readonly string[] {
  return documented
    .filter((metric) => metric.of.includes(of))
    .map(({ name, kind, labels }) => `${name} ${kind} ${[...labels].sort().join(' ')}`.trim())
    .sort()
}
