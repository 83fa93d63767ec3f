import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { GivenUpError, NotSentError, UnreadableError } from './failure.ts'

/**
 * A `fetch` for ky that sends a request exactly once and knows whether it was sent.
 *
 * Node's own fetch does neither: it repeats a request that is answered 421, which would spend a second
 * attempt at the code, and has no connect timeout. Here nothing is written before the connection stands and
 * the certificate is proven, so a failure before that moment is certain. No redirect is followed; the
 * answer's body has been read, whole, when the promise resolves.
 *
 * @throws NotSentError when the request was never written.
 * @throws GivenUpError when the request's signal was aborted after that.
 * @throws UnreadableError when an answer began, but cannot be read to its end or exceeds 64 KiB.
 */
export function createTransport(limits: {
  /** For DNS, TCP and TLS together. */
  readonly connectTimeoutMs: number
}): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  const pool = { keepAlive: true, maxSockets: maxConnections, timeout: idleTimeoutMs }
  const plain = new http.Agent(pool)
  // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED cannot unsay it. TLS 1.3 is offered by default.
  const secure = new https.Agent({ ...pool, minVersion: 'TLSv1.2', rejectUnauthorized: true })

  return async function transport(input, init) {
    const request = input instanceof Request ? input : new Request(input, init)
    const body = Buffer.from(await request.arrayBuffer())
    const isSecure = new URL(request.url).protocol === 'https:'
    const call = (isSecure ? https : http).request(request.url, {
      agent: isSecure ? secure : plain,
      method: request.method,
      headers: Object.fromEntries(request.headers),
    })
    return exchange(call, body, request.signal, limits.connectTimeoutMs)
  }
}

/** Open connections at most; further requests queue, on the caller's time. */
const maxConnections = 64
/** Shorter than any load balancer's, so that we rarely write to a connection that is being closed. */
const idleTimeoutMs = 4_000
const maxAnswerBytes = 64 * 1024

function exchange(call: http.ClientRequest, body: Buffer, signal: AbortSignal, connectTimeoutMs: number) {
  return new Promise<Response>((resolve, reject) => {
    let isWritten = false
    const fail = (cause: Error) => {
      call.destroy()
      reject(isWritten ? cause : new NotSentError('nothing was written', { cause }))
    }
    const giveUp = () => {
      fail(new GivenUpError())
    }
    call.on('error', fail)
    call.on('socket', (socket) => {
      whenProven(socket, connectTimeoutMs, () => {
        isWritten = true
        call.end(body)
      })
    })
    call.on('response', (answer) => void toResponse(answer).then(resolve, fail))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}

function whenProven(socket: Socket, connectTimeoutMs: number, write: () => void) {
  const isProven = socket instanceof TLSSocket ? socket.authorized : !socket.connecting
  if (isProven) {
    write()
    return
  }
  const timer = setTimeout(() => socket.destroy(new Error('connecting took too long')), connectTimeoutMs)
  socket.once('close', () => {
    clearTimeout(timer)
  })
  socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
    clearTimeout(timer)
    write()
  })
}

async function toResponse(answer: http.IncomingMessage): Promise<Response> {
  const status = answer.statusCode ?? 0
  if (status < 200 || status > 599) throw new UnreadableError()
  const retryAfter = answer.headers['retry-after']
  const text = toText(await readBounded(answer), answer.headers['content-encoding'])
  return new Response([204, 205, 304].includes(status) ? null : text, {
    status,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  })
}

async function readBounded(answer: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) throw new UnreadableError()
      bytes += chunk.length
      if (bytes > maxAnswerBytes) throw new UnreadableError()
      chunks.push(chunk)
    }
  } catch {
    // Cut short by anyone; if by our own time limit, that has already been said.
    throw new UnreadableError()
  }
  return Buffer.concat(chunks)
}

/** We ask for `identity`; gzip is understood for the sake of a gateway that compresses unasked. */
function toText(bytes: Buffer, encoding = 'identity'): string {
  if (encoding === 'identity') return bytes.toString('utf8')
  if (encoding !== 'gzip') throw new UnreadableError()
  try {
    return gunzipSync(bytes, { maxOutputLength: maxAnswerBytes }).toString('utf8')
  } catch {
    throw new UnreadableError()
  }
}
