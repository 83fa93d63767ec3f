import type { MiddlewareHandler } from 'hono'
import { problem } from '../problem.ts'
import type { ApiDeps, AppEnv } from './context.ts'

/**
 * Lets an app in by `Authorization: Bearer {API key}` and by nothing else: credentials in a query or a body are
 * not read (API-8, RFC 6750 2.1 and 3).
 */
export function authenticate(apps: ApiDeps['apps']): MiddlewareHandler<AppEnv> {
  return async function authenticate(c, next) {
    const authorization = c.req.header('authorization') ?? ''
    const [, apiKey] = /^bearer +(\S+)$/i.exec(authorization) ?? []
    const app = apiKey === undefined ? undefined : apps(apiKey)
    if (app === undefined) {
      const isTokenGiven = /^bearer\b/i.test(authorization)
      c.header('WWW-Authenticate', isTokenGiven ? 'Bearer error="invalid_token"' : 'Bearer')
      return problem(c, 'unauthorized', 'Send the API key of your app as Authorization: Bearer {key}.')
    }
    c.set('app', app)
    await next()
    return undefined
  }
}
