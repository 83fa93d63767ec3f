/** What the holder of a client token is not shown, who may be a stranger to the number. */
import { expect, test } from 'vitest'
import { showEvent, showLogin } from '../../../api/client-view.ts'
import type { Login, LoginEvent, LoginFact, LoginReason } from '../../../domain/login.ts'
import { waitingLogin } from '../../support/waiting-login.ts'

const login: Login = { ...waitingLogin, status: 'failed', userId: 'user-17' }
const { userId, ...withoutUser } = login
const at = { id: 'evt_x_2', sequence: 2, at: '2026-01-01T00:00:00.000Z' }
const seen = (fact: LoginFact): LoginEvent => showEvent('client', { ...at, ...fact })

test('ENUM-1: a number that cannot be reached looks like a provider that is away', () => {
  const reasons: LoginReason[] = ['phone_refused', 'provider_refused', 'provider_unavailable', 'operator']
  const shown = reasons.map((reason) => showLogin('client', { ...login, reason }))
  expect(shown).toEqual(reasons.map(() => ({ ...withoutUser, reason: 'provider_unavailable' })))
})

test('ENUM-1: and so it does in the timeline', () => {
  const failed = (['phone_refused', 'provider_refused', 'operator'] as const).map((reason) =>
    seen({ type: 'login.failed', data: { reason, cause: 'phone' } }),
  )
  expect(new Set(failed.map((event) => JSON.stringify(event))).size).toBe(1)
  const about = { channel: 'sms', resendsLeft: 2 } as const
  const sends = (['phone', 'refused', 'too_early'] as const).map((failure) =>
    seen({ type: 'login.send_failed', data: { ...about, failure, cause: failure } }),
  )
  expect(new Set(sends.map((event) => JSON.stringify(event))).size).toBe(1)
  const undelivered = seen({ type: 'login.undelivered', data: { channel: 'sms', cause: 'absent' } })
  expect(undelivered.data).toEqual({ channel: 'sms' })
  const unchecked = { cause: 'credentials', spent: false, attemptsLeft: 4 }
  expect(JSON.stringify(seen({ type: 'login.check_failed', data: unchecked }))).not.toContain('credentials')
})

test('ENUM-1: what the holder did, and the state that follows, is shown', () => {
  expect(showLogin('client', { ...login, reason: 'too_many_attempts' })).toMatchObject({
    status: 'failed',
    reason: 'too_many_attempts',
  })
  const rejected = { type: 'login.code_rejected', data: { attemptsLeft: 3 } } as const
  expect(seen(rejected)).toEqual({ ...at, ...rejected })
})

test('ENUM-1: the app’s own name for the user is the app’s to know', () => {
  expect(showLogin('client', login)).toEqual(withoutUser)
  expect(showLogin('app', login)).toEqual({ ...withoutUser, userId })
  const data = { ...login, phone: login.phone, userId: 'user-17' }
  expect(JSON.stringify(seen({ type: 'login.started', data }))).not.toContain('user-17')
})
