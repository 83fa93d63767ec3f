/** Answers that several routes give. */
import type { Denial } from '../../domain/budget.ts'
import type { Login } from '../../domain/login.ts'
import type { PhoneProblem } from '../../domain/phone.ts'
import { noteLimit, type Limited } from '../limits/note.ts'
import { problem, type Answering } from '../problem.ts'
import { answerInvalidMember } from '../schemas/invalid-request.ts'

/** Names where the login is to be read. */
export function locate(c: Answering, login: Login): void {
  c.header('Location', `/v1/logins/${login.id}`)
}

/** Seconds from now to `at` (ms since the epoch), at least 1. */
export function secondsUntil(at: number): number {
  return Math.max(1, Math.ceil((at - Date.now()) / 1000))
}

/** No such login, and another app's, are the same to whoever asks (ENUM-4). */
export function answerNoSuchLogin(c: Answering) {
  return problem(c, 'not-found', 'You have no login with this id.')
}

export function answerUnavailable(c: Answering) {
  const detail = 'Repeat the request; with an Idempotency-Key it is still the same one.'
  return problem(c, 'service-unavailable', detail, { retryAfterSeconds: 1 })
}

export function answerConflict(c: Answering) {
  const detail = 'The key was used with another body. Take a new key for a new request.'
  return problem(c, 'idempotency-conflict', detail)
}

/** The schema has it, the app has not. */
export function answerChannel(c: Answering) {
  return answerInvalidMember(c, '/channel', 'Your app sends no codes by this channel.')
}

/** The login is final, so nothing more can be done with it. */
export function answerClosed(c: Answering, { status, reason }: Login) {
  if (status === 'expired') return problem(c, 'login-expired', 'Start a new login.')
  return problem(c, 'login-closed', `It is ${status} for good.`, { loginStatus: status, reason })
}

/** The number's budget says: later. */
export function answerTooMany(c: Limited, { reason, retryAt = 0 }: Denial) {
  noteLimit(c, reason)
  const detail = 'What may be sent to this number is used up for now; see reason and Retry-After.'
  return problem(c, 'too-many-requests', detail, { reason, retryAfterSeconds: secondsUntil(retryAt) })
}

/** `refused`: it can exist, and 8x8 cannot send to it. */
export function answerPhoneInvalid(c: Answering, pointer: string, found: PhoneProblem | 'refused') {
  const detail = phoneDetails[found]
  return problem(c, 'phone-invalid', detail, { errors: [{ pointer, detail }] })
}

export function answerProviderRefused(c: Answering, reason: string) {
  const detail = 'A repeated request is refused as well, until its reason is gone.'
  return problem(c, 'provider-refused', detail, { reason })
}

export function answerProviderUnavailable(c: Answering, login: Login, standardSeconds: number) {
  const retryAfterSeconds =
    login.resendAfter === null ? standardSeconds : secondsUntil(Date.parse(login.resendAfter))
  return problem(c, 'provider-unavailable', 'No code is known to have gone out.', { retryAfterSeconds })
}

const phoneDetails: Readonly<Record<PhoneProblem | 'refused', string>> = {
  malformed: 'Must be one number: international with its plus, or national together with country.',
  country: 'Must be a country that has phone numbers.',
  invalid: 'No such number can exist in its country.',
  refused: 'The messaging provider can send no code to this number.',
}
