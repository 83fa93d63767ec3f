/** How a server stops: it takes no new connection, answers what it has begun, and stays for no other request (OPS-10). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server, type Socket } from 'node:net'

export type DrainTimes = {
  /** From the beginning to the first look for connections with no request under way, and from look to look. Default 250. */
  readonly lookMs?: number
  /** After that whatever is open is closed: no answer takes so long, and SIGKILL comes later. Default 35 000. */
  readonly mostMs?: number
}

/**
 * To be called before the server has its first connection, so that it knows what is under way.
 *
 * @param server of `node:http`
 * @returns begins the drain; resolves when the last connection is closed
 */
export function prepareDrain(
  server: Server,
  { lookMs = 250, mostMs = 35_000 }: DrainTimes = {},
): () => Promise<void> {
  /** The answers that are under way on each connection. */
  const connections = new Map<Socket, Set<ServerResponse>>()
  let isDraining = false

  server.on('connection', (socket: Socket) => {
    connections.set(socket, new Set())
    socket.once('close', () => connections.delete(socket))
  })
  // First of all listeners, since another may answer at once.
  server.prependListener('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    const answers = connections.get(socket)
    answers?.add(answer)
    answer.once('close', () => answers?.delete(answer))
    if (isDraining) sayLast(answers)
  })

  return async function drain() {
    isDraining = true
    for (const answers of connections.values()) sayLast(answers)
    const looking = setInterval(() => {
      for (const [socket, answers] of connections) if (answers.size === 0) socket.destroy()
    }, lookMs)
    const ending = setTimeout(() => {
      for (const socket of connections.keys()) socket.destroy()
    }, mostMs)
    // Not by `http`'s own `close`: it cuts answers that are not sent to their end yet, and looks for slow requests no more.
    await new Promise((resolve) => Server.prototype.close.call(server, resolve))
    clearInterval(looking)
    clearTimeout(ending)
  }
}

/** The newest answer of a connection says `Connection: close`, unless it has begun: one before it would cut it off. */
function sayLast(answers: Iterable<ServerResponse> = []): void {
  const newest = [...answers].at(-1)
  if (newest !== undefined) newest.shouldKeepAlive = false
}
