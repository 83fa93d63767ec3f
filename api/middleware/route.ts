/** What a request is known by where it is logged, counted and traced: never its path, in which a phone may stand. */
import type { Context } from 'hono'
import { routePath } from 'hono/route'

/** The pattern of the route that answered, after it has; `none` for what has no route. */
export function routeOf(c: Context): string {
  const pattern = routePath(c, -1)
  return pattern === '/*' ? 'none' : pattern
}

/** The same as the OpenAPI document writes it, `/v1/logins/{id}`. */
export function templateOf(c: Context): string {
  return routeOf(c).replaceAll(/:(\w+)/g, '{$1}')
}

/** The login that was asked for, as the path has it: perhaps no id at all. Of a start, the one that it made. */
export function loginIdOf(c: Context): string | undefined {
  return c.req.param('id') ?? /\/v1\/logins\/(lg_[\w-]+)$/.exec(c.res.headers.get('location') ?? '')?.[1]
}
