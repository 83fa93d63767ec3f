/** Whose pages may ask: those of the one Temporal UI (PII-13). */
import type { MiddlewareHandler } from 'hono'
import { problem } from '../../api/problem.ts'
import type { CodecServerEnv } from './context.ts'

const LOOPBACK = ['localhost', '127.0.0.1']

/** The UI's own origin; in development a UI on loopback also by its other name, since a person may type either. */
export function allowedOrigins(uiOrigin: string, isProduction: boolean): readonly string[] {
  const { protocol, hostname, port } = new URL(uiOrigin)
  if (isProduction || !LOOPBACK.includes(hostname)) return [uiOrigin]
  return LOOPBACK.map((name) => `${protocol}//${name}${port && `:${port}`}`)
}

/** Refuses a page of any other origin before anything is decoded; who is no page sends no Origin. */
export function originGuard(origins: readonly string[]): MiddlewareHandler<CodecServerEnv> {
  return async function originGuard(c, next) {
    c.header('Vary', 'Origin')
    const origin = c.req.header('origin')
    if (origin !== undefined) {
      if (!origins.includes(origin)) {
        c.set('refusal', 'origin')
        return problem(
          c,
          'forbidden',
          'Only pages of the Temporal UI may ask; TEMPORAL_UI_URL says where it is.',
        )
      }
      c.header('Access-Control-Allow-Origin', origin)
    }
    await next()
    return undefined
  }
}

/** What a page of the UI may send. `Authorization-Extras` is the ID token that the UI adds to its access token. */
export const preflightHeaders = {
  'Access-Control-Allow-Methods': 'POST',
  'Access-Control-Allow-Headers': 'X-Namespace, Content-Type, Authorization, Authorization-Extras',
  'Access-Control-Max-Age': '600',
} as const
