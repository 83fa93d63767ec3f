import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../../domain/app.ts'
import type { Log } from '../../domain/log.ts'
import type { Identity } from '../identity.ts'
import type { ApiEnv } from './context.ts'
import { loginIdOf, routeOf } from './route.ts'

type LoggedEnv = { Variables: ApiEnv['Variables'] & { app?: Pick<App, 'name'> } }

type Deps = { readonly log: Log; readonly identity: Pick<Identity, 'parseLoginId'> }

/** One line a request, with the route's pattern and never its path or query: a phone may stand there (PII-15). */
export function accessLog({ log, identity }: Deps): MiddlewareHandler<LoggedEnv> {
  return async function accessLog(c, next) {
    const startedAt = performance.now()
    await next()
    const fields = {
      method: c.req.method,
      route: routeOf(c),
      status: c.res.status,
      ms: Math.round(performance.now() - startedAt),
      requestId: c.get('requestId'),
      traceId: c.get('traceId'),
      app: c.get('app')?.name,
      limit: c.get('limit'),
      ...loginOf(c, identity),
    }
    log.info(fields, 'answered')
  }
}

/** By which a request leads to a history, and a history to its requests. None where the login is not this caller's. */
function loginOf(c: Context, { parseLoginId }: Deps['identity']): { loginId?: string; workflowId?: string } {
  if ([401, 403, 404].includes(c.res.status)) return {}
  const loginId = loginIdOf(c)
  const workflowId = loginId === undefined ? undefined : parseLoginId(loginId)?.workflowId
  return loginId === undefined || workflowId === undefined ? {} : { loginId, workflowId }
}
