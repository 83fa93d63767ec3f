import { randomUUID } from 'node:crypto'
import { pushBounded } from './bounded.ts'
import { messageText } from './message-text.ts'
import { asPhone } from './phone.ts'
import type { Channel, SendRequest } from './send-request.ts'
import type { Session } from './sessions.ts'

/** One text or call that reached a phone. */
export type Message = {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly channel: Channel
  /** E.164. */
  readonly phone: string
  readonly text: string
  readonly code: string
  readonly brand: string | null
  readonly language: string | null
  readonly sessionId: string
}

export type Inbox = ReturnType<typeof createInbox>

/** All phones of the world: the newest 10,000 messages. */
export function createInbox(now: () => number) {
  const received: Message[] = []
  return {
    deliver: (request: SendRequest, session: Session): void => {
      const message = {
        id: randomUUID(),
        at: new Date(now()).toISOString(),
        channel: request.channel,
        phone: session.phone,
        text: messageText(request, session.code),
        code: session.code,
        brand: request.brand,
        language: request.language,
        sessionId: session.id,
      }
      pushBounded(received, message, messageLimit)
    },
    /** Newest first. */
    messages: (phone?: string): readonly Message[] => {
      const wanted = phone === undefined ? undefined : asPhone(phone)
      return received.filter((message) => wanted === undefined || message.phone === wanted).reverse()
    },
    clear: (): void => {
      received.length = 0
    },
  }
}

const messageLimit = 10_000
