import type { MiddlewareHandler } from 'hono'

/**
 * Sets on every answer that nobody may store, frame, sniff or refer from it, and that we speak TLS (API-12). What a
 * route sets itself replaces it: the reference page must be allowed its own scripts.
 *
 * Before the answer is made, as every header that is known by then: of one that is made, Hono makes another for each.
 */
export function securityHeaders(): MiddlewareHandler {
  return async function securityHeaders(c, next) {
    for (const [name, value] of Object.entries(headers)) c.header(name, value)
    await next()
  }
}

const headers = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
} as const
