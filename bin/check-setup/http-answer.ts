/** One HEAD request without credentials, and what its answer tells of the way there. Spends nothing. */
import http from 'node:http'
import https from 'node:https'
import { TLSSocket } from 'node:tls'

const MOST_MS = 5000

export type HttpAnswer = {
  /** `TLSv1.3`, say; `undefined` when nothing was encrypted. */
  readonly protocol: string | undefined
  /** The server's clock, cut to the second, in milliseconds since the epoch. */
  readonly serverTime: number | undefined
  /** Ours, before the request and after the answer. */
  readonly askedAt: number
  readonly answeredAt: number
}

/**
 * Any status will do: what is asked is whether a server that may be trusted is there.
 *
 * @throws Error whose `code` says why there is no answer; nothing below TLS 1.2 and no unproven certificate is taken
 */
export function askHead(url: string): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const isSecure = new URL(url).protocol === 'https:'
    const options = { method: 'HEAD', timeout: MOST_MS, headers: { 'user-agent': 'postern' } }
    const secure = { ...options, minVersion: 'TLSv1.2' as const, rejectUnauthorized: true, agent: false }
    let askedAt = Date.now()
    const call = isSecure ? https.request(url, secure) : http.request(url, { ...options, agent: false })
    // The way there takes longer than the answer, and would blur the comparison of the clocks.
    call.on('socket', (socket) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => (askedAt = Date.now()))
    })
    call.on('timeout', () => call.destroy(new Error('it took too long')))
    call.on('error', reject)
    call.on('response', (answer) => {
      answer.resume()
      const { socket } = answer
      const at = Date.parse(answer.headers.date ?? '')
      resolve({
        protocol: socket instanceof TLSSocket ? (socket.getProtocol() ?? undefined) : undefined,
        serverTime: Number.isNaN(at) ? undefined : at,
        askedAt,
        answeredAt: Date.now(),
      })
      call.destroy()
    })
    call.end()
  })
}
