import type { MiddlewareHandler } from 'hono'
import { randomBytes } from 'node:crypto'
import type { ApiEnv } from './context.ts'

/**
 * Names the request: by the caller's `X-Request-Id` when it is 1–64 of `[A-Za-z0-9_-]`, or by `req_` and 96 random
 * bits. Problems and log lines carry the id, and the answer echoes it.
 */
export function requestId(): MiddlewareHandler<ApiEnv> {
  return async function requestId(c, next) {
    const inbound = c.req.header('x-request-id') ?? ''
    const id = /^[\w-]{1,64}$/.test(inbound) ? inbound : `req_${randomBytes(12).toString('base64url')}`
    c.set('requestId', id)
    c.header('X-Request-Id', id)
    await next()
  }
}
