import type { Version } from './answers.ts'
import { pushBounded } from './bounded.ts'
import type { SessionStatus } from './sessions.ts'

/** One request to a path of 8x8's, as an oracle for tests: what came, and what was really done. */
export type LoggedRequest = {
  /** When it arrived, ISO 8601, UTC. */
  readonly at: string
  readonly version: Version
  /** A `read` is a check without a code. */
  readonly operation: 'send' | 'check' | 'read'
  readonly subAccountId: string
  /** E.164; absent when the request named no number we could read, or no session we know. */
  phone?: string
  sessionId?: string
  /** A send: a message went out. A check: the code was judged. Says nothing of what the caller was told. */
  accepted: boolean
  /** The code that was sent, or that was submitted. For tests only. */
  code?: string
  /** The session's own status afterwards. */
  status?: SessionStatus
  /** The HTTP status of the answer; `none` as long as there is none, and for ever when it was withheld. */
  answered: number | 'none'
  /** The parsed body of a send; absent when it was not JSON. */
  body?: unknown
}

export type RequestLog = ReturnType<typeof createRequestLog>

/** The newest 10,000 requests, oldest first. */
export function createRequestLog(now: () => number) {
  const entries: LoggedRequest[] = []
  return {
    entries,
    /** Notes an arrival; the entry is filled in as the request goes its way. */
    arrived: (request: Pick<LoggedRequest, 'version' | 'operation' | 'subAccountId'>): LoggedRequest => {
      const entry: LoggedRequest = {
        at: new Date(now()).toISOString(),
        ...request,
        accepted: false,
        answered: 'none',
      }
      pushBounded(entries, entry, entryLimit)
      return entry
    },
    clear: (): void => {
      entries.length = 0
    },
  }
}

const entryLimit = 10_000
