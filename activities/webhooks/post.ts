/** One POST to one checked address: no redirect, no repetition, no connection used twice, no body read for its own sake. */
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Address } from './target.ts'

export type PostRequest = {
  readonly url: URL
  /** Checked; the connection goes to one of these and nowhere else. */
  readonly addresses: readonly Address[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** For TCP and TLS. */
  readonly connectMs: number
  /** For everything, an answer's body included. */
  readonly totalMs: number
}

export type PostOutcome =
  | { readonly outcome: 'answered'; readonly status: number; readonly retryAfter: string | null }
  | { readonly outcome: 'failed'; readonly cause: 'timeout' | 'connect' | 'tls' | 'reset' }

const MOST_ANSWER_BYTES = 64 * 1024

/** Never rejects. */
export function post(request: PostRequest): Promise<PostOutcome> {
  return new Promise((resolve) => {
    const { url, addresses } = request
    const isSecure = url.protocol === 'https:'
    let stage: 'connect' | 'tls' | 'reset' = 'connect'
    const call = (isSecure ? https : http).request(url, {
      method: 'POST',
      headers: request.headers,
      lookup: pinnedTo(addresses),
      // A connection that was kept would have been checked at another time.
      agent: false,
      // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED cannot unsay it.
      ...(isSecure ? { minVersion: 'TLSv1.2' as const, rejectUnauthorized: true } : {}),
    })
    let answered: PostOutcome | undefined
    const end = (otherwise: PostOutcome) => {
      clearTimeout(connecting)
      clearTimeout(total)
      resolve(answered ?? otherwise)
      call.destroy()
    }
    const fail = (cause: 'timeout' | typeof stage) => {
      end({ outcome: 'failed', cause })
    }
    const connecting = setTimeout(() => {
      fail(stage)
    }, request.connectMs)
    const total = setTimeout(() => {
      fail('timeout')
    }, request.totalMs)

    const write = () => {
      stage = 'reset'
      clearTimeout(connecting)
      call.end(request.body)
    }
    call.on('socket', (socket) => {
      socket.once('connect', () => {
        if (socket instanceof TLSSocket) stage = 'tls'
        else write()
      })
      socket.once('secureConnect', write)
    })
    call.on('error', () => {
      fail(stage)
    })
    call.on('response', (answer) => {
      const { statusCode: status = 0, headers } = answer
      // The status says it all, whatever becomes of the body.
      answered = { outcome: 'answered', status, retryAfter: headers['retry-after'] ?? null }
      void discard(answer).then(() => {
        fail('reset')
      })
    })
  })
}

/** Reads so much of a body that a decent receiver is not cut off while it writes. Never rejects. */
async function discard(answer: http.IncomingMessage): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of answer) {
      bytes += Buffer.isBuffer(chunk) ? chunk.length : 0
      if (bytes > MOST_ANSWER_BYTES) return
    }
  } catch {
    // Cut short: nothing hangs on it.
  }
}

/** Instead of DNS: a name that is looked up twice can have two answers (WHO-11). */
function pinnedTo(addresses: readonly Address[]): LookupFunction {
  return (_name, { all }, callback) => {
    const [first] = addresses
    if (all) callback(null, [...addresses])
    else callback(first ? null : new Error('no address'), first?.address ?? '', first?.family)
  }
}
