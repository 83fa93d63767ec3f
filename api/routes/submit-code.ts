import { createRoute, z } from '@hono/zod-openapi'
import type { Login } from '../../domain/login.ts'
import type { CodeAnswer } from '../../workflows/messages.ts'
import { withAssertion } from '../assertion.ts'
import { showLogin } from '../client-view.ts'
import { noteLimit } from '../limits/note.ts'
import { authenticateForLogin } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { limitBody, takeJson } from '../middleware/json-body.ts'
import { parsePrefer } from '../middleware/prefer.ts'
import { problem, type Answering } from '../problem.ts'
import { locatedLoginAnswer, provenLoginAnswer } from '../schemas/login.ts'
import { answerInvalidMember } from '../schemas/invalid-request.ts'
import { ofEveryBody, ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { idempotencyKey, jsonBody, loginIdParams, prefer, present } from '../schemas/request.ts'
import { answerClosed, answerConflict, answerNoSuchLogin, answerUnavailable, locate } from './answers.ts'

/** `POST /v1/logins/{id}/code`: has the user's code checked, and answers with the verdict. */
export function submitCode(api: Api, deps: ApiDeps): void {
  const { gateway, identity, apps, clientTokens } = deps
  const route = createRoute({
    method: 'post',
    path: '/v1/logins/{id}/code',
    operationId: 'submitCode',
    summary: "Submit the user's code",
    security: [{ bearer: [] }, { clientToken: [] }],
    middleware: [
      authenticateForLogin({ apps, clientTokens }, 'start'),
      limitBody(),
      takeJson('required'),
    ] as const,
    request: {
      params: loginIdParams,
      headers: headersSchema,
      body: jsonBody(bodySchema),
    },
    responses: {
      200: provenLoginAnswer('The code is right, and the login verified: here is its assertion.'),
      202: locatedLoginAnswer(
        'Taken in, without a verdict yet. Read the login again, or repeat this request with its `Idempotency-Key`, which has the assertion for a browser too.',
      ),
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
    const { app, caller } = c.var
    const { id } = c.req.valid('param')
    const { code } = c.req.valid('json')
    const { codeLength } = app.policy
    if (code.length !== codeLength) {
      return answerInvalidMember(c, '/code', `Must be a string of ${codeLength} digits.`)
    }
    const { Prefer, 'Idempotency-Key': key } = c.req.valid('header')
    const { respondAsync } = parsePrefer(Prefer)
    if (respondAsync) c.header('Preference-Applied', 'respond-async')
    const idempotency =
      key === undefined ? undefined : identity.idempotency(app, `POST /v1/logins/${id}/code`, key, { code })
    const result = await gateway.submitCode(app, id, { code, respondAsync, ...present({ idempotency }) })
    switch (result.outcome) {
      case 'answered': {
        const { outcome, login, terms, retryAfterSeconds } = result.answer
        if (outcome === 'verified') {
          return c.json(showLogin(caller, await withAssertion(deps, c.var, login, terms)), 200)
        }
        return answerNotVerified(c, outcome, showLogin(caller, login), retryAfterSeconds)
      }
      case 'pending':
        locate(c, result.login)
        return c.json(showLogin(caller, result.login), 202)
      case 'too-many':
        noteLimit(c, 'codes')
        return problem(c, 'too-many-requests', 'Wait for the codes that are being checked.', {
          reason: 'codes',
          retryAfterSeconds: 1,
        })
      case 'invalid':
        return answerInvalidMember(c, '/code', 'Must have as many digits as the code that was sent.')
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
  ...prefer(
    '`respond-async` answers 202 without waiting for the verdict; the login has it later, and so has this request when it is repeated with its `Idempotency-Key`.',
  ),
})

/** Anything but digits in a string never reaches 8x8, and spends no attempt (API-2). */
const bodySchema = z
  .strictObject({
    code: z
      .string()
      .regex(/^[0-9]{4,10}$/, 'Must be a string of as many digits as your codes have.')
      .openapi({ description: 'Of the length that your app has configured.', example: '012345' }),
  })
  .openapi('SubmitCode')

function answerNotVerified(
  c: Answering,
  outcome: Exclude<CodeAnswer['outcome'], 'verified'>,
  login: Login,
  retryAfterSeconds = 1,
) {
  switch (outcome) {
    case 'incorrect': {
      const { attemptsLeft } = login
      const left = attemptsLeft === 1 ? '1 attempt is' : `${attemptsLeft} attempts are`
      return problem(c, 'code-incorrect', `${left} left.`, { attemptsLeft })
    }
    case 'closed':
      return answerClosed(c, login)
    case 'unavailable':
      return problem(c, 'code-check-unavailable', 'There is no verdict on this code; submit it again.', {
        retryAfterSeconds,
      })
  }
}
