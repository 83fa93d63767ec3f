/** Who calls, by `Authorization: Bearer` and by nothing else: a query, a cookie and a body are not read (API-8, BIND-10). */
import type { Context, MiddlewareHandler } from 'hono'
import type { Scope } from '../../domain/app.ts'
import { ownerOf } from '../client-token.ts'
import { problem } from '../problem.ts'
import { answerNoSuchLogin } from '../routes/answers.ts'
import type { ApiDeps, AppEnv } from './context.ts'

type Deps = Pick<ApiDeps, 'apps' | 'clientTokens'>

/** Lets an app in whose key has the scope. */
export function authenticate({ apps }: Pick<Deps, 'apps'>, scope: Scope): MiddlewareHandler<AppEnv> {
  return async function authenticate(c, next) {
    const credential = readBearer(c)
    const holder = credential === undefined ? undefined : apps.byKey(credential)
    if (holder === undefined) return answerUnauthorized(c)
    if (!holder.scopes.has(scope)) return answerOutOfScope(c, scope)
    c.set('app', holder.app)
    c.set('caller', 'app')
    await next()
    return undefined
  }
}

/**
 * Lets in an app whose key has the scope, and whoever shows the client token of the login in the path.
 *
 * Another login's token is answered as an unknown login is, so that knowing an id tells nothing (BIND-7, ENUM-4).
 */
export function authenticateForLogin({ apps, clientTokens }: Deps, scope: Scope): MiddlewareHandler<AppEnv> {
  const byKey = authenticate({ apps }, scope)
  return async function authenticateForLogin(c, next) {
    const owner = ownerOf(clientTokens, readBearer(c) ?? '', c.req.param('id') ?? '')
    if (owner === undefined) return byKey(c, next)
    if (owner === 'wrong') return answerNoSuchLogin(c)
    const app = apps.byName(owner.appName)
    if (app === undefined) return answerUnauthorized(c)
    c.set('app', app)
    c.set('caller', 'client')
    await next()
    return undefined
  }
}

function readBearer(c: Context<AppEnv>): string | undefined {
  return /^bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
}

function answerUnauthorized(c: Context<AppEnv>) {
  const isTokenGiven = /^bearer\b/i.test(c.req.header('authorization') ?? '')
  c.header('WWW-Authenticate', isTokenGiven ? 'Bearer error="invalid_token"' : 'Bearer')
  const detail =
    'Send the API key of your app, or where it is taken the client token of the login, as a Bearer.'
  return problem(c, 'unauthorized', detail)
}

function answerOutOfScope(c: Context<AppEnv>, scope: Scope) {
  c.header('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scope}"`)
  return problem(c, 'forbidden', `This call takes a key with the scope ${scope}.`)
}
