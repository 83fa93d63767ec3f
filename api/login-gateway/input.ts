/** What a start makes of a request and of its app. */
import type { Budget } from '../../domain/budget.ts'
import type { LoginTerms } from '../../domain/login.ts'
import type { Policy } from '../../domain/policy.ts'
import { smsTemplateFor } from '../../domain/sms.ts'
import type { LoginInput } from '../../workflows/messages.ts'
import type { App, StartRequest } from '../gateway.ts'

/** What the workflow begins with. */
export function toInput(
  app: App,
  request: StartRequest,
  loginId: string,
  previousRunId: string | null,
  budget: Budget,
): LoginInput {
  const { language, nonce, clientIp, phone, callbackUrl } = request
  const { policy, ladder, endpoints = [], domain } = app
  return {
    ...toTerms(policy, request, loginId),
    policy,
    previousRunId,
    app: app.name,
    phone: phone.e164,
    ...(language === undefined ? {} : { language }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(clientIp === undefined ? {} : { clientIp }),
    ...(callbackUrl === undefined ? {} : { callbackUrl: callbackUrl(loginId) }),
    ...(domain === undefined ? {} : { smsTemplate: smsTemplateFor(domain) }),
    ...(ladder === undefined ? {} : { ladder }),
    ...(endpoints.length === 0 ? {} : { endpoints: endpoints.map(({ id }) => id) }),
    budget,
  }
}

/** What the login's first event tells. */
function toTerms(
  policy: Policy,
  { phone, channel, brand, purpose, userId }: StartRequest,
  loginId: string,
): LoginTerms {
  const user = userId === undefined ? {} : { userId }
  return {
    loginId,
    maskedPhone: phone.masked,
    country: phone.country,
    channel,
    brand,
    purpose,
    ...user,
    policy,
  }
}
