/** Servers on port 0 that answer as told, and misbehave as told. All are gone when the test is over. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import net, { type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createEightByEight, type EightByEightSettings } from '../../../activities/eight-by-eight/client.ts'
import type { CheckRequest, SendRequest } from '../../../activities/eight-by-eight/types.ts'

export const apiKey = 'key-3f9c-secret'
export const subAccountId = 'acme_hq'

export const sendRequest: SendRequest = {
  phone: '+6598765432',
  channel: 'sms',
  newCode: true,
  codeLength: 6,
  validitySeconds: 300,
  resendIntervalSeconds: 30,
}

export const checkRequest: CheckRequest = { phone: '+6598765432', challenge: 'c96a488d-01', code: '913407' }

/** An answer to both calls; `destination` and `sessionId` are those of the requests above. */
export function session(status: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { sessionId: 'c96a488d-01', destination: '+6598765432', status, ...more }
}

/** A client patient enough for a busy machine and for failures in a row; tests of these say theirs. */
export function client(baseUrl: string, settings: Partial<EightByEightSettings> = {}) {
  return createEightByEight({
    version: 'v2',
    baseUrl,
    subAccountId,
    apiKey,
    sendTimeoutMs: 5_000,
    checkTimeoutMs: 5_000,
    connectTimeoutMs: 4_000,
    breaker: { failures: 1000 },
    ...settings,
  })
}

export type Seen = { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }

/** For calls that run out of time. */
export const hasty = { sendTimeoutMs: 300, checkTimeoutMs: 300 }

/** Speaks HTTP; `seen` grows by each request, read to its end. */
export async function httpServer(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const seen: Seen[] = []
  const server = http.createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => (body += text))
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      answer(response, request)
    })
  })
  return { seen, baseUrl: `http://127.0.0.1:${await listen(server)}` }
}

/** Answers everything with this status, JSON (or text as it is) and headers. */
export function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  return httpServer((response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body))
  })
}

/** Speaks TCP: `onBytes` is called when the first bytes of a request have come. */
export async function tcpServer(onBytes: (socket: Socket) => void, scheme: 'http' | 'https' = 'http') {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      onBytes(socket)
    })
  })
  return { baseUrl: `${scheme}://127.0.0.1:${await listen(server)}` }
}

/** Speaks HTTPS with a certificate for `name`, signed by nobody but itself, and good for two days. */
export async function tlsServer(
  name: string,
  options: https.ServerOptions = {},
  certificate = selfSigned(name),
) {
  const seen: string[] = []
  const server = https.createServer({ ...certificate, ...options }, (request, response) => {
    seen.push(request.url ?? '')
    response.end(JSON.stringify(session('WAITING')))
  })
  server.on('tlsClientError', () => undefined)
  return { seen, certificate: certificate.cert, port: await listen(server) }
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = portOf(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return portOf(server)
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}

function selfSigned(name: string): Certificate {
  return inFolder((folder) => {
    openssl(folder, 'req', ...newKey(name), '-x509', '-days', '2', '-out', 'cert.pem')
  })
}

/** As `tlsServer` would have used it, but that its time is over. */
export function expiredCertificate(name: string): Certificate {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'index'), '')
    writeFileSync(join(folder, 'ca.cnf'), authority)
    openssl(folder, 'req', ...newKey(name), '-out', 'request.pem')
    const days = ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z']
    const files = ['-in', 'request.pem', '-keyfile', 'key.pem', '-out', 'cert.pem', '-notext']
    openssl(folder, 'ca', '-batch', '-config', 'ca.cnf', '-selfsign', ...days, ...files)
  })
}

type Certificate = { readonly key: string; readonly cert: string }

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

function newKey(name: string): string[] {
  return [...curve, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${name}`, '-keyout', 'key.pem']
}

/** Only an authority of one's own may say when a certificate begins and ends. */
const authority = `[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
copy_extensions = copy
policy = any
[any]
commonName = supplied
`

function openssl(cwd: string, ...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd, stdio: 'ignore' })
}

/** What `make` leaves in `key.pem` and `cert.pem` of a folder that is then gone. */
function inFolder(make: (folder: string) => void): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'postern-tls-'))
  try {
    make(folder)
    const read = (file: string) => readFileSync(join(folder, file), 'utf8')
    return { key: read('key.pem'), cert: read('cert.pem') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
