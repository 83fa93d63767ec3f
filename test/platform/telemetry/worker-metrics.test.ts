import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Runtime, type TelemetryOptions } from '@temporalio/worker'
import { expect, onTestFinished, test } from 'vitest'
import { ConfigError } from '../../../platform/config.ts'
import { freePort } from '../../../platform/dev-server/ports.ts'
import { installMetrics } from '../../../platform/telemetry/worker-metrics.ts'
import { parseExposition, scrape, valueOf } from '../../telemetry/exposition.ts'

const install = (telemetryOptions: TelemetryOptions) => {
  Runtime.install({ shutdownSignals: [], telemetryOptions })
}

/** The SDK installs one runtime a process: this test uses up the one of this file. */
test('a port that is occupied is an error that names the variable; on a free one the worker’s metrics are answered', async () => {
  const rival = createServer()
  await new Promise<void>((resolve) => rival.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    rival.close()
  })
  const occupied = (rival.address() as AddressInfo).port
  const first = () => installMetrics({ host: '127.0.0.1', workerPort: occupied }, install)
  expect(first).toThrow(ConfigError)
  expect(first).toThrow(`WORKER_METRICS_PORT ${occupied} cannot be listened on`)

  const workerPort = await freePort()
  const metrics = installMetrics({ host: '127.0.0.1', workerPort }, install)
  onTestFinished(() => Runtime.instance().shutdown())
  const noted: string[] = []
  const note = metrics.counted((endpointId, outcome) => {
    noted.push(`${endpointId} ${outcome}`)
    return Promise.reject(new Error('Temporal does not answer'))
  })
  await expect(note('shop', 'failed')).rejects.toThrow('Temporal does not answer')
  metrics.called({ operation: 'send', outcome: 'not_done', cause: 'open', seconds: 0 })
  metrics.called({ operation: 'send', outcome: 'sent', cause: 'none', seconds: 0.2 })
  metrics.sealedWith('2026')(2)
  metrics.sealedWith('2027')

  const scraped = await scrape(`http://127.0.0.1:${workerPort}/metrics`)
  expect(noted).toEqual(['shop failed'])
  expect(valueOf(scraped, 'postern_webhook_attempts_total', { endpoint: 'shop', outcome: 'failed' })).toBe(1)
  expect(valueOf(scraped, 'postern_8x8_calls_total', { operation: 'send' })).toBe(2)
  const sealed = scraped.samples.filter(({ name }) => name === 'postern_payloads_sealed_total')
  expect(sealed.map(({ labels, value }) => `${labels.key ?? ''} ${value}`).sort()).toEqual([
    '2026 2',
    '2027 0',
  ])
  const durations = { operation: 'send' }
  expect(valueOf(scraped, 'postern_8x8_call_duration_seconds_count', durations)).toBe(1)
  expect(valueOf(scraped, 'postern_8x8_call_duration_seconds_bucket', { ...durations, le: '0.25' })).toBe(1)
})

test('what an endpoint says is read as it is written', () => {
  const text = '# TYPE a_total counter\na_total{x="1",y="a \\"b\\" }"} 3\na_total{x="2"} 4\nb 0.5\n'
  const scraped = parseExposition(text)
  expect([
    valueOf(scraped, 'a_total'),
    valueOf(scraped, 'a_total', { x: '2' }),
    valueOf(scraped, 'b'),
  ]).toEqual([7, 4, 0.5])
  expect(scraped.kinds).toEqual(new Map([['a_total', 'counter']]))
})
