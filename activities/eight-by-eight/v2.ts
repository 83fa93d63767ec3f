import { z } from 'zod'
import { shapes, type Wire } from './wire.ts'

/**
 * Today's API (8x8 facts page, "v2 request body" and "v2 answer").
 *
 * `resetSession` is always explicit: left out, it would keep whatever session the number has, perhaps another
 * login's. `codeType` is left to its default, numeric. `country` is not sent: the number is E.164.
 */
export const v2: Wire = {
  sendPath: (subAccountId) => `api/v2/subaccounts/${encodeURIComponent(subAccountId)}/sessions`,

  sendBody: (request) => ({
    destination: request.phone,
    channel: request.channel,
    brand: request.brand,
    template: request.template,
    language: request.language,
    codeLength: request.codeLength,
    codeValidity: request.validitySeconds,
    resetSession: request.newCode,
    resendingInterval: request.resendIntervalSeconds,
    callbackUrl: request.callbackUrl,
    clientIp: request.clientIp,
  }),

  checkPath: (subAccountId, { challenge }) => `${v2.sendPath(subAccountId)}/${encodeURIComponent(challenge)}`,

  parseSession: (json) => answer.safeParse(json).data,
}

const answer = z
  .object({
    sessionId: shapes.challenge,
    status: shapes.status,
    destination: shapes.phone,
    msisdn: shapes.phone,
    attempt: shapes.attempt,
    expiresAt: shapes.instant,
  })
  .transform(({ sessionId, status, destination, msisdn, attempt, expiresAt }) => ({
    status,
    challenge: sessionId,
    phones: [destination, msisdn].filter((phone) => phone !== undefined),
    attempt,
    expiresAt,
  }))
