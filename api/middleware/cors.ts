/** Which pages of other origins may call and read the answers: those of the app, which browsers enforce (API-11). */
import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../../domain/app.ts'
import type { Apps } from './context.ts'

type CorsEnv = { Variables: { requestId: string; app?: App } }

const allowed = {
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Idempotency-Key, Prefer, Last-Event-ID, X-Request-Id',
  // Ten minutes: what an app's list of origins loses is gone by then.
  'Access-Control-Max-Age': '600',
} as const

const EXPOSED =
  'Location, Retry-After, X-Request-Id, Preference-Applied, WWW-Authenticate, RateLimit, RateLimit-Policy'

/**
 * Names the origin of a request in its answer when the app that it authenticated as lists it, and when it
 * authenticated as none, if any app does. A preflight shows no credentials, so any app's origin will do.
 *
 * Origins are compared whole, none is a wildcard, and cookies are never asked for. What comes from elsewhere is
 * answered as ever: it is the browser that keeps it from its page.
 */
export function cors(apps: Apps): MiddlewareHandler<CorsEnv> {
  const isSomeApps = (origin: string) => apps.all().some(({ origins }) => origins.includes(origin))

  return async function cors(c, next) {
    const origin = c.req.header('origin')
    if (origin !== undefined && isPreflight(c) && isSomeApps(origin)) {
      for (const [name, value] of Object.entries(allowed)) c.header(name, value)
      c.header('Access-Control-Allow-Origin', origin)
      c.header('Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers')
      return c.body(null, 204)
    }
    c.header('Vary', 'Origin')
    await next()
    if (origin === undefined) return undefined
    const app = c.get('app')
    if (app === undefined ? isSomeApps(origin) : app.origins.includes(origin)) {
      c.header('Access-Control-Allow-Origin', origin)
      c.header('Access-Control-Expose-Headers', EXPOSED)
    }
    return undefined
  }
}

function isPreflight(c: Context): boolean {
  return c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined
}
