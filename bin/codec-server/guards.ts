/** What a request must be before its payloads are looked at: somebody's, for our namespace, not too often, JSON. */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { takeJson } from '../../api/middleware/json-body.ts'
import { problem } from '../../api/problem.ts'
import type { CodecServerDeps, CodecServerEnv } from './context.ts'

const MAX_BODY_BYTES = 4 * 1024 * 1024

type Middleware = MiddlewareHandler<CodecServerEnv>

export function createGuards(deps: CodecServerDeps) {
  return [
    authenticate(deps),
    checkNamespace(deps),
    limitRate(deps),
    limitBody(),
    takeJson('required'),
  ] as const
}

function authenticate({ callers }: CodecServerDeps): Middleware {
  return async function authenticate(c, next) {
    const identified = await callers({
      authorization: c.req.header('authorization'),
      host: c.req.header('host'),
      address: c.env.incoming.socket.remoteAddress,
    })
    switch (identified.outcome) {
      case 'caller':
        c.set('caller', identified.name)
        await next()
        return undefined
      case 'foreign-host':
        c.set('refusal', 'host')
        return problem(c, 'forbidden', 'Ask by the name localhost or 127.0.0.1.')
      case 'unavailable':
        return problem(c, 'service-unavailable', 'The keys of the identity provider cannot be had.', {
          retryAfterSeconds: 5,
        })
      case 'unauthorized':
        c.header('WWW-Authenticate', identified.isTokenGiven ? 'Bearer error="invalid_token"' : 'Bearer')
        return problem(c, 'unauthorized', 'Send Authorization: Bearer {token}.')
    }
  }
}

function checkNamespace({ namespace }: CodecServerDeps): Middleware {
  return async function checkNamespace(c, next) {
    // The Temporal CLI sends an empty one for the namespace that it uses when nobody names one.
    const asked = c.req.header('x-namespace') === '' ? 'default' : c.req.header('x-namespace')
    if (asked !== namespace) {
      c.set('refusal', 'namespace')
      return problem(c, 'forbidden', 'X-Namespace is not the namespace that is served here.')
    }
    await next()
    return undefined
  }
}

function limitRate({ mostRequestsPerMinute }: CodecServerDeps): Middleware {
  const limiter = new RateLimiterMemory({ points: mostRequestsPerMinute, duration: 60 })
  return async function limitRate(c, next) {
    try {
      await limiter.consume(c.var.caller ?? '')
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error
      const retryAfterSeconds = Math.ceil(error.msBeforeNext / 1000)
      return problem(c, 'too-many-requests', 'This caller asks too often.', { retryAfterSeconds })
    }
    await next()
    return undefined
  }
}

function limitBody(): Middleware {
  return bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (c: Context<CodecServerEnv>) =>
      problem(c, 'payload-too-large', `A body has at most ${MAX_BODY_BYTES} bytes.`),
  })
}
