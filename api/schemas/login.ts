/** A login and its events as answers; the types they must fit are those of `domain/login.ts`. */
import { z } from '@hono/zod-openapi'
import { loginReasons, loginStatuses, type LoginEventType } from '../../domain/login.ts'

const time = z.iso.datetime().openapi({ format: 'date-time' })
const count = z.int().min(0)

export const channelSchema = z.enum(['sms', 'call'])
export const purposeSchema = z.enum(['login', 'enrolment'])

const reasonSchema = z.enum(loginReasons)

const about = {
  phone: z.string().openapi({ description: 'Masked but for its last two digits.', example: '+••••••••67' }),
  country: z.string().openapi({ description: 'ISO 3166-1 alpha-2.', example: 'SG' }),
  channel: channelSchema,
  brand: z.string(),
  purpose: purposeSchema,
  userId: z.string().optional(),
  attemptsLeft: count,
  resendsLeft: count,
}

export const loginSchema = z
  .object({
    id: z.string(),
    status: z.enum(loginStatuses),
    reason: reasonSchema.optional(),
    ...about,
    resendAfter: time.nullable().openapi({ description: 'No resend before; null until a code was sent.' }),
    expiresAt: time.nullable().openapi({ description: 'The deadline; null until a code was sent.' }),
    createdAt: time,
    delivery: z.enum(['unknown', 'sent', 'delivered', 'undelivered']),
    verifiedAt: time.optional(),
  })
  .openapi('Login')

export const loginEventSchema = z
  .discriminatedUnion('type', [
    event('login.started', about),
    event('login.code_sent', {
      channel: channelSchema,
      expiresAt: time,
      resendAfter: time,
      resendsLeft: count,
    }),
    event('login.send_failed', {
      channel: channelSchema,
      failure: z.enum(['phone', 'refused', 'too_early', 'not_done', 'unknown']),
      cause: z.string(),
      resendsLeft: count,
      resendAfter: time.optional(),
    }),
    event('login.delivered', { channel: channelSchema }),
    event('login.undelivered', {
      channel: channelSchema,
      cause: z.string().optional(),
      next: z.enum(['call_offered', 'call_made']).optional(),
    }),
    event('login.code_rejected', { attemptsLeft: count }),
    event('login.check_failed', { cause: z.string(), spent: z.boolean(), attemptsLeft: count }),
    event('login.verified', { channel: channelSchema }),
    event('login.failed', { reason: reasonSchema, cause: z.string().optional() }),
    event('login.expired', { reason: reasonSchema }),
    event('login.canceled', { reason: reasonSchema }),
    event('login.superseded', { reason: reasonSchema }),
  ])
  .openapi('LoginEvent')

/** The answer of a route that gives the login. */
export function loginAnswer(description: string) {
  return { description, content: { 'application/json': { schema: loginSchema } } }
}

/** The same, with the header that names where to read it again. */
export function locatedLoginAnswer(description: string) {
  return {
    ...loginAnswer(description),
    headers: { Location: { description: 'The path of the login.', schema: { type: 'string' as const } } },
  }
}

function event<T extends LoginEventType, D extends z.ZodRawShape>(type: T, data: D) {
  return z.object({
    id: z.string(),
    sequence: z.int().min(1),
    type: z.literal(type),
    at: time,
    data: z.object(data),
  })
}
