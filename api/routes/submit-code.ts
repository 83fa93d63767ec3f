import { createRoute, z } from '@hono/zod-openapi'
import type { CodeAnswer } from '../../workflows/messages.ts'
import { authenticate } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { limitBody, takeJson } from '../middleware/json-body.ts'
import { parsePrefer } from '../middleware/prefer.ts'
import { problem, type Answering } from '../problem.ts'
import { locatedLoginAnswer, loginAnswer } from '../schemas/login.ts'
import { ofEveryBody, ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { idempotencyKey, jsonBody, loginIdParams, prefer, present } from '../schemas/request.ts'
import { answerClosed, answerConflict, answerNoSuchLogin, answerUnavailable, locate } from './answers.ts'

/** `POST /v1/logins/{id}/code`: has the user's code checked, and answers with the verdict. */
export function submitCode(api: Api, { gateway, identity, apps, policy }: ApiDeps): void {
  const route = createRoute({
    method: 'post',
    path: '/v1/logins/{id}/code',
    operationId: 'submitCode',
    summary: "Submit the user's code",
    security: [{ bearer: [] }],
    middleware: [authenticate(apps), limitBody(), takeJson('required')] as const,
    request: {
      params: loginIdParams,
      headers: headersSchema,
      body: jsonBody(bodySchema(policy.codeLength)),
    },
    responses: {
      200: loginAnswer('The code is right, and the login verified.'),
      202: locatedLoginAnswer('Taken in, without a verdict yet. Read the login again.'),
      ...problemResponses(
        ...ofEveryCall,
        ...ofEveryBody,
        'not-found',
        'code-incorrect',
        'idempotency-conflict',
        'login-closed',
        'login-expired',
        'too-many-requests',
        'code-check-unavailable',
        'service-unavailable',
      ),
    },
  })

  api.openapi(route, async (c) => {
    const app = c.get('app')
    const { id } = c.req.valid('param')
    const { code } = c.req.valid('json')
    const { Prefer, 'Idempotency-Key': key } = c.req.valid('header')
    const { respondAsync } = parsePrefer(Prefer)
    if (respondAsync) c.header('Preference-Applied', 'respond-async')
    const idempotency =
      key === undefined ? undefined : identity.idempotency(app, `POST /v1/logins/${id}/code`, key, { code })
    const result = await gateway.submitCode(app, id, { code, respondAsync, ...present({ idempotency }) })
    switch (result.outcome) {
      case 'answered':
        return answerVerdict(c, result.answer)
      case 'pending':
        locate(c, result.login)
        return c.json(result.login, 202)
      case 'too-many':
        return problem(c, 'too-many-requests', 'Wait for the codes that are being checked.', {
          reason: 'codes',
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

const headersSchema = z.object({
  ...idempotencyKey,
  ...prefer('`respond-async` answers 202 at once; the verdict is then read from the login.'),
})

/** Anything but digits in a string never reaches 8x8, and spends no attempt (API-2). */
function bodySchema(codeLength: number) {
  const pattern = `^[0-9]{${codeLength}}$`
  const code = z.string().regex(new RegExp(pattern), `Must be a string of ${codeLength} digits.`)
  return z
    .strictObject({ code: code.openapi({ example: '0123456789'.slice(0, codeLength) }) })
    .openapi('SubmitCode')
}

function answerVerdict(c: Answering, { outcome, login, retryAfterSeconds = 1 }: CodeAnswer) {
  switch (outcome) {
    case 'verified':
      return c.json(login, 200)
    case 'incorrect': {
      const { attemptsLeft } = login
      return problem(c, 'code-incorrect', `${attemptsLeft} attempts are left.`, { attemptsLeft })
    }
    case 'closed':
      return answerClosed(c, login)
    case 'unavailable':
      return problem(c, 'code-check-unavailable', 'There is no verdict on this code; submit it again.', {
        retryAfterSeconds,
      })
  }
}
