/** The open event streams of one process: bodies of answers that go on until the login ends or the process does. */
import type { Following } from '../gateway.ts'
import { encodeEvent, encodeRetry, HEARTBEAT } from './encode.ts'

export type EventStreams = {
  /** The body of one answer. It stops listening when it is canceled, as the server does when the connection closes. */
  open(following: Following): ReadableStream<Uint8Array>
  /** How many go on now. */
  count(): number
  /** Ends every stream, and from now on each new one at once: clients come back, and find another process. */
  end(): void
}

export type EventStreamOptions = {
  /** Milliseconds between two comments. Default: 15 000. */
  readonly heartbeatMs?: number
}

/** From 2 to 5 s, so that the clients of a process that ends do not all come back in the same moment. */
const retryMs = () => 2000 + Math.floor(Math.random() * 3000)

export function createEventStreams({ heartbeatMs = 15_000 }: EventStreamOptions = {}): EventStreams {
  const open = new Set<Following>()
  const encoder = new TextEncoder()
  let hasEnded = false

  return {
    open(following) {
      let heartbeat: NodeJS.Timeout | undefined
      let isOverdue = false
      const stop = () => {
        clearInterval(heartbeat)
        open.delete(following)
        following.leave()
      }
      return new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(encoder.encode(encodeRetry(retryMs())))
          open.add(following)
          if (hasEnded) following.leave()
          heartbeat = setInterval(() => {
            const hasTakenAll = (controller.desiredSize ?? 0) > 0
            if (hasTakenAll) controller.enqueue(encoder.encode(HEARTBEAT))
            else if (isOverdue) {
              stop()
              controller.error(new Error('an event stream is dropped because nobody reads it'))
            }
            isOverdue = !hasTakenAll
          }, heartbeatMs)
        },
        async pull(controller) {
          const events = await following.next()
          if (events !== undefined) controller.enqueue(encoder.encode(events.map(encodeEvent).join('')))
          else if (open.has(following)) {
            stop()
            controller.close()
          }
        },
        cancel: stop,
      })
    },

    count: () => open.size,

    end() {
      hasEnded = true
      for (const following of open) following.leave()
    },
  }
}
