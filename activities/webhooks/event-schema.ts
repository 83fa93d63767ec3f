/**
 * The body of every message, strictly: what is not named here is never sent (WHO-14), and docs/webhooks.md is held
 * to it.
 */
import { z } from 'zod'
import { failReasons, loginReasons, loginStatuses } from '../../domain/login.ts'
import type { WebhookEvent } from '../../domain/webhook.ts'

const time = z.iso.datetime()
const channel = z.enum(['sms', 'call'])
const left = z.int().min(0)
/** One word of ours. */
const word = z.string().regex(/^[a-z0-9_.:-]{1,60}$/i)
const reason = z.enum(loginReasons)
const failReason = reason.extract(failReasons)

/** Of every event about a login. */
const login = {
  app: z.string(),
  loginId: z.string().regex(/^lg_[A-Za-z0-9_-]+$/),
  sequence: z.int().min(1),
  status: z.enum(loginStatuses),
  reason: reason.exactOptional(),
  channel,
  phone: z.string().regex(/^\+•+\d{2}$/),
  country: z.string(),
  purpose: z.enum(['login', 'enrolment']),
  userId: z.string().exactOptional(),
}

const event = <T extends string, S extends z.ZodRawShape>(type: T, more: S) =>
  z.strictObject({ type: z.literal(type), timestamp: time, data: z.strictObject({ ...login, ...more }) })

export const webhookEvent = z.discriminatedUnion('type', [
  event('login.started', { brand: z.string(), attemptsLeft: left, resendsLeft: left }),
  event('login.code_sent', { expiresAt: time, resendAfter: time, resendsLeft: left }),
  event('login.send_failed', {
    failure: z.enum(['phone', 'refused', 'too_early', 'not_done', 'unknown']),
    cause: word,
    resendsLeft: left,
    resendAfter: time.exactOptional(),
  }),
  event('login.delivered', {}),
  event('login.undelivered', {
    cause: word.exactOptional(),
    next: z.enum(['call_offered', 'call_made']).exactOptional(),
  }),
  event('login.code_rejected', { attemptsLeft: left }),
  event('login.check_failed', { cause: word, spent: z.boolean(), attemptsLeft: left }),
  event('login.verified', {}),
  event('login.failed', { reason: failReason, cause: word.exactOptional() }),
  event('login.expired', { reason: z.literal('deadline') }),
  event('login.canceled', { reason: z.literal('caller') }),
  event('login.superseded', { reason: z.literal('newer_login') }),
  z.strictObject({
    type: z.literal('webhook.test'),
    timestamp: time,
    data: z.strictObject({ endpoint: z.string() }),
  }),
]) satisfies z.ZodType<unknown, WebhookEvent>
