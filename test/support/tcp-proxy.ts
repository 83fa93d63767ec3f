/** A TCP proxy on 127.0.0.1 that passes bytes between a client and a target, or fails at it exactly as told. */
import net, { type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What becomes of one exchange: some bytes of the client's, and the target's answer to them. */
export type Course =
  | { readonly kind: 'pass' }
  /** The request never passes: the connection is reset when its first bytes come. */
  | { readonly kind: 'cut-before' }
  /** The request passes, and the connection is reset when the answer begins: the target has done its work. */
  | { readonly kind: 'cut-after' }
  /** The answer comes that much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** So much of the answer, and then the end of the connection. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** The request passes, the answer does not, and the connection stays. */
  | { readonly kind: 'lose-answer' }
  /** Nothing passes, and the connection stays. */
  | { readonly kind: 'blackhole' }

export type TcpProxy = Awaited<ReturnType<typeof openTcpProxy>>

type Pair = {
  readonly client: Socket
  target: Socket | undefined
  isAnswered: boolean
  isFrozen: boolean
  own: Course | undefined
}

/** Listens on a port of its own until the test ends; passes everything until it is told otherwise. */
export async function openTcpProxy(target?: string) {
  let to = target === undefined ? undefined : placeOf(target)
  let standing: Course = { kind: 'pass' }
  const queue: Course[] = []
  const pairs = new Set<Pair>()
  let exchanges = 0

  const server = net.createServer((client) => {
    const pair: Pair = { client, target: undefined, isAnswered: true, isFrozen: false, own: undefined }
    pairs.add(pair)
    client.setNoDelay(true)
    client.on('error', () => undefined)
    client.on('data', (bytes) => {
      onRequest(pair, bytes)
    })
    client.on('close', () => {
      pairs.delete(pair)
      pair.target?.destroy()
    })
  })
  const port = await listen(server, 0)

  function onRequest(pair: Pair, bytes: Buffer): void {
    if (pair.isFrozen) return
    if (pair.isAnswered) {
      pair.isAnswered = false
      exchanges += 1
      pair.own = queue.shift()
    }
    const { kind } = pair.own ?? standing
    if (kind === 'cut-before') pair.client.resetAndDestroy()
    else if (kind !== 'blackhole') (pair.target ??= connect(pair)).write(bytes)
  }

  function connect(pair: Pair): Socket {
    if (to === undefined) throw new Error('this proxy was not told where to pass bytes to')
    const upstream = net.connect(to)
    let answered = 0
    upstream.setNoDelay(true)
    upstream.on('error', () => undefined)
    upstream.on('data', (bytes) => {
      answered = pair.isAnswered ? answered : 0
      pair.isAnswered = true
      onAnswer(pair, bytes, answered)
      answered += bytes.length
    })
    upstream.on('close', () => {
      if (!pair.isFrozen && !isSilent(pair.own ?? standing)) pair.client.end()
    })
    return upstream
  }

  /** @param already how much of this answer has come before */
  function onAnswer(pair: Pair, bytes: Buffer, already: number): void {
    if (pair.isFrozen) return
    const course = pair.own ?? standing
    switch (course.kind) {
      case 'cut-after':
        pair.client.resetAndDestroy()
        return
      case 'truncate':
        pair.client.write(bytes.subarray(0, Math.max(0, course.bytes - already)))
        if (already + bytes.length >= course.bytes) pair.client.end()
        return
      case 'delay':
        setTimeout(() => pair.client.write(bytes), course.ms)
        return
      case 'pass':
      case 'cut-before':
        pair.client.write(bytes)
        return
      case 'lose-answer':
      case 'blackhole':
        return
    }
  }

  const cut = () => {
    for (const { client } of pairs) client.resetAndDestroy()
  }
  const refuse = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    cut()
    await closed
  }
  onTestFinished(refuse)

  return {
    port,
    /** `127.0.0.1:{port}` */
    address: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    /** Where bytes go from now on: `http://host:port` or `host:port`. */
    to(where: string): void {
      to = placeOf(where)
    },
    /** The course of the next exchange, on whichever connection it comes; several are used up in order. */
    next(...courses: readonly Course[]): void {
      queue.push(...courses)
    },
    /** The course of everything from now on, also of connections that stand and of exchanges under way. */
    always(course: Course): void {
      for (const pair of pairs) pair.own = undefined
      standing = course
    },
    /** Nothing passes any more on the connections that stand, not even their end; new ones are as everything is. */
    freeze(): void {
      for (const pair of pairs) pair.isFrozen = true
    },
    /** Resets every connection that stands; new ones are taken. */
    cut,
    /** Nobody listens any more, and what stands is reset: `ECONNREFUSED`. */
    refuse,
    /** Listens again, on the same port. */
    async accept(): Promise<void> {
      await listen(server, port)
    },
    /** How many exchanges have begun. */
    exchanges: () => exchanges,
  }
}

function isSilent({ kind }: Course): boolean {
  return kind === 'lose-answer' || kind === 'blackhole'
}

function placeOf(where: string): { host: string; port: number } {
  const { hostname, port } = new URL(where.includes('//') ? where : `tcp://${where}`)
  return { host: hostname, port: Number(port) }
}

async function listen(server: net.Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no TCP address')
  return address.port
}
