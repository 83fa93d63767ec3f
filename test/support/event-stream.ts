/** A client of event streams, written from WHATWG HTML, 9.2.6, and not from our encoder. */
import { expect, onTestFinished } from 'vitest'
import type { LoginEvent } from '../../domain/login.ts'

export type Message = { readonly id: string; readonly event: string; readonly data: string }

/** What a decoder has seen besides messages. */
type Seen = { comments: number; retryMs: number | undefined; lastEventId: string }

/** Takes a stream piece by piece, however it is cut. */
export function createDecoder() {
  const seen: Seen = { comments: 0, retryMs: undefined, lastEventId: '' }
  let rest = ''
  let event = ''
  let data: string[] = []

  function takeLine(line: string): Message | undefined {
    if (line === '') {
      const message = { id: seen.lastEventId, event: event || 'message', data: data.join('\n') }
      const isEmpty = data.length === 0
      event = ''
      data = []
      return isEmpty ? undefined : message
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? []
    if (line.startsWith(':')) seen.comments += 1
    else if (field === 'event') event = value
    else if (field === 'data') data.push(value)
    else if (field === 'id' && !value.includes('\0')) seen.lastEventId = value
    else if (field === 'retry' && /^\d+$/.test(value)) seen.retryMs = Number(value)
    return undefined
  }

  return {
    seen,
    push: (text: string): readonly Message[] => {
      // A CR at the end of a piece may be the first half of a line end.
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ''
      return lines.flatMap((line) => takeLine(line) ?? [])
    },
  }
}

export type Stream = Awaited<ReturnType<typeof openStream>>

/** Asks for the stream of a login; given up when the test ends. */
export async function openStream(
  { url, authorization }: { readonly url: string; readonly authorization: string },
  loginId: string,
  lastEventId?: string,
) {
  const given = new AbortController()
  const close = () => {
    given.abort()
  }
  onTestFinished(close)
  const response = await fetch(`${url}/v1/logins/${encodeURIComponent(loginId)}/events`, {
    headers: {
      authorization,
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: given.signal,
  })
  const { seen, push } = createDecoder()
  const messages = read(response, push)
  const next = async () => {
    const { value, done } = await messages.next()
    return done ? undefined : toEvent(value)
  }
  return {
    response,
    seen,
    close,
    /** The next event, or `undefined` at the end. */
    next,
    /** The next so many events. */
    async take(count: number): Promise<readonly LoginEvent[]> {
      const taken: LoginEvent[] = []
      for (let event; taken.length < count && (event = await next()) !== undefined;) taken.push(event)
      return taken
    },
    /** All that comes until the server ends it. */
    async rest(): Promise<readonly LoginEvent[]> {
      const taken: LoginEvent[] = []
      for await (const message of messages) taken.push(toEvent(message))
      return taken
    },
  }
}

async function* read(response: Response, push: (text: string) => readonly Message[]) {
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    yield* push(decoder.decode(bytes as Uint8Array, { stream: true }))
  }
}

/** Holds the envelope to what it carries. */
function toEvent({ id, event, data }: Message): LoginEvent {
  const carried = JSON.parse(data) as LoginEvent
  expect({ id, event }).toEqual({ id: carried.id, event: carried.type })
  return carried
}
