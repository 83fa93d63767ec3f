/** Logins and events for tests of webhooks: one of every type. */
import { toEvent, type Login, type LoginEvent, type LoginFact } from '../../domain/login.ts'
import { waitingLogin } from '../support/waiting-login.ts'

const id = 'lg_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4YWNtZQ'

export function aLogin(more: Partial<Login> = {}): Login {
  return {
    ...waitingLogin,
    id,
    status: 'verified',
    userId: 'user-1',
    attemptsLeft: 4,
    resendsLeft: 1,
    delivery: 'delivered',
    verifiedAt: '2030-01-01T00:00:20.000Z',
    ...more,
  }
}

export const facts: readonly LoginFact[] = [
  {
    type: 'login.started',
    data: {
      phone: '+••••••••67',
      country: 'SG',
      channel: 'sms',
      brand: 'Acme',
      purpose: 'login',
      attemptsLeft: 5,
      resendsLeft: 2,
      userId: 'user-1',
    },
  },
  {
    type: 'login.code_sent',
    data: {
      channel: 'sms',
      expiresAt: '2030-01-01T00:05:00.000Z',
      resendAfter: '2030-01-01T00:00:30.000Z',
      resendsLeft: 2,
    },
  },
  {
    type: 'login.send_failed',
    data: { channel: 'call', failure: 'unknown', cause: 'timeout', resendsLeft: 1 },
  },
  { type: 'login.delivered', data: { channel: 'sms' } },
  { type: 'login.undelivered', data: { channel: 'sms', cause: 'no_receipt', next: 'call_offered' } },
  { type: 'login.code_rejected', data: { attemptsLeft: 4 } },
  { type: 'login.check_failed', data: { cause: 'timeout', spent: true, attemptsLeft: 3 } },
  { type: 'login.verified', data: { channel: 'sms' } },
  { type: 'login.failed', data: { reason: 'operator', cause: 'terminated' } },
  { type: 'login.expired', data: { reason: 'deadline' } },
  { type: 'login.canceled', data: { reason: 'caller' } },
  { type: 'login.superseded', data: { reason: 'newer_login' } },
]

/** One of every type, as no login has them all. */
export function everyEvent(loginId = id): readonly LoginEvent[] {
  const events: LoginEvent[] = []
  for (const [n, fact] of facts.entries()) {
    events.push(toEvent(loginId, events, Date.UTC(2030, 0, 1) + n * 1000, fact))
  }
  return events
}
