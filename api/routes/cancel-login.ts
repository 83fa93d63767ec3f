import { createRoute, z } from '@hono/zod-openapi'
import { showLogin } from '../client-view.ts'
import { authenticateForLogin } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { limitBody, takeJson } from '../middleware/json-body.ts'
import { locatedLoginAnswer, loginAnswer } from '../schemas/login.ts'
import { ofEveryBody, ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { loginIdParams, optionalJsonBody } from '../schemas/request.ts'
import { answerClosed, answerNoSuchLogin, answerUnavailable, locate } from './answers.ts'

/** `POST /v1/logins/{id}/cancel`: ends the login; a second time is as good as the first. */
export function cancelLogin(api: Api, { gateway, apps, clientTokens }: ApiDeps): void {
  const route = createRoute({
    method: 'post',
    path: '/v1/logins/{id}/cancel',
    operationId: 'cancelLogin',
    summary: 'Cancel a login',
    security: [{ bearer: [] }, { clientToken: [] }],
    middleware: [
      authenticateForLogin({ apps, clientTokens }, 'start'),
      limitBody(),
      takeJson('optional'),
    ] as const,
    request: { params: loginIdParams, body: optionalJsonBody(z.strictObject({}).openapi('CancelLogin')) },
    responses: {
      200: loginAnswer('The login is canceled.'),
      202: locatedLoginAnswer('Taken in; a check under way ends first. Read the login again.'),
      ...problemResponses(
        ...ofEveryCall,
        ...ofEveryBody,
        'not-found',
        'login-closed',
        'login-expired',
        'service-unavailable',
      ),
    },
  })

  api.openapi(route, async (c) => {
    const result = await gateway.cancel(c.get('app'), c.req.valid('param').id)
    switch (result.outcome) {
      case 'answered': {
        const { outcome, login } = result.answer
        const shown = showLogin(c.get('caller'), login)
        return outcome === 'canceled' ? c.json(shown, 200) : answerClosed(c, shown)
      }
      case 'pending':
        locate(c, result.login)
        return c.json(showLogin(c.get('caller'), result.login), 202)
      case 'not-found':
        return answerNoSuchLogin(c)
      case 'unavailable':
        return answerUnavailable(c)
    }
  })
}
