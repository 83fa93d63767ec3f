import { randomUUID } from 'node:crypto'
import { setBounded } from './bounded.ts'
import type { Behaviour } from './options.ts'
import { isSameCode, makeCode, type CodeType } from './verification-code.ts'

export type SessionStatus = 'WAITING' | 'VERIFIED' | 'FAILED' | 'EXPIRED'

/** What 8x8 remembers about one number of one sub-account. */
export type Session = {
  id: string
  readonly subAccountId: string
  /** E.164. */
  readonly phone: string
  /** Counts the number's sessions from 1; a reset stays in the same turn, a send after a final status begins the next. */
  turn: number
  code: string
  status: SessionStatus
  /** Wrong codes so far, 0–5. */
  attempt: number
  expiresAtMs: number
  retryAfterMs: number
}

/** The part of a send that sessions care about; durations in seconds. */
export type SessionRequest = {
  readonly subAccountId: string
  readonly phone: string
  /** `true` new code, `false` same code and longer validity, `undefined` same code [D]. */
  readonly reset: boolean | undefined
  readonly codeType: CodeType
  readonly codeLength: number
  readonly codeValidity: number
  readonly resendingInterval: number
}

export type Sessions = ReturnType<typeof createSessions>

/** All sessions of a sandbox, the newest 100,000. */
export function createSessions(deps: { now: () => number; behaviour: () => Behaviour }) {
  const byNumber = new Map<string, Session>()
  const byId = new Map<string, Session>()

  function settled(session: Session | undefined): Session | undefined {
    if (session?.status === 'WAITING' && deps.now() >= session.expiresAtMs) session.status = 'EXPIRED'
    return session
  }

  const newest = (subAccountId: string, phone: string) =>
    settled(byNumber.get(numberKey(subAccountId, phone)))

  /** A message goes out, and this is its session; or it is too early and nothing happened. */
  function send(request: SessionRequest): { outcome: 'sent'; session: Session } | { outcome: 'too-early' } {
    const now = deps.now()
    const before = newest(request.subAccountId, request.phone)
    if (before && now < before.retryAfterMs) return { outcome: 'too-early' }

    const isLive = before?.status === 'WAITING'
    const session = isLive && request.reset !== true ? before : renewed(request, before, isLive, now)
    if (isLive && request.reset === false && deps.behaviour().resendExtendsValidity)
      session.expiresAtMs = now + request.codeValidity * 1000
    session.retryAfterMs = now + request.resendingInterval * 1000
    return { outcome: 'sent', session }
  }

  function renewed(
    request: SessionRequest,
    before: Session | undefined,
    isLive: boolean,
    now: number,
  ): Session {
    const { sharedSession, resetGivesNewSessionId } = deps.behaviour()
    const keepsId = before !== undefined && (sharedSession || (isLive && !resetGivesNewSessionId))
    if (isLive && before && !keepsId) byId.delete(before.id)
    const session: Session = {
      id: keepsId ? before.id : randomUUID(),
      subAccountId: request.subAccountId,
      phone: request.phone,
      turn: (before?.turn ?? 0) + (isLive ? 0 : 1),
      code: makeCode(request.codeType, request.codeLength, before?.code),
      status: 'WAITING',
      attempt: 0,
      expiresAtMs: now + request.codeValidity * 1000,
      retryAfterMs: 0,
    }
    setBounded(byNumber, numberKey(request.subAccountId, request.phone), session, sessionLimit)
    setBounded(byId, session.id, session, sessionLimit)
    return session
  }

  /** Judges a code; `false` when the session was already final and the code was not looked at. */
  function evaluate(session: Session, code: string): boolean {
    if (settled(session)?.status !== 'WAITING') return false
    if (isSameCode(code, session.code)) {
      session.status = 'VERIFIED'
    } else {
      session.attempt += 1
      if (session.attempt >= maxAttempts) session.status = 'FAILED'
    }
    return true
  }

  /** The session of that sub-account with that id; `undefined` when it never was or was replaced. */
  function find(subAccountId: string, id: string): Session | undefined {
    const session = settled(byId.get(id))
    return session?.subAccountId === subAccountId ? session : undefined
  }

  /** The turn a send to that number would belong to now. */
  function nextTurn(subAccountId: string, phone: string): number {
    const session = newest(subAccountId, phone)
    if (!session) return 1
    return session.status === 'WAITING' ? session.turn : session.turn + 1
  }

  return { send, evaluate, find, nextTurn }
}

const maxAttempts = 5
const sessionLimit = 100_000

function numberKey(subAccountId: string, phone: string): string {
  return `${subAccountId} ${phone}`
}
