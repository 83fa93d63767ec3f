import { createRoute, z } from '@hono/zod-openapi'
import type { ResendAnswer } from '../../workflows/messages.ts'
import { authenticate } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { limitBody, takeJson } from '../middleware/json-body.ts'
import { problem, type Answering } from '../problem.ts'
import { channelSchema, locatedLoginAnswer, loginAnswer } from '../schemas/login.ts'
import { ofEveryBody, ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { idempotencyKey, loginIdParams, optionalJsonBody, present } from '../schemas/request.ts'
import {
  answerClosed,
  answerConflict,
  answerNoSuchLogin,
  answerProviderRefused,
  answerProviderUnavailable,
  answerTooMany,
  answerUnavailable,
  locate,
  secondsUntil,
} from './answers.ts'

/** `POST /v1/logins/{id}/resend`: sends the login's code once more, perhaps by the other channel. */
export function resendCode(api: Api, { gateway, identity, apps, policy }: ApiDeps): void {
  const route = createRoute({
    method: 'post',
    path: '/v1/logins/{id}/resend',
    operationId: 'resendCode',
    summary: 'Send the code again',
    security: [{ bearer: [] }],
    middleware: [authenticate(apps), limitBody(), takeJson('optional')] as const,
    request: { params: loginIdParams, headers: z.object(idempotencyKey), body: optionalJsonBody(bodySchema) },
    responses: {
      200: loginAnswer('The code is on its way again.'),
      202: locatedLoginAnswer('Taken in, and not sent yet. Read the login again.'),
      ...problemResponses(
        ...ofEveryCall,
        ...ofEveryBody,
        'not-found',
        'idempotency-conflict',
        'phone-invalid',
        'resend-too-early',
        'too-many-requests',
        'resends-exhausted',
        'login-closed',
        'login-expired',
        'provider-refused',
        'provider-unavailable',
        'service-unavailable',
      ),
    },
  })

  api.openapi(route, async (c) => {
    const app = c.get('app')
    const { id } = c.req.valid('param')
    const body = present(c.req.valid('json'))
    const key = c.req.valid('header')['Idempotency-Key']
    const idempotency =
      key === undefined ? undefined : identity.idempotency(app, `POST /v1/logins/${id}/resend`, key, body)
    const result = await gateway.resend(app, id, { ...body, ...present({ idempotency }) })
    switch (result.outcome) {
      case 'answered':
        return answerResend(c, result.answer, policy.resendIntervalSeconds)
      case 'pending':
        locate(c, result.login)
        return c.json(result.login, 202)
      case 'too-many':
        return problem(c, 'too-many-requests', 'Wait for the resends that are under way.', {
          reason: 'resends',
          retryAfterSeconds: 1,
        })
      case 'not-found':
        return answerNoSuchLogin(c)
      case 'idempotency-conflict':
        return answerConflict(c)
      case 'unavailable':
        return answerUnavailable(c)
    }
  })
}

const bodySchema = z
  .strictObject({
    channel: channelSchema.optional().openapi({ description: "Else the login's last one." }),
  })
  .openapi('ResendCode')

function answerResend(c: Answering, answer: ResendAnswer, standardRetrySeconds: number) {
  const { login } = answer
  switch (answer.outcome) {
    case 'sent':
      return c.json(login, 200)
    case 'too_early':
      return problem(c, 'resend-too-early', 'Wait until resendAfter.', {
        reason: 'interval',
        retryAfterSeconds: secondsUntil(answer.retryAt),
      })
    case 'denied':
      return answerTooMany(c, answer.denial)
    case 'exhausted':
      return problem(c, 'resends-exhausted', 'The codes already sent are still good until expiresAt.')
    case 'closed':
      return answerClosed(c, login)
    case 'failed':
      if (answer.failure === 'phone') {
        return problem(c, 'phone-invalid', 'The phone cannot be reached by this channel.')
      }
      if (answer.failure === 'refused') return answerProviderRefused(c, answer.cause)
      return answerProviderUnavailable(c, login, standardRetrySeconds)
  }
}
