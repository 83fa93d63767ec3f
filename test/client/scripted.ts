/** A server that plays a script, one entry a request: what a network and a service in trouble do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { waitingLogin } from '../support/waiting-login.ts'

export type Scene = (response: ServerResponse, request: IncomingMessage) => void

export type Heard = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** The last scene is played for all that comes after it. */
export async function openScripted(...script: readonly [Scene, ...Scene[]]) {
  const heard: Heard[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => (body += text))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      heard.push({ method, path, headers, body })
      const scene = script[heard.length - 1] ?? script.at(-1)
      scene?.(response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard }
}

export const json =
  (status: number, body: object, headers: Record<string, string> = {}): Scene =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

export const problem = (
  status: number,
  code: string,
  members: object = {},
  headers: Record<string, string> = {},
) => {
  const body = {
    type: `/problems/${code}`,
    code,
    status,
    title: 'T.',
    detail: 'D.',
    instance: 'req_x',
    ...members,
  }
  return json(status, body, { 'content-type': 'application/problem+json', ...headers })
}

/** The connection is gone before a byte of an answer. */
export const reset: Scene = (_response, request) => request.socket.destroy()

export const silence: Scene = () => undefined

export const event = (sequence: number, type: string) =>
  `id: evt_x_${sequence}\nevent: ${type}\ndata: ${JSON.stringify({ id: `evt_x_${sequence}`, sequence, type, at: waitingLogin.createdAt, data: {} })}\n\n`

/** A stream of these pieces, which then ends, breaks or stays open. */
export const stream =
  (end: 'end' | 'break' | 'stay', ...pieces: readonly string[]): Scene =>
  (response, request) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 1\n\n', () => {
      for (const piece of pieces) response.write(piece)
      // What was written must be on its way before the connection goes.
      if (end === 'break') response.write(': last\n\n', () => setImmediate(() => request.socket.destroy()))
      if (end === 'end') response.end()
    })
  }
