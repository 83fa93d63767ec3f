import { createRoute, z } from '@hono/zod-openapi'
import { parsePhone } from '../../domain/phone.ts'
import type { StartedAnswer } from '../../workflows/messages.ts'
import { authenticate } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { limitBody, takeJson } from '../middleware/json-body.ts'
import { chooseWait, parsePrefer } from '../middleware/prefer.ts'
import { problem, type Answering } from '../problem.ts'
import { toCallbackUrl } from '../receipts/bearer.ts'
import { channelSchema, locatedLoginAnswer, purposeSchema } from '../schemas/login.ts'
import { ofEveryBody, ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { idempotencyKey, jsonBody, prefer, present, text } from '../schemas/request.ts'
import {
  answerClosed,
  answerConflict,
  answerPhoneInvalid,
  answerProviderRefused,
  answerProviderUnavailable,
  answerTooMany,
  answerUnavailable,
  locate,
} from './answers.ts'

const STANDARD_WAIT_SECONDS = 10

/** `POST /v1/logins`: sends a code, and answers once 8x8 has taken it or refused it. */
export function startLogin(api: Api, deps: ApiDeps): void {
  const { gateway, identity, apps, policy, publicUrl, receipts } = deps
  const callbackUrl =
    receipts && ((loginId: string) => toCallbackUrl(publicUrl, receipts.callbackTokens, loginId))
  const route = createRoute({
    method: 'post',
    path: '/v1/logins',
    operationId: 'startLogin',
    summary: 'Start a login: a code goes to the phone',
    security: [{ bearer: [] }],
    middleware: [authenticate(apps), limitBody(), takeJson('required')] as const,
    request: { headers: headersSchema, body: jsonBody(bodySchema) },
    responses: {
      201: locatedLoginAnswer('The code is on its way.'),
      202: locatedLoginAnswer('The code is still being sent. Read the login again.'),
      ...problemResponses(
        ...ofEveryCall,
        ...ofEveryBody,
        'phone-invalid',
        'phone-not-allowed',
        'idempotency-conflict',
        'too-many-requests',
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
    const { phone: written, country, brand = app.brand, ...rest } = c.req.valid('json')
    const parsed = parsePhone(written, country)
    if (parsed.outcome === 'refused') {
      return answerPhoneInvalid(c, parsed.problem === 'country' ? '/country' : '/phone', parsed.problem)
    }
    const { phone } = parsed
    if (app.allowedCountries?.includes(phone.country) === false) {
      const detail = 'Your app sends no codes to this country.'
      return problem(c, 'phone-not-allowed', detail, { reason: 'country' })
    }

    const { Prefer, 'Idempotency-Key': key } = c.req.valid('header')
    const { seconds, applied } = chooseWait(parsePrefer(Prefer), STANDARD_WAIT_SECONDS)
    if (applied !== undefined) c.header('Preference-Applied', applied)
    const terms = present({ ...rest, brand })
    const idempotency =
      key === undefined
        ? undefined
        : identity.idempotency(app, 'POST /v1/logins', key, { ...terms, phone: phone.e164 })
    const result = await gateway.start(app, {
      ...terms,
      phone,
      waitSeconds: seconds,
      ...present({ idempotency, callbackUrl }),
    })
    switch (result.outcome) {
      case 'started':
        return answerStarted(c, result, policy.resendIntervalSeconds)
      case 'denied':
        if (result.denial.reason !== 'disabled') return answerTooMany(c, result.denial)
        return problem(c, 'phone-not-allowed', 'Only an operator can clear this number.', {
          reason: 'blocked',
        })
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
    'How long to wait for the code to go out: `wait=N` (0 to 30 seconds, else 10) or `respond-async`.',
  ),
})

const bodySchema = z
  .strictObject({
    phone: text(1, 40).openapi({
      description: 'In E.164, or national together with `country`.',
      example: '+6591234567',
    }),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'Must be ISO 3166-1 alpha-2 in upper case.')
      .optional()
      .openapi({ example: 'SG' }),
    channel: channelSchema.default('sms'),
    brand: text(1, 30)
      .optional()
      .openapi({ description: "The product name in the message; else your app's." }),
    language: z
      .string()
      .max(20)
      .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Must be a language tag, such as en or pt-BR.')
      .optional(),
    userId: text(1, 128).optional().openapi({ description: 'Your name for the user; not looked at.' }),
    nonce: text(1, 256).optional().openapi({ description: 'Comes back in the assertion only.' }),
    clientIp: z
      .union(
        [z.ipv4().openapi({ format: 'ipv4' }), z.ipv6().openapi({ format: 'ipv6' })],
        'Must be an IP address.',
      )
      .optional()
      .openapi({ description: "The end user's address, as your app saw it." }),
    purpose: purposeSchema
      .default('login')
      .openapi({ description: '`enrolment`: the number is being confirmed for the first time.' }),
  })
  .openapi('StartLogin')

/** A login that was started may have ended since, by this answer's time or by that of the request it repeats. */
function answerStarted(c: Answering, { login, failure }: StartedAnswer, standardRetrySeconds: number) {
  switch (login.status) {
    case 'waiting_for_code':
    case 'checking':
    case 'verified':
      locate(c, login)
      return c.json(login, 201)
    case 'sending':
      locate(c, login)
      return c.json(login, 202)
    case 'expired':
    case 'canceled':
    case 'superseded':
      return answerClosed(c, login)
    case 'failed':
      break
  }
  switch (login.reason) {
    case 'phone_refused':
      return answerPhoneInvalid(c, '/phone', 'refused')
    case 'provider_refused':
      return answerProviderRefused(c, failure?.cause ?? 'provider_refused')
    case 'provider_unavailable':
      return answerProviderUnavailable(c, login, standardRetrySeconds)
    default:
      return answerClosed(c, login)
  }
}
