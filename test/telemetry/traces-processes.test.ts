/** API and worker as they run in earnest, with the variables that turn traces on. */
import { expect, test } from 'vitest'
import { freePort } from '../../platform/dev-server/ports.ts'
import { aPhone, openHouse } from '../support/house.ts'
import { API_KEY, startApiProcess, startWorkerProcess } from '../support/processes.ts'
import { newSecret, openReceiver } from '../webhooks/harness.ts'
import { openCollector, wayUp } from './traces-house.ts'

test('OPS-8, OPS-10: with OTEL_EXPORTER_OTLP_ENDPOINT set, both export a login to its webhook, the last spans when they stop', async () => {
  const collector = await openCollector()
  const house = await openHouse({ forProcesses: true, worker: 'none' })
  const receiver = await openReceiver()
  const port = await freePort()
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.url).origin,
    // Longer than the test: what is exported is exported by the stop.
    OTEL_BSP_SCHEDULE_DELAY: '600000',
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: newSecret(),
    WEBHOOK_EVENTS: 'login.verified',
  }
  const [worker, api] = await Promise.all([startWorkerProcess(house, env), startApiProcess(house, port, env)])
  const post = async (path: string, body: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await answer.json()) as { id?: string; status: unknown }
  }
  const phone = aPhone()
  const { id = '' } = await post('/v1/logins', { phone: phone.e164 })
  expect(await post(`/v1/logins/${id}/code`, { code: house.codeFor(phone) })).toMatchObject({
    status: 'verified',
  })
  const deliveries = async () => {
    const statuses: string[] = []
    const list = house.client.workflow.list({ query: "WorkflowType = 'deliverEvent'" })
    for await (const { status } of list) statuses.push(status.name)
    return statuses
  }
  await expect.poll(deliveries, { interval: 500 }).toEqual(['COMPLETED'])
  expect(collector.spans()).toEqual([])
  expect(await Promise.all([worker.drain(), api.drain()])).toEqual([0, 0])

  const spans = collector.spans()
  const ways = (name: string) => spans.filter((span) => span.name === name).map((span) => wayUp(spans, span))
  expect(ways('8x8 check')).toEqual([
    [
      'postern-worker 8x8 check',
      'postern-worker RunActivity:checkCode',
      'postern-worker StartActivity:checkCode',
      'postern-worker HandleUpdate:submitCode',
      'postern-api StartWorkflowUpdate:submitCode',
      'postern-api POST /v1/logins/{id}/code',
    ],
  ])
  expect(ways('webhook attempt')).toEqual([
    [
      'postern-worker webhook attempt',
      'postern-worker RunActivity:deliverEvent',
      'postern-worker StartActivity:deliverEvent',
      'postern-worker RunWorkflow:deliverEvent',
      'postern-worker StartWorkflow:deliverEvent',
      'postern-worker RunActivity:announceEvents',
      'postern-worker StartActivity:announceEvents',
      'postern-worker RunWorkflow:login',
      'postern-api UpdateWithStartWorkflow:started',
      'postern-api POST /v1/logins',
    ],
  ])
  expect(spans.find(({ name }) => name === 'webhook attempt')?.attributes).toEqual({
    'postern.endpoint': expect.any(String) as unknown,
    'postern.event': 'login.verified',
    'postern.outcome': 'delivered',
    'http.response.status_code': 204,
  })
}, 120_000)
