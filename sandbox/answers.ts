import { randomUUID } from 'node:crypto'
import type { Behaviour } from './options.ts'
import type { Refusal } from './refusals.ts'
import type { Session, SessionStatus } from './sessions.ts'
import { longTimestamp, shortTimestamp, v1Timestamp } from './timestamps.ts'

export type Version = 'v1' | 'v2'

export type Answers = ReturnType<typeof createAnswers>

/** Writes answers the way 8x8 does, each of its documented ways in turn. */
export function createAnswers(deps: { now: () => number; behaviour: () => Behaviour }) {
  let written = 0

  /** The answer to a send, a check or a read; `status` is what the caller is told, not always the session's own. */
  function session(version: Version, operation: 'send' | 'check', it: Session, status: SessionStatus) {
    written += 1
    const isOdd = written % 2 === 1
    const plain = it.phone.slice(1)
    if (version === 'v1')
      return {
        uid: it.id,
        resourceUri: `/verify/v1/${it.subAccountId}/${it.id}`,
        ...(operation === 'send' ? { destination: plain } : { msisdn: Number(plain) }),
        status,
        attempt: it.attempt,
        expiresAt: v1Timestamp(it.expiresAtMs),
        nextSmsAfter: v1Timestamp(it.retryAfterMs),
      }
    const timestamp = isOdd ? shortTimestamp : longTimestamp
    const { destinationStyle } = deps.behaviour()
    const isPlus = destinationStyle === 'alternate' ? isOdd : destinationStyle === 'plus'
    return {
      sessionId: it.id,
      verifyUri: `/api/v2/subaccounts/${it.subAccountId}/sessions/${it.id}`,
      destination: isPlus ? it.phone : plain,
      status,
      attempt: it.attempt,
      expiresAt: timestamp(it.expiresAtMs),
      retryAfter: timestamp(it.retryAfterMs),
    }
  }

  /** The body of every status ≥ 400 [D]. */
  function refusal({ code, message }: Refusal) {
    return { code, message, errorId: randomUUID(), timestamp: shortTimestamp(deps.now()) }
  }

  return { session, refusal }
}
