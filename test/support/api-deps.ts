/** What api/server.ts gives every API besides its apps and its gateway, as nobody but a test of limits would notice it. */
import { randomBytes } from 'node:crypto'
import { createEventStreams } from '../../api/event-stream/streams.ts'
import type { ApiDeps } from '../../api/middleware/context.ts'
import { createLimits } from '../../platform/limits/create-limits.ts'
import { createApiMetrics } from '../../platform/telemetry/api-metrics.ts'

const log = { error: () => undefined }

/** Of all APIs of a test file: each registry listens to the process, so there is one. */
const metrics = createApiMetrics({ openStreams: () => 0 })

/** The limits are those of production in this process's memory, with caps that no test reaches; nothing is blocked. */
export function plainApi() {
  return {
    limits: createLimits({
      lookupKey: randomBytes(32),
      sendsPerDayOverall: 1_000_000,
      sendsPerDayCountry: 1_000_000,
      log,
    }),
    blocks: () => [],
    trustedProxies: [],
    streams: createEventStreams(),
    metrics,
  } satisfies Partial<ApiDeps>
}
