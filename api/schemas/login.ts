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

/** As a start answers: with what its browser shows from then on. */
const startedLoginSchema = loginSchema
  .extend({
    clientToken: z.string().openapi({
      description:
        'Lets its holder read, submit, resend, cancel and follow this login, and nothing else. Not for URLs.',
      example: 'ct.shop.k1.Yk3…',
    }),
  })
  .openapi('StartedLogin')

/** As it is proved to whoever may have the proof. */
const provenLoginSchema = loginSchema
  .extend({
    assertion: z.string().optional().openapi({
      description: 'Once verified, for 120 seconds: a JWT that proves it (`docs/assertion.md`).',
    }),
  })
  .openapi('ProvenLogin')

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

/** The same, and once it is verified with its assertion. */
export function provenLoginAnswer(description: string) {
  return { description, content: { 'application/json': { schema: provenLoginSchema } } }
}

/** The same, with the header that names where to read it again. */
export function locatedLoginAnswer(description: string) {
  return { ...loginAnswer(description), headers: location }
}

/** Of a start alone. */
export function startedLoginAnswer(description: string) {
  return { description, content: { 'application/json': { schema: startedLoginSchema } }, headers: location }
}

const location = {
  Location: { description: 'The path of the login.', required: true, schema: { type: 'string' as const } },
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
