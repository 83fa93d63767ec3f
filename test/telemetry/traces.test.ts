/** Logins of all kinds with API and worker traced, and what a collector is told of them. */
import { randomBytes } from 'node:crypto'
import { Client } from '@temporalio/client'
import { expect, onTestFinished, test } from 'vitest'
import { openTraces } from '../../platform/telemetry/traces.ts'
import { magicNumbers } from '../../sandbox/magic-numbers.ts'
import { given } from '../api/unit/harness.ts'
import { findings, type Canary } from '../privacy/findings.ts'
import { aPhone, openHouse } from '../support/house.ts'
import { loginOf, untilResendable } from '../support/http.ts'
import { openCollector, openTracedHouse, wayUp, type SeenSpan } from './traces-house.ts'

const word = (name: string) => `${name}-${randomBytes(9).toString('hex')}`

const waysUp = (spans: readonly SeenSpan[], name: string) =>
  spans.filter((span) => span.name === name).map((span) => wayUp(spans, span))

const fromSend = ['8x8 send', 'RunActivity:sendCode', 'StartActivity:sendCode'].map(
  (name) => `postern-worker ${name}`,
)
const fromCheck = ['8x8 check', 'RunActivity:checkCode', 'StartActivity:checkCode'].map(
  (name) => `postern-worker ${name}`,
)
const toStart = [
  'postern-worker RunWorkflow:login',
  'postern-api UpdateWithStartWorkflow:started',
  'postern-api POST /v1/logins',
]
const toCode = [
  'postern-worker HandleUpdate:submitCode',
  'postern-api StartWorkflowUpdate:submitCode',
  'postern-api POST /v1/logins/{id}/code',
]

test('OPS-8: a start and a code are a trace each, from the request through workflow and activity to 8x8', async () => {
  const collector = await openCollector()
  const { api, house } = await openTracedHouse(collector.url)
  const phone = aPhone()
  const traceId = randomBytes(16).toString('hex')
  const callersSpan = randomBytes(8).toString('hex')
  const started = await api.login(phone, { traceparent: `00-${traceId}-${callersSpan}-01` })
  const answer = await api.submit(started.id, house.codeFor(phone), { 'x-request-id': 'req_of_this_code' })
  expect(answer.status).toBe(200)

  await collector.until('RunWorkflow:login')
  const spans = await collector.until('POST /v1/logins/{id}/code')
  const send = spans.filter((span) => span.traceId === traceId)
  expect(waysUp(send, '8x8 send')).toEqual([[...fromSend, ...toStart, '?']])
  expect(send.find(({ name }) => name === 'POST /v1/logins')?.parentSpanId).toBe(callersSpan)
  expect(waysUp(spans, '8x8 check')).toEqual([[...fromCheck, ...toCode]])

  const served = spans.find(({ name }) => name === 'POST /v1/logins/{id}/code')
  expect(served?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/v1/logins/{id}/code',
    'http.response.status_code': 200,
    'postern.request_id': 'req_of_this_code',
    'postern.login': started.id.slice(0, 24),
  })
  expect(api.lines).toContainEqual(
    expect.objectContaining({ requestId: 'req_of_this_code', traceId: served?.traceId }),
  )
  expect(spans.find(({ name }) => name === '8x8 check')?.attributes).toEqual({
    'http.request.method': 'GET',
    'server.address': '127.0.0.1',
    'url.template': '/api/v2/subaccounts/{subAccountId}/sessions/{sessionId}',
    'http.response.status_code': 200,
    'postern.outcome': 'verified',
    'postern.cause': 'none',
  })
})

test('a resend, and a code whose verdict is not waited for, belong to the requests that brought them', async () => {
  const collector = await openCollector()
  const { api, house } = await openTracedHouse(collector.url)
  const phone = aPhone()
  const started = await api.login(phone)
  await untilResendable(started)
  expect((await api.resend(started.id)).status).toBe(200)
  const code = await api.submit(started.id, house.codeFor(phone), { prefer: 'respond-async' })
  expect(code.status).toBe(202)

  await collector.until('RunWorkflow:login')
  const spans = await collector.until('POST /v1/logins/{id}/code')
  expect(waysUp(spans, '8x8 send')).toEqual([
    [...fromSend, ...toStart],
    [
      ...fromSend,
      'postern-worker HandleUpdate:resend',
      'postern-api StartWorkflowUpdate:resend',
      'postern-api POST /v1/logins/{id}/resend',
    ],
  ])
  expect(waysUp(spans, '8x8 check')).toEqual([[...fromCheck, ...toCode]])
})

