/** The format of an event stream (WHATWG HTML, 9.2): what a line means is said by its first word. */
import type { LoginEvent } from '../../domain/login.ts'

/** One event. Its JSON is one line, since JSON has no line breaks outside of strings and escapes them within. */
export function encodeEvent(event: LoginEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

/** How long a client waits before it comes back, in milliseconds. */
export function encodeRetry(retryMs: number): string {
  return `retry: ${retryMs}\n\n`
}

/** A comment, which clients skip: it keeps proxies from closing a connection on which nothing happens. */
export const HEARTBEAT = ': still here\n\n'
