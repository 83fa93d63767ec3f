import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from './context.ts'
import { templateOf } from './route.ts'

/** Who counts the requests; `platform/telemetry` keeps this promise. */
export type RequestMetrics = {
  answered(answer: {
    readonly method: string
    /** As the OpenAPI document writes it, `/v1/logins/{id}`, or `none`; never a path that somebody asked for. */
    readonly route: string
    readonly status: number
    /** Until the answer began; an event stream may go on for long. */
    readonly seconds: number
    readonly limit?: string | undefined
  }): void
}

export function measureRequests(metrics: RequestMetrics): MiddlewareHandler<ApiEnv> {
  return async function measureRequests(c, next) {
    const startedAt = performance.now()
    await next()
    metrics.answered({
      method: c.req.method,
      route: templateOf(c),
      status: c.res.status,
      seconds: (performance.now() - startedAt) / 1000,
      limit: c.get('limit'),
    })
  }
}
