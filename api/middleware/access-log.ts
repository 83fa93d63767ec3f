import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { App } from '../../domain/app.ts'
import type { ApiEnv, Log } from './context.ts'

type LoggedEnv = { Variables: ApiEnv['Variables'] & { app?: Pick<App, 'name'> } }

/** One line a request, with the route's pattern and never its path or query: a phone may stand there (PII-15). */
export function accessLog(log: Log): MiddlewareHandler<LoggedEnv> {
  return async function accessLog(c, next) {
    const startedAt = performance.now()
    await next()
    const fields = {
      method: c.req.method,
      route: routeOf(c),
      status: c.res.status,
      ms: Math.round(performance.now() - startedAt),
      requestId: c.get('requestId'),
      app: c.get('app')?.name,
      limit: c.get('limit'),
    }
    log.info(fields, 'answered')
  }
}

/** The pattern of the route that answered, after it has; `none` for what has no route. */
export function routeOf(c: Context): string {
  const pattern = routePath(c, -1)
  return pattern === '/*' ? 'none' : pattern
}
