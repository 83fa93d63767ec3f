import type { MiddlewareHandler } from 'hono'
import type { AuditFields, CodecServerDeps, CodecServerEnv } from './context.ts'
import { maskText } from './mask.ts'

/** One line a request: who asked, for what, from which page, and what came of it. Nothing of a payload or a token. */
export function auditLine({ audit, namespace }: CodecServerDeps): MiddlewareHandler<CodecServerEnv> {
  return async function auditLine(c, next) {
    const startedAt = performance.now()
    const address = c.env.incoming.socket.remoteAddress
    await next()
    const asked = c.req.header('x-namespace')
    const fields: AuditFields = {
      caller: c.var.caller ?? 'unknown',
      address,
      method: c.req.method,
      path: paths.includes(c.req.path) ? c.req.path : 'none',
      namespace: asked === namespace ? namespace : heard(asked),
      origin: heard(c.req.header('origin')),
      payloads: c.var.payloads ?? 0,
      outcome: c.res.ok ? 'answered' : 'refused',
      refusal: c.var.refusal,
      status: c.res.status,
      requestId: c.var.requestId,
      ms: Math.round(performance.now() - startedAt),
    }
    if (c.res.ok) audit.info(fields)
    else audit.warn(fields)
  }
}

export const paths: readonly string[] = ['/decode', '/encode']

/** A header of somebody who may be a stranger. */
function heard(header: string | undefined): string | undefined {
  return header === undefined ? undefined : maskText(header.slice(0, 200))
}
