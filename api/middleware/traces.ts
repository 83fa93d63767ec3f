import type { Context, MiddlewareHandler } from 'hono'
import type { ApiEnv } from './context.ts'
import { loginIdOf, templateOf } from './route.ts'

/** Who traces the requests; `platform/telemetry` keeps this promise. */
export type RequestTraces = {
  begin(request: {
    readonly method: string
    readonly requestId: string
    /** The caller's, W3C Trace Context; whatever is none begins a trace of its own. */
    readonly traceparent: string | undefined
  }): RequestSpan
}

export type RequestSpan = {
  /** 32 hexadecimal digits; absent when nothing of it is kept. */
  readonly traceId: string | undefined
  /** What is called within belongs to the span. */
  run<T>(work: () => T): T
  end(answer: {
    /** As the OpenAPI document writes it; absent for what has no route. Never a path that somebody asked for. */
    readonly route: string | undefined
    readonly status: number
    /** Of the login that was answered about. */
    readonly login: string | undefined
  }): void
}

/** Asked every few seconds by whoever keeps the process alive; a trace of it tells nothing. */
const PROBES = ['/healthz', '/readyz']

/** One span a request, until the answer begins. @param traces left out, there are none */
export function traceRequests(traces: RequestTraces | undefined): MiddlewareHandler<ApiEnv> {
  return async function traceRequests(c, next) {
    if (traces === undefined || PROBES.includes(c.req.path)) return next()
    const span = traces.begin({
      method: c.req.method,
      requestId: c.get('requestId'),
      traceparent: c.req.header('traceparent'),
    })
    if (span.traceId !== undefined) c.set('traceId', span.traceId)
    try {
      await span.run(next)
    } finally {
      const route = templateOf(c)
      span.end({ route: route === 'none' ? undefined : route, status: c.res.status, login: loginOf(c) })
    }
  }
}

/**
 * The first 24 characters of the login's id: random bits, by which it is found. The rest names its number's workflow,
 * and would tie all logins of a person together. Only of an answer that knows the login: a path may say anything.
 */
function loginOf(c: Context): string | undefined {
  return c.res.ok ? loginIdOf(c)?.slice(0, 24) : undefined
}
