/**
 * The codec server as a value: payloads go in sealed and come out open and masked, for the Temporal UI and CLI.
 * It seals nothing: what sealed for anybody could also forge.
 */
import { Hono } from 'hono'
import { requestId } from '../../api/middleware/request-id.ts'
import { securityHeaders } from '../../api/middleware/security-headers.ts'
import { problem } from '../../api/problem.ts'
import { auditLine, paths } from './audit.ts'
import type { CodecServerDeps, CodecServerEnv } from './context.ts'
import { decode, passBack } from './decode.ts'
import { createGuards } from './guards.ts'
import { originGuard, preflightHeaders } from './origins.ts'

export function createCodecServer(deps: CodecServerDeps): Hono<CodecServerEnv> {
  const app = new Hono<CodecServerEnv>()
  app.onError((error, c) => {
    // Without the message: those of libraries repeat what they were given.
    deps.log.error({ requestId: c.var.requestId, error: error.name }, 'unexpected error')
    return problem(c, 'internal-error', 'Tell us the instance of this problem, and we can find out.')
  })
  app.notFound((c) => problem(c, 'not-found', 'Only POST /decode is here.'))
  app.use(requestId(), securityHeaders())
  app.get('/healthz', (c) => c.json({ status: 'ok' }))

  app.use(auditLine(deps), originGuard(deps.origins))
  for (const path of paths) app.options(path, (c) => c.body(null, 204, preflightHeaders))
  const guards = createGuards(deps)
  app.post('/decode', ...guards, decode(deps))
  app.post('/encode', ...guards, passBack(deps))
  return app
}
