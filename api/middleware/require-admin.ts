import type { MiddlewareHandler } from 'hono'
import { problem } from '../problem.ts'
import type { AppEnv } from './context.ts'

/** Behind `authenticate`: lets only the keys in that may read numbers. */
export function requireAdmin(): MiddlewareHandler<AppEnv> {
  return async function requireAdmin(c, next) {
    if (!c.get('app').admin) return problem(c, 'forbidden', 'This call takes an admin key.')
    await next()
    return undefined
  }
}
