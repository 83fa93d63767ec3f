/** What Prometheus learns of one API process (docs/metrics.md). No label ever comes from a body, a path or a query. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { knownMethod } from './request-method.ts'

export type ApiMetricsOptions = {
  /** How many event streams are open now. */
  readonly openStreams: () => number
}

/** One request that was answered. */
export type Answered = {
  readonly method: string
  /** The route's template with OpenAPI's braces, or `none`. */
  readonly route: string
  readonly status: number
  /** Until the answer began. */
  readonly seconds: number
  /** The word of the limit that answered, if one did: a closed list. */
  readonly limit?: string | undefined
}

/** In seconds; the longest are starts that wait for 8x8 (10 s), codes (15 s) and reads with `Prefer: wait` (30 s). */
const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30]

export function createApiMetrics({ openStreams }: ApiMetricsOptions) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Requests, by the time until their answer began',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: HTTP_BUCKETS,
    registers,
  })
  const limitsHit = new Counter({
    name: 'postern_limits_hit_total',
    help: 'Requests that a limit, a budget or a block refused',
    labelNames: ['limit'],
    registers,
  })
  const limitsUnavailable = new Counter({
    name: 'postern_limits_unavailable_total',
    help: 'Requests refused because the store of the limits did not answer',
    registers,
  })
  const plainText = new Counter({
    name: 'postern_plaintext_payloads_total',
    help: 'Payloads from Temporal that we did not encrypt',
    registers,
  })
  const payloadsSealed = new Counter({
    name: 'postern_payloads_sealed_total',
    help: 'Payloads for Temporal that were sealed, by the id of the key',
    labelNames: ['key'],
    registers,
  })
  new Gauge({
    name: 'postern_event_streams_open',
    help: 'Event streams that are open now',
    registers,
    collect() {
      this.set(openStreams())
    },
  })
  new Gauge({
    name: 'postern_clock_unix',
    help: 'This process’s clock when it was asked, in seconds since 1970',
    registers,
    collect() {
      this.set(Date.now() / 1000)
    },
  })

  return {
    registry,
    answered({ method, route, status, seconds, limit }: Answered): void {
      const labels = {
        http_request_method: knownMethod(method),
        http_route: route,
        http_response_status_code: String(status),
      }
      requests.observe(labels, seconds)
      if (limit !== undefined) limitsHit.inc({ limit })
    },
    limitsUnavailable: (): void => {
      limitsUnavailable.inc()
    },
    plainTextSeen: (): void => {
      plainText.inc()
    },
    /** For the codec. Every payload passes by, so the label is looked up once. */
    sealedWith: (keyId: string) => {
      const ofKey = payloadsSealed.labels({ key: keyId })
      // There from the start, so that the first ones are an increase.
      ofKey.inc(0)
      return (payloads: number): void => {
        ofKey.inc(payloads)
      }
    },
  }
}
