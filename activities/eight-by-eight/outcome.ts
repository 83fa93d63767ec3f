import { parseJson, type Answer } from './answer.ts'
import { toCheckFailure, toSendFailure } from './failure.ts'
import type { CheckOutcome, CheckRequest, SendOutcome, SendRequest } from './types.ts'
import { toDigits, type Session, type Wire } from './wire.ts'

/** What an answer to a send means. Pure; `now` is used for a `Retry-After` that is a date. */
export function toSendOutcome(wire: Wire, request: SendRequest, answer: Answer, now: Date): SendOutcome {
  if (answer.status !== 200) return toSendFailure(answer, now)
  const json = parseJson(answer.text)
  if (json === undefined) return { outcome: 'unknown', cause: 'unreadable' }
  const session = wire.parseSession(json)
  if (
    session?.challenge === undefined ||
    session.status !== 'WAITING' ||
    !namesOnly(session, request.phone)
  ) {
    return { outcome: 'refused', refusal: 'contract' }
  }
  return {
    outcome: 'sent',
    challenge: session.challenge,
    ...(session.expiresAt !== undefined && { expiresAt: session.expiresAt }),
  }
}

/**
 * What an answer to a check means. `verified` needs this session and this number, both said by the answer
 * itself; the other verdicts need this session, and no other number.
 */
export function toCheckOutcome(wire: Wire, request: CheckRequest, answer: Answer, now: Date): CheckOutcome {
  if (answer.status !== 200) return toCheckFailure(answer, now)
  const session = wire.parseSession(parseJson(answer.text))
  if (session === undefined) return { outcome: 'unknown', cause: 'unreadable' }
  const verdict = toVerdict(session)
  if (verdict.outcome === 'unknown') return verdict
  const isOurs =
    session.challenge === request.challenge &&
    (namesOnly(session, request.phone) || (verdict.outcome !== 'verified' && session.phones.length === 0))
  return isOurs ? verdict : { outcome: 'unknown', cause: 'mismatch' }
}

function toVerdict({ status, attempt }: Session): CheckOutcome {
  switch (status) {
    case 'VERIFIED':
      return { outcome: 'verified' }
    case 'WAITING':
      return { outcome: 'incorrect', ...(attempt !== undefined && { attempt }) }
    case 'FAILED':
      return { outcome: 'exhausted' }
    case 'EXPIRED':
      return { outcome: 'expired' }
    default:
      return { outcome: 'unknown', cause: 'unknown_status' }
  }
}

/** The answer names a number, and none but this one. */
function namesOnly(session: Session, phone: string): boolean {
  const digits = toDigits(phone)
  return session.phones.length > 0 && session.phones.every((named) => named !== '' && named === digits)
}
