import { createRoute, z } from '@hono/zod-openapi'
import { BLOCKED, findBlock } from '../../domain/blocks.ts'
import type { Admission } from '../../domain/limits.ts'
import { isFinal } from '../../domain/login.ts'
import type { ResendAnswer } from '../../workflows/messages.ts'
import type { ResendResult } from '../gateway.ts'
import { showLogin } from '../client-view.ts'
import { answerAdmission, answerBlocked } from '../limits/answer.ts'
import { endUserAddress } from '../limits/end-user-address.ts'
import { noteLimit, wordOf, type Limited } from '../limits/note.ts'
import { tellQuotas, withQuotaHeaders } from '../limits/quota-headers.ts'
import { authenticateForLogin } from '../middleware/authenticate.ts'
import { clientAddress } from '../middleware/client-address.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { limitBody, takeJson } from '../middleware/json-body.ts'
import { problem } from '../problem.ts'
import { channelSchema, locatedLoginAnswer, loginAnswer } from '../schemas/login.ts'
import { ofEveryBody, ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { idempotencyKey, loginIdParams, optionalJsonBody, present } from '../schemas/request.ts'
import {
  answerChannel,
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
export function resendCode(api: Api, deps: ApiDeps): void {
  const { gateway, identity, apps, clientTokens, limits, blocks, connInfo, trustedProxies } = deps
  const route = createRoute({
    method: 'post',
    path: '/v1/logins/{id}/resend',
    operationId: 'resendCode',
    summary: 'Send the code again',
    security: [{ bearer: [] }, { clientToken: [] }],
    middleware: [
      authenticateForLogin({ apps, clientTokens }, 'start'),
      clientAddress(connInfo, trustedProxies),
      limitBody(),
      takeJson('optional'),
    ] as const,
    request: { params: loginIdParams, headers: z.object(idempotencyKey), body: optionalJsonBody(bodySchema) },
    responses: withQuotaHeaders({
      200: loginAnswer('The code is on its way again.'),
      202: locatedLoginAnswer('Taken in, and not sent yet. Read the login again.'),
      ...problemResponses(
        ...ofEveryCall,
        ...ofEveryBody,
        'not-found',
        'idempotency-conflict',
        'phone-invalid',
        'phone-not-allowed',
        'resend-too-early',
        'too-many-requests',
        'resends-exhausted',
        'login-closed',
        'login-expired',
        'provider-refused',
        'provider-unavailable',
        'service-unavailable',
      ),
    }),
  })

  api.openapi(route, async (c) => {
    const { app, caller } = c.var
    const { id } = c.req.valid('param')
    const body = present(c.req.valid('json'))
    if (body.channel !== undefined && !app.channels.includes(body.channel)) return answerChannel(c)
    // Left out, it is the login's own, which 8x8 may have changed to one that the app does not send by.
    const [only, another] = app.channels
    const channel = body.channel ?? (another === undefined ? only : undefined)
    const key = c.req.valid('header')['Idempotency-Key']
    const idempotency =
      key === undefined ? undefined : identity.idempotency(app, `POST /v1/logins/${id}/resend`, key, body)

    let admitted: (Extract<Admission, { outcome: 'granted' }> & { readonly resendsLeft: number }) | undefined
    const read = await gateway.read(app, id, 0)
    if (read.outcome === 'not-found') return answerNoSuchLogin(c)
    if (read.outcome === 'unavailable') return answerUnavailable(c)
    const { country, status, resendsLeft, resendAfter } = read.login
    const sendsBy = channel ?? read.login.channel
    // What the login refuses, is answering or has answered is left to it. A check that is under way keeps no resend back:
    // it goes out after it. A send that is under way does.
    const isDue = resendAfter === null || Date.parse(resendAfter) <= Date.now() + MARGIN_MS
    if (!isFinal(status) && status !== 'sending' && resendsLeft > 0 && isDue) {
      const block = findBlock(blocks(), { country, channel: sendsBy, app: app.name }, Date.now())
      if (block && caller === 'app') return answerBlocked(c, block)
      if (block) {
        noteLimit(c, wordOf(block))
        return answerProviderUnavailable(c, read.login, app.policy.resendIntervalSeconds)
      }
      // An app's own address is not its user's, and a resend names none.
      const address = caller === 'client' ? endUserAddress(undefined, c.get('clientAddress')) : undefined
      const admission = await limits.admitResend({ app, country, channel: sendsBy, address })
      if (caller === 'app') tellQuotas(c, admission)
      if (admission.outcome !== 'granted') return answerAdmission(c, admission, caller)
      admitted = { ...admission, resendsLeft }
    }
    const result = await gateway.resend(app, id, present({ channel, idempotency }))
    if (admitted && costNothing(result, admitted.resendsLeft)) await admitted.giveBack()
    switch (result.outcome) {
      case 'answered':
        return caller === 'client'
          ? answerClient(c, result.answer, app.policy.resendIntervalSeconds)
          : answerResend(c, result.answer, app.policy.resendIntervalSeconds)
      case 'pending':
        locate(c, result.login)
        return c.json(showLogin(caller, result.login), 202)
      case 'too-many':
        noteLimit(c, 'resends')
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

/** Between the reading of a login and the login's own decision, by a clock of its own. */
const MARGIN_MS = 2000

/** It was refused, or repeats one that was granted and counted before, or nothing left. Of no answer nobody knows. */
function costNothing(result: ResendResult, resendsLeft: number): boolean {
  if (result.outcome === 'pending' || result.outcome === 'unavailable') return false
  if (result.outcome !== 'answered' || result.isRepetition) return true
  const { outcome, login } = result.answer
  const isRefused = ['too_early', 'denied', 'exhausted', 'closed'].includes(outcome)
  return isRefused || login.resendsLeft >= resendsLeft
}

const bodySchema = z
  .strictObject({
    channel: channelSchema
      .optional()
      .openapi({ description: "Else your app's, if it sends by one only; else the login's last one." }),
  })
  .openapi('ResendCode')

/** Neither the number's other logins nor what 8x8 says of the number are told to a holder of a token (ENUM-1, ENUM-5). */
function answerClient(c: Limited, answer: ResendAnswer, standardRetrySeconds: number) {
  const shown = { ...answer, login: showLogin('client', answer.login) }
  if (shown.outcome === 'denied') {
    noteLimit(c, shown.denial.reason)
    const detail = 'No more can be sent for now.'
    return problem(c, 'too-many-requests', detail, {
      reason: 'limit',
      retryAfterSeconds: standardRetrySeconds,
    })
  }
  if (shown.outcome === 'failed') return answerProviderUnavailable(c, shown.login, standardRetrySeconds)
  return answerResend(c, shown, standardRetrySeconds)
}

function answerResend(c: Limited, answer: ResendAnswer, standardRetrySeconds: number) {
  const { login } = answer
  switch (answer.outcome) {
    case 'sent':
      return c.json(login, 200)
    case 'too_early':
      noteLimit(c, 'interval')
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
      if (answer.cause === BLOCKED) return answerBlocked(c)
      if (answer.failure === 'refused') return answerProviderRefused(c, answer.cause)
      return answerProviderUnavailable(c, login, standardRetrySeconds)
  }
}