test('a worker that takes a login over goes on with its trace', async () => {
  const collector = await openCollector()
  const { api, house, worker, startWorker } = await openTracedHouse(collector.url)
  const phone = aPhone()
  const started = await api.login(phone)
  await worker.stop()
  await startWorker()
  expect((await api.submit(started.id, house.codeFor(phone))).status).toBe(200)

  await collector.until('RunWorkflow:login')
  const spans = await collector.until('POST /v1/logins/{id}/code')
  expect(waysUp(spans, '8x8 send')).toEqual([[...fromSend, ...toStart]])
  expect(waysUp(spans, '8x8 check')).toEqual([[...fromCheck, ...toCode]])
})

test('a header that is no trace stops no login', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const { id } = await house.login(phone)
  const forged = ['{', 'null', '{"traceparent":7}', '{"traceparent":"00-x"}'].map((text) => {
    return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(text) }
  })
  for (const [n, payload] of [...forged, { data: Buffer.from('x') }].entries()) {
    const { client, dataConverter, namespace } = house
    const forger = new Client({
      connection: client.connection,
      dataConverter,
      namespace,
      interceptors: {
        workflow: [{ signal: (input, next) => next({ ...input, headers: { '_tracer-data': payload } }) }],
      },
    })
    const code = n < forged.length ? house.wrongCodeFor(phone, n + 1) : house.codeFor(phone)
    await forger.workflow.getHandle(house.workflowId(phone)).signal('userCode', { code })
  }
  expect(await house.until(id, ({ status }) => status === 'verified')).toMatchObject({ status: 'verified' })
})

test('a request without a route is named by its method, a made-up method by none, and a probe leaves no span', async () => {
  const collector = await openCollector()
  const settings = { endpoint: collector.url, serviceName: undefined, batchMs: 10 }
  const traces = await openTraces('api', settings, { info: () => undefined, warn: () => undefined })
  onTestFinished(() => traces?.close())
  const { call } = given({}, {}, traces && { traces: traces.requests })
  await call('GET', '/healthz')
  await call('GET', '/readyz')
  await call('GET', '/nowhere/6591234567')
  await call('PROPFIND', '/v1/logins')
  await call('GET', '/v1/numbers/6591234567')
  const spans = await collector.until('GET /v1/numbers/{phone}')
  expect(spans.map(({ name }) => name)).toEqual(['GET', 'HTTP', 'GET /v1/numbers/{phone}'])
})

