import { expect, onTestFinished, test } from 'vitest'
import { ConfigError } from '../../../platform/config.ts'
import { freePort } from '../../../platform/dev-server/ports.ts'
import { createApiMetrics } from '../../../platform/telemetry/api-metrics.ts'
import { serveMetrics } from '../../../platform/telemetry/metrics-server.ts'

async function open() {
  const { registry } = createApiMetrics({ openStreams: () => 3 })
  const at = { host: '127.0.0.1', port: await freePort() }
  const server = await serveMetrics(registry, at)
  onTestFinished(server.close)
  return { at, registry, url: server.url }
}

test('API-19: metrics are answered by a listener of their own, as Prometheus reads them', async () => {
  const { url } = await open()
  const answer = await fetch(url)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await answer.text()
  expect(text).toContain('postern_event_streams_open 3')
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
})

test.each([
  ['POST', '/metrics'],
  ['GET', '/'],
  ['GET', '/v1/logins'],
])('that listener answers %s %s with 404', async (method, path) => {
  const { url } = await open()
  const answer = await fetch(new URL(path, url), { method })
  expect([answer.status, await answer.text()]).toEqual([404, ''])
})

test('a port that is occupied is an error that names the variable', async () => {
  const { at, registry } = await open()
  const second = serveMetrics(registry, at)
  await expect(second).rejects.toThrow(ConfigError)
  await expect(second).rejects.toThrow(`METRICS_PORT ${at.port} is occupied`)
})

test('two sets of metrics in one process know nothing of each other', async () => {
  const [one, other] = [
    createApiMetrics({ openStreams: () => 1 }),
    createApiMetrics({ openStreams: () => 2 }),
  ]
  one.answered({ method: 'GET', route: '/healthz', status: 200, seconds: 0.1 })
  expect(await one.registry.metrics()).toContain('http_route="/healthz"')
  expect(await other.registry.metrics()).not.toContain('http_route="/healthz"')
})
