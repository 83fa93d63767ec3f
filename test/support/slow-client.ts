/** A client that says a request byte by byte and never comes to its end. */
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'

export type SlowClient = {
  /** Resolves when the server has closed the connection, with all that it said before. */
  readonly cut: Promise<string>
}

/** Sends `beginning` at once, and then a byte every `everyMs` for as long as it is let. */
export async function openSlowClient(url: string, beginning: string, everyMs: number): Promise<SlowClient> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let said = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => (said += text))
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(beginning)
  const dripping = setInterval(() => socket.write(' '), everyMs)
  const cut = new Promise<string>((resolve) => {
    socket.once('close', () => {
      clearInterval(dripping)
      resolve(said)
    })
  })
  onTestFinished(() => void socket.destroy())
  return { cut }
}

/** Requests that are slow in their headers, in a body that somebody waits for, and in one that was refused unread. */
export function slowBeginnings(authorization: string): readonly string[] {
  const start = ['POST /v1/logins HTTP/1.1', 'Host: x']
  const body = ['Content-Type: application/json', 'Content-Length: 4000', '', '{"phone":']
  return [
    [...start, 'X-A: a'].join('\r\n'),
    [...start, `Authorization: ${authorization}`, ...body].join('\r\n'),
    [...start, 'Authorization: Bearer of-nobody', ...body].join('\r\n'),
  ]
}
