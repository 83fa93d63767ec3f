import { z } from 'zod'
import { shapes, type Wire } from './wire.ts'

/**
 * The API of 8x8's article "What is 2FA" (8x8 facts page, "Two generations").
 *
 * Only the members known for v1 are sent: length, validity, interval, channel, language and template are the
 * account's. `country` is not: it is for national numbers, and ours has its plus sign.
 */
export const v1: Wire = {
  sendPath: (subAccountId) => `verify/v1/${encodeURIComponent(subAccountId)}`,

  sendBody: (request) => ({
    destination: request.phone,
    productName: request.brand,
    createNew: request.newCode,
  }),

  checkPath: (subAccountId, { challenge }) => `${v1.sendPath(subAccountId)}/${encodeURIComponent(challenge)}`,

  parseSession: (json) => answer.safeParse(json).data,
}

const answer = z
  .object({
    uid: shapes.challenge,
    status: shapes.status,
    destination: shapes.phone,
    msisdn: shapes.phone,
    attempt: shapes.attempt,
    expiresAt: shapes.instant,
  })
  .transform(({ uid, status, destination, msisdn, attempt, expiresAt }) => ({
    status,
    challenge: uid,
    phones: [destination, msisdn].filter((phone) => phone !== undefined),
    attempt,
    expiresAt,
  }))
