import { OpenAPIHono } from '@hono/zod-openapi'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { accessLog } from './middleware/access-log.ts'
import { cors } from './middleware/cors.ts'
import type { Api, ApiDeps, ApiEnv } from './middleware/context.ts'
import { measureRequests } from './middleware/metrics.ts'
import { requestId } from './middleware/request-id.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { traceRequests } from './middleware/traces.ts'
import { answerError, answerNoSuchMethod, answerNoSuchPath } from './problem.ts'
import { cancelLogin } from './routes/cancel-login.ts'
import { listLogins } from './routes/list-logins.ts'
import { openApiDocument } from './routes/openapi-document.ts'
import { readEvents } from './routes/read-events.ts'
import { readHealth } from './routes/read-health.ts'
import { readJwks } from './routes/read-jwks.ts'
import { readLogin } from './routes/read-login.ts'
import { readNumber } from './routes/read-number.ts'
import { readReadiness } from './routes/read-readiness.ts'
import { receiveReceipt } from './routes/receive-receipt.ts'
import { referencePage } from './routes/reference-page.ts'
import { resendCode } from './routes/resend-code.ts'
import { startLogin } from './routes/start-login.ts'
import { submitCode } from './routes/submit-code.ts'
import { answerInvalid } from './schemas/invalid-request.ts'

/** The HTTP surface as a value: give its `fetch` to a server, or call `request` (design 3). */
export function createApp(deps: ApiDeps): Api {
  const api = new OpenAPIHono<ApiEnv>({ defaultHook: answerInvalid })
  api.onError(answerError(deps.log))
  api.notFound(answerNoSuchPath)
  api.use(requestId(), traceRequests(deps.traces), securityHeaders(), accessLog(deps))
  api.use(measureRequests(deps.metrics))
  // What a browser may do with one login; a start takes a key, which belongs on no page.
  api.use('/v1/logins/:id/*', cors(deps.apps))
  api.use(methodNotAllowed({ app: api, onMethodNotAllowed: answerNoSuchMethod }))

  for (const add of routes) add(api, deps)
  return api
}

const routes = [
  startLogin,
  listLogins,
  readLogin,
  readEvents,
  submitCode,
  resendCode,
  cancelLogin,
  receiveReceipt,
  readNumber,
  readJwks,
  readHealth,
  readReadiness,
  openApiDocument,
  referencePage,
]
