import { createRoute, z } from '@hono/zod-openapi'
import { BLOCKED, findBlock, isOwnRefusal } from '../../domain/blocks.ts'
import type { Admission } from '../../domain/limits.ts'
import { isFinal } from '../../domain/login.ts'
import { isAllowedType, parsePhone } from '../../domain/phone.ts'
import type { Policy } from '../../domain/policy.ts'
import type { StartedAnswer } from '../../workflows/messages.ts'
import { toClientToken } from '../client-token.ts'
import type { StartResult } from '../gateway.ts'
import { answerAdmission, answerBlocked, givenBack } from '../limits/answer.ts'
import { endUserAddress } from '../limits/end-user-address.ts'
import { noteLimit, type Limited } from '../limits/note.ts'
import { tellQuotas, withQuotaHeaders } from '../limits/quota-headers.ts'
import { authenticate } from '../middleware/authenticate.ts'
import { clientAddress } from '../middleware/client-address.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { limitBody, takeJson } from '../middleware/json-body.ts'
import { chooseWait, parsePrefer } from '../middleware/prefer.ts'
import { problem } from '../problem.ts'
import { toCallbackUrl } from '../receipts/bearer.ts'
import { channelSchema, purposeSchema, startedLoginAnswer } from '../schemas/login.ts'
import { ofEveryBody, ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { countrySchema, idempotencyKey, jsonBody, prefer, present, text } from '../schemas/request.ts'
import {
  answerChannel,
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
  const { gateway, identity, apps, clientTokens, publicUrl, receipts } = deps
  const { limits, blocks, connInfo, trustedProxies } = deps
  const callbackUrl =
    receipts && ((loginId: string) => toCallbackUrl(publicUrl, receipts.callbackTokens, loginId))
  const route = createRoute({
    method: 'post',
    path: '/v1/logins',
    operationId: 'startLogin',
    summary: 'Start a login: a code goes to the phone',
    security: [{ bearer: [] }],
    middleware: [
      authenticate({ apps }, 'start'),
      clientAddress(connInfo, trustedProxies),
      limitBody(),
      takeJson('required'),
    ] as const,
    request: { headers: headersSchema, body: jsonBody(bodySchema) },
    responses: withQuotaHeaders({
      201: startedLoginAnswer('The code is on its way.'),
      202: startedLoginAnswer('The code is still being sent. Read the login again.'),
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
    }),
  })

  api.openapi(route, async (c) => {
    const app = c.get('app')
    const { phone: written, country, ...rest } = c.req.valid('json')
    const parsed = parsePhone(written, country)
    if (parsed.outcome === 'refused') {
      return answerPhoneInvalid(c, parsed.problem === 'country' ? '/country' : '/phone', parsed.problem)
    }
    const { phone } = parsed
    if (!app.channels.includes(rest.channel)) return answerChannel(c)
    if (app.allowedCountries?.includes(phone.country) === false) {
      noteLimit(c, 'allowed-countries')
      const detail = 'Your app sends no codes to this country.'
      return problem(c, 'phone-not-allowed', detail, { reason: 'country' })
    }
    if (!isAllowedType(phone, rest.channel)) {
      noteLimit(c, 'number-type')
      const detail = 'No code is sent to this kind of number.'
      return problem(c, 'phone-not-allowed', detail, { reason: 'number-type' })
    }
    const sending = { app, e164: phone.e164, country: phone.country, channel: rest.channel }
    const block = findBlock(blocks(), { ...sending, app: app.name }, Date.now())
    if (block) return answerBlocked(c, block)
    const address = endUserAddress(rest.clientIp, c.get('clientAddress'))
    const mayAsk = await limits.mayAsk(address)
    if (mayAsk.outcome !== 'granted') return answerAdmission(c, mayAsk)

    const { Prefer, 'Idempotency-Key': key } = c.req.valid('header')
    const { seconds, applied } = chooseWait(parsePrefer(Prefer), STANDARD_WAIT_SECONDS)
    if (applied !== undefined) c.header('Preference-Applied', applied)
    const asked = present(rest)
    const idempotency =
      key === undefined
        ? undefined
        : identity.idempotency(app, 'POST /v1/logins', key, { ...asked, phone: phone.e164 })
    let admission: Admission | undefined
    const admit = async () => {
      admission = await limits.admitStart({ ...sending, address })
      return admission
    }
    const result = await gateway.start(app, {
      brand: app.brand,
      ...asked,
      phone,
      waitSeconds: seconds,
      admit,
      ...present({ idempotency, callbackUrl }),
    })
    const isRefused = result.outcome === 'denied' || result.outcome === 'not-admitted'
    if (isRefused) await limits.countRefusal(address)
    if (costNothing(result)) await givenBack(admission)
    else tellQuotas(c, admission)
    switch (result.outcome) {
      case 'not-admitted':
        return answerAdmission(c, result.admission)
      case 'started':
        return answerStarted(c, result, toClientToken(clientTokens, app, result.login.id), app.policy)
      case 'denied':
        if (result.denial.reason !== 'disabled') return answerTooMany(c, result.denial)
        noteLimit(c, 'disabled')
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
    country: countrySchema.optional(),
    channel: channelSchema.default('sms'),
    brand: text(1, 30)
      .optional()
      .openapi({ description: "The product name in the message; else your app's." }),
    language: z
      .string()
      .regex(
        /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/,
        'Must be a language tag in its usual letters, such as en, pt-BR or zh-Hant-TW.',
      )
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

/**
 * The live login had the last word, and it was no; or no send has certainly left, as when the breaker is open or the
 * worker knows of a block; or another request with the same key came at the same time, and is counted there.
 */
function costNothing(result: StartResult): boolean {
  if (result.outcome !== 'started') return ['denied', 'idempotency-conflict'].includes(result.outcome)
  if (result.isRepetition) return true
  const { failure } = result
  const neverLeft = failure?.failure === 'not_done' || isOwnRefusal(failure?.cause)
  return isFinal(result.login.status) && neverLeft
}

/** A login that was started may have ended since, by this answer's time or by that of the request it repeats. */
function answerStarted(
  c: Limited,
  { login, failure }: StartedAnswer,
  clientToken: string,
  { resendIntervalSeconds }: Policy,
) {
  switch (login.status) {
    case 'waiting_for_code':
    case 'checking':
    case 'verified':
      locate(c, login)
      return c.json({ ...login, clientToken }, 201)
    case 'sending':
      locate(c, login)
      return c.json({ ...login, clientToken }, 202)
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
      if (failure?.cause === BLOCKED) return answerBlocked(c)
      return answerProviderRefused(c, failure?.cause ?? 'provider_refused')
    case 'provider_unavailable':
      return answerProviderUnavailable(c, login, resendIntervalSeconds)
    default:
      return answerClosed(c, login)
  }
}
