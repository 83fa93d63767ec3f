import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../platform/dev-server/ports.ts'
import { createLimits } from '../../platform/limits/create-limits.ts'
import { connectValkey } from '../../platform/limits/valkey.ts'
import { createApiMetrics } from '../../platform/telemetry/api-metrics.ts'
import { observeLimits } from '../../platform/telemetry/observed-limits.ts'
import { given, loginId } from '../api/unit/harness.ts'
import { parseExposition, valueOf } from './exposition.ts'

const HTTP = 'http_server_request_duration_seconds_count'

function open(more: Parameters<typeof given>[2] = {}, app: Parameters<typeof given>[0] = {}) {
  const metrics = createApiMetrics({ openStreams: () => 0 })
  const scrape = async () => parseExposition(await metrics.registry.metrics())
  return { ...given(app, {}, { metrics, ...more }), metrics, scrape }
}

test('PII-15: a request is counted under the template of its route, and under no path that somebody asked for', async () => {
  const { call, scrape } = open()
  await call('GET', '/v1/numbers/91234567?code=271828')
  await call('GET', `/v1/logins/${loginId}`)
  await call('GET', '/v1/logins/6591234567/nowhere?phone=6591234567')
  await call('PUT', '/v1/numbers/6591234567')
  await call('PROPFIND', '/6591234567')
  const { samples } = await scrape()
  const told = samples
    .filter(({ name }) => name === HTTP)
    .map(({ labels }) => Object.values(labels).join(' '))
  expect(told.sort()).toEqual([
    'GET /v1/logins/{id} 500',
    'GET /v1/numbers/{phone} 403',
    'GET none 404',
    'PUT none 405',
    '_OTHER none 404',
  ])
})

test('FRD-3: what a limit refuses is counted by the word that the access log has', async () => {
  const { post, lines, scrape } = open({}, { allowedCountries: ['MY'] })
  await post('/v1/logins', { phone: '+6591234567' })
  expect(lines.map(({ fields }) => fields.limit)).toEqual(['allowed-countries'])
  expect(valueOf(await scrape(), 'postern_limits_hit_total', { limit: 'allowed-countries' })).toBe(1)
})

test('API-19: the public port answers /metrics as any path that is not there', async () => {
  const { call } = open()
  expect((await call('GET', '/metrics')).status).toBe(404)
})

test('ATT-10: what no limit could count is counted, and what was admitted or refused is not', async () => {
  const { metrics, scrape } = open()
  const log = { info: () => undefined, error: () => undefined }
  const valkey = await connectValkey(`redis://127.0.0.1:${await freePort()}`, log)
  onTestFinished(() => {
    valkey.disconnect()
  })
  const options = { lookupKey: Buffer.alloc(32, 7), sendsPerDayOverall: 2, log }
  const here = observeLimits(createLimits(options), metrics.limitsUnavailable)
  const away = observeLimits(createLimits({ ...options, valkey }), metrics.limitsUnavailable)
  const sending = {
    app: { name: 'shop', limits: { sendsPerDay: 1 } },
    country: 'SG',
    channel: 'sms',
  } as const
  const start = { ...sending, e164: '+6591234567' }
  const outcomes = [
    await here.admitStart(start),
    await here.admitStart(start),
    await away.mayAsk('192.0.2.1'),
    await away.admitStart(start),
    await away.admitResend(sending),
  ].map(({ outcome }) => outcome)
  expect(outcomes).toEqual(['granted', 'denied', 'unavailable', 'unavailable', 'unavailable'])
  expect(valueOf(await scrape(), 'postern_limits_unavailable_total')).toBe(3)
})

test('PII-9: what a key has sealed is counted from the start on, each key for itself', async () => {
  const { metrics, scrape } = open()
  const sealed = metrics.sealedWith('2026')
  const first = await scrape()
  expect(first.samples).toContainEqual({
    name: 'postern_payloads_sealed_total',
    labels: { key: '2026' },
    value: 0,
  })
  sealed(3)
  sealed(1)
  metrics.sealedWith('2027')(2)
  const { samples } = await scrape()
  const told = samples.filter(({ name }) => name === 'postern_payloads_sealed_total')
  expect(told.map(({ labels, value }) => `${labels.key ?? ''} ${value}`)).toEqual(['2026 4', '2027 2'])
})