test('a trace that its caller does not keep is not kept here either', async () => {
  const collector = await openCollector()
  const { api, house } = await openTracedHouse(collector.url)
  const traceId = randomBytes(16).toString('hex')
  const phone = aPhone()
  const { id } = await api.login(phone, { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-00` })
  await api.submit(id, house.codeFor(phone))
  const spans = await collector.until('POST /v1/logins/{id}/code')
  expect(spans.map((span) => span.traceId)).not.toContain(traceId)
  expect(spans.map(({ name }) => name)).not.toContain('8x8 send')
  const logged = api.lines.filter((line) => 'traceId' in line && line.traceId === traceId)
  expect(logged).toEqual([])
})

test('PII-4, PII-5, PII-15: no number, code, key or name is in any byte that is exported', async () => {
  const collector = await openCollector()
  const { api, house, client } = await openTracedHouse(collector.url)
  const canaries: Canary[] = []
  function canary(what: string, text: string): string {
    canaries.push({ what, text })
    return text
  }
  async function start(phone: { readonly e164: string }) {
    canary('number', phone.e164)
    canary('number without its plus', phone.e164.slice(1))
    const body = {
      phone: phone.e164,
      brand: canary('brand', word('brand')),
      userId: canary('user', word('user')),
      nonce: canary('nonce', word('nonce')),
      clientIp: canary('address', `2001:db8:${randomBytes(2).toString('hex')}:7a:1f2e:3d4c:5b6a:7988`),
    }
    const headers = {
      'idempotency-key': canary('idempotency key', word('key')),
      tracestate: `vendor=${canary('trace state', word('state'))}`,
      traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
      baggage: `user=${canary('baggage', word('baggage'))}`,
    }
    return api.start(body, headers)
  }
  const code = (phone: { readonly e164: string }) =>
    canary('code', house.sandbox.lastCode(phone.e164) ?? 'no code has reached it')

  const [verified, guessed, doubted, ended] = [aPhone(), aPhone(), aPhone(), aPhone()]
  const first = loginOf(await start(verified))
  expect((await api.submit(first.id, code(verified))).status).toBe(200)

  const second = loginOf(await start(guessed))
  code(guessed)
  for (let n = 1; n <= 5; n += 1)
    await api.submit(second.id, canary('wrong code', house.wrongCodeFor(guessed, n)))

  const third = loginOf(await start(doubted))
  house.sandbox.fault({
    operation: 'check',
    phone: doubted.e164,
    fault: { kind: 'drop-after' },
    times: 'always',
  })
  expect((await api.submit(third.id, code(doubted))).status).toBe(503)
  const handle = client.workflow.getHandle(house.workflowId(doubted))
  await handle.signal('userCode', { code: [canary('wrong code', house.wrongCodeFor(doubted, 7))] })
  const refused = { code: `x${canary('wrong code', house.wrongCodeFor(doubted, 8))}` }
  await expect(handle.executeUpdate('submitCode', { args: [refused] })).rejects.toThrow()
  await expect(handle.query('login2', canary('argument', word('argument')))).rejects.toThrow()
  await api.cancel(third.id)

  const unreachable = await start({ e164: magicNumbers.invalidNumber.phone })
  expect(unreachable.status).toBe(422)

  await start(ended)
  code(ended)
  await client.workflow.getHandle(house.workflowId(ended)).terminate(canary('reason', word('reason')))

  await api.number(verified.e164)
  await api.list(`phone=${encodeURIComponent(verified.e164)}`)
  await api.send('GET', `/nowhere/${encodeURIComponent(verified.e164)}?code=${house.codeFor(verified)}`)
  await api.read(`lg_${verified.e164.slice(1)}${'a'.repeat(50)}`)
  await api.bearing(canary('wrong key', word('key'))).read(first.id)

  await expect.poll(() => collector.spans().filter(({ name }) => name === 'RunWorkflow:login').length).toBe(4)
  const spans = await collector.until(
    'GET /v1/logins/{id}',
    (span) => span.attributes['http.response.status_code'] === 401,
  )
  expect(new Set(spans.map(({ status }) => status))).toEqual(new Set([0, 1, 2]))

  canaries.push(
    ...[verified, guessed, doubted, ended].flatMap((phone) => [
      { what: 'workflow id', text: house.workflowId(phone) },
      { what: 'hash of the number', text: house.workflowId(phone).split(':')[2] ?? 'none' },
    ]),
    ...house.sandbox.requests.flatMap(({ sessionId }) =>
      sessionId ? [{ what: 'session of 8x8', text: sessionId }] : [],
    ),
    { what: 'key of 8x8', text: 'sandbox-key' },
    { what: 'key of the app', text: api.authorization('acme').replace('Bearer ', '') },
    { what: 'login id', text: first.id },
  )
  expect(new Set(canaries.map(({ what }) => what)).size).toBeGreaterThan(15)
  expect(findings([{ name: 'exported', bytes: collector.bytes() }], canaries)).toEqual([])

  // A history has the trace, and of the caller's headers nothing else.
  const { events } = await client.workflow.getHandle(house.workflowId(verified)).fetchHistory()
  const headers = events?.flatMap(({ workflowExecutionStartedEventAttributes: begun }) =>
    Object.entries(begun?.header?.fields ?? {}).map(
      ([name, { data }]) => `${name} ${Buffer.from(data ?? []).toString()}`,
    ),
  )
  expect(headers).toEqual([
    expect.stringMatching(/^_tracer-data \{"traceparent":"00-[0-9a-f]{32}-[0-9a-f]{16}-01"\}$/),
  ])

  // The search itself: it finds what is there to be found.
  const control = { what: 'control', text: first.id.slice(0, 24) }
  expect(findings([{ name: 'exported', bytes: collector.bytes() }], [control])).not.toEqual([])
})
