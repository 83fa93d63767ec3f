/** When a login is over, by the clock of whoever asks (the workflow's is the server's). Times are ms since the epoch. */
import { MAX_BELIEVED_EXPIRY_SECONDS, MAX_LOGIN_SECONDS, type Policy } from './policy.ts'

/** A code is judged by this when its check is scheduled: a millisecond before it may pass, at it no more (EXP-4). */
export function isPast(deadline: number, now: number): boolean {
  return now >= deadline
}

/**
 * The earlier of the newest `expiresAt` and ten minutes after the first send (EXP-1, EXP-3).
 * An `expiresAt` that is missing, malformed, past or over two hours ahead gives way to our own validity (EXP-5).
 *
 * @param sentAt of the newest message
 */
export function deadlineOf(
  expiresAt: string | undefined,
  sentAt: number,
  firstSentAt: number,
  policy: Policy,
): number {
  const latest = firstSentAt + MAX_LOGIN_SECONDS * 1000
  const theirs = expiresAt === undefined ? Number.NaN : Date.parse(expiresAt)
  const believed = theirs > sentAt && theirs <= sentAt + MAX_BELIEVED_EXPIRY_SECONDS * 1000
  return Math.min(latest, believed ? theirs : sentAt + policy.codeValiditySeconds * 1000)
}
