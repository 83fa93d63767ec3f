/** A login's events as they happen, over as many connections as it takes. */
import { PosternError, PosternNetworkError } from './errors.ts'
import { readMessages } from './event-stream.ts'
import { pause } from './pause.ts'
import type { Transport } from './transport.ts'
import type { LoginEvent } from './types.ts'

export type FollowOptions = {
  /** Begin after this event; default: at the first. */
  readonly lastEventId?: string
  readonly signal?: AbortSignal
}

/** Postern sends a comment every 15 s: after this long without one the connection is dead. */
const STANDARD_SILENCE_MS = 45_000
const STANDARD_RETRY_MS = 2000
const MOST_RETRY_MS = 30_000
const MOST_FAILURES = 5

const finalTypes: readonly LoginEvent['type'][] = [
  'login.verified',
  'login.failed',
  'login.expired',
  'login.canceled',
  'login.superseded',
]

/**
 * Yields each event once and in order, and ends after the one that makes the login final.
 *
 * @param silenceMs how long a connection may bring nothing
 * @throws PosternError when Postern refuses; PosternNetworkError or PosternError when it could not be reached five
 * times in a row; the signal's reason
 */
export async function* followLogin(
  transport: Transport,
  path: string,
  options: FollowOptions = {},
  silenceMs = STANDARD_SILENCE_MS,
): AsyncGenerator<LoginEvent, void, undefined> {
  const { signal } = options
  let { lastEventId } = options
  let sequence = 0
  let retryMs = STANDARD_RETRY_MS
  let failures = 0

  for (;;) {
    signal?.throwIfAborted()
    const connection = watchSilence(silenceMs, signal)
    let pauseMs = retryMs
    try {
      const answer = await transport.open(path, toHeaders(lastEventId), connection.signal)
      if (answer.status === 204 || answer.body === null) return
      failures = 0
      for await (const message of readMessages(answer.body, connection.heard)) {
        if (message.kind === 'retry') {
          retryMs = pauseMs = message.retryMs
          continue
        }
        const event = JSON.parse(message.data) as LoginEvent
        const isFinal = finalTypes.includes(event.type)
        // A stream that does not know the last event begins at the first. After an operator's reset the login may end
        // with fewer events than it had.
        if (event.sequence <= sequence && !isFinal) continue
        sequence = event.sequence
        lastEventId = event.id
        yield event
        if (isFinal) return
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (!isPassing(error)) throw error
      failures += 1
      if (failures >= MOST_FAILURES) throw toLastError(error)
      pauseMs = Math.max(retryMs * 2 ** (failures - 1), retryAfterMs(error))
    } finally {
      connection.close()
    }
    await pause(Math.min(pauseMs, MOST_RETRY_MS), signal)
  }
}

function toHeaders(lastEventId: string | undefined): Readonly<Record<string, string>> {
  return {
    accept: 'text/event-stream',
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  }
}

/** Whether it may be gone the next time: everything but a refusal. */
function isPassing(error: unknown): boolean {
  return !(error instanceof PosternError) || error.status >= 500 || error.status === 429
}

function toLastError(error: unknown): Error {
  return error instanceof PosternError ? error : new PosternNetworkError('connection')
}

function retryAfterMs(error: unknown): number {
  return error instanceof PosternError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
}

/** A signal that is raised when nothing has been heard for so long, when the connection is closed, or with `outer`. */
function watchSilence(silenceMs: number, outer: AbortSignal | undefined) {
  const controller = new AbortController()
  const close = () => {
    clearTimeout(timer)
    controller.abort()
  }
  let timer = setTimeout(close, silenceMs)
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(close, silenceMs)
  }
  const signal = outer === undefined ? controller.signal : AbortSignal.any([controller.signal, outer])
  return { signal, heard, close }
}
