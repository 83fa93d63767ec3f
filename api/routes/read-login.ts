import { createRoute, z } from '@hono/zod-openapi'
import { withAssertion } from '../assertion.ts'
import { showLogin } from '../client-view.ts'
import { authenticateForLogin } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { parsePrefer } from '../middleware/prefer.ts'
import { provenLoginAnswer } from '../schemas/login.ts'
import { ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { loginIdParams, prefer } from '../schemas/request.ts'
import { answerNoSuchLogin, answerUnavailable } from './answers.ts'

/** `GET /v1/logins/{id}`: the login as it is now, or with `Prefer: wait=N` as it is once its status changes. */
export function readLogin(api: Api, deps: ApiDeps): void {
  const { gateway, apps, clientTokens } = deps
  const route = createRoute({
    method: 'get',
    path: '/v1/logins/{id}',
    operationId: 'readLogin',
    summary: 'Read a login',
    security: [{ bearer: [] }, { clientToken: [] }],
    middleware: [authenticateForLogin({ apps, clientTokens }, 'read')] as const,
    request: { params: loginIdParams, headers },
    responses: {
      200: provenLoginAnswer('The login; to a key, once it is verified, with its assertion.'),
      ...problemResponses(...ofEveryCall, 'not-found', 'service-unavailable'),
    },
  })

  api.openapi(route, async (c) => {
    const { waitSeconds } = parsePrefer(c.req.valid('header').Prefer)
    if (waitSeconds !== undefined) c.header('Preference-Applied', `wait=${waitSeconds}`)
    const { id } = c.req.valid('param')
    const result = await gateway.read(c.get('app'), id, waitSeconds ?? 0, c.req.raw.signal)
    switch (result.outcome) {
      case 'login':
        if (result.isCrowded) c.header('Preference-Applied', undefined)
        // Whoever submitted the code was given it then; a token alone may be somebody else's by now.
        if (c.get('caller') === 'client') return c.json(showLogin('client', result.login), 200)
        return c.json(await withAssertion(deps, c.var, result.login), 200)
      case 'not-found':
        return answerNoSuchLogin(c)
      case 'unavailable':
        return answerUnavailable(c)
    }
  })
}

const headers = z.object(
  prefer(
    '`wait=N` (0 to 30) holds the answer until the status changes, for N seconds at most; with five reads of a login held already, it is answered at once and without `Preference-Applied`.',
  ),
)
