/** Logins and what may happen to them, to test with. */
import fc from 'fast-check'
import type { Channel, FailReason, LoginFact, LoginTerms, SendFailure } from '../../domain/login.ts'
import { defaultPolicy } from '../../domain/policy.ts'

export const loginId = 'lg_abc'
export const startedAt = Date.parse('2026-05-04T12:00:00Z')
export const terms: LoginTerms = {
  loginId,
  maskedPhone: '+••••••••67',
  country: 'SG',
  channel: 'sms',
  brand: 'Acme',
  purpose: 'login',
  userId: 'u1',
  policy: defaultPolicy,
}

const channel = fc.constantFrom<Channel>('sms', 'call')
const time = fc.integer({ min: startedAt, max: startedAt + 600_000 }).map((at) => new Date(at).toISOString())
const left = fc.nat(6)
const cause = fc.string()
const failure = fc.constantFrom<SendFailure>('phone', 'refused', 'too_early', 'not_done', 'unknown')
const failReason = fc.constantFrom<FailReason>(
  'too_many_attempts',
  'phone_refused',
  'provider_refused',
  'provider_unavailable',
  'operator',
)

export const finalFact: fc.Arbitrary<LoginFact> = fc.oneof(
  channel.map((channel): LoginFact => ({ type: 'login.verified', data: { channel } })),
  failReason.map((reason): LoginFact => ({ type: 'login.failed', data: { reason } })),
  fc.constant<LoginFact>({ type: 'login.expired', data: { reason: 'deadline' } }),
  fc.constant<LoginFact>({ type: 'login.canceled', data: { reason: 'caller' } }),
  fc.constant<LoginFact>({ type: 'login.superseded', data: { reason: 'newer_login' } }),
)

/** Anything, with any numbers in it; likely ones are no likelier than others. */
export const anyFact: fc.Arbitrary<LoginFact> = fc.oneof(
  finalFact,
  fc
    .record({ channel, expiresAt: time, resendAfter: time, resendsLeft: left })
    .map((data): LoginFact => ({ type: 'login.code_sent', data })),
  fc
    .record({ channel, failure, cause, resendsLeft: left })
    .map((data): LoginFact => ({ type: 'login.send_failed', data })),
  channel.map((channel): LoginFact => ({ type: 'login.delivered', data: { channel } })),
  channel.map((channel): LoginFact => ({ type: 'login.undelivered', data: { channel } })),
  fc
    .record({ channel, cause, next: fc.constantFrom('call_offered' as const, 'call_made' as const) })
    .map((data): LoginFact => ({ type: 'login.undelivered', data })),
  left.map((attemptsLeft): LoginFact => ({ type: 'login.code_rejected', data: { attemptsLeft } })),
  fc
    .record({ cause, spent: fc.boolean(), attemptsLeft: left })
    .map((data): LoginFact => ({ type: 'login.check_failed', data })),
)
