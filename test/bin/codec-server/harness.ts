/** The codec server on a socket of its own, and a caller that may say anything, `Host` and `Origin` included. */
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { defaultPayloadConverter, type Payload } from '@temporalio/common'
import { expect, onTestFinished } from 'vitest'
import { createAccessTokens, type Oidc } from '../../../bin/codec-server/access-tokens.ts'
import { createCodecServer } from '../../../bin/codec-server/app.ts'
import { createCallers } from '../../../bin/codec-server/callers.ts'
import { allowedOrigins } from '../../../bin/codec-server/origins.ts'
import { toPayload, toWire, type WirePayload } from '../../../bin/codec-server/payloads.ts'
import { createEncryptionCodec } from '../../../platform/codec/encryption.ts'
import { parseKeyRing } from '../../../platform/codec/key-ring.ts'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export type Ask = {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A string goes as it is, everything else as JSON. */
  readonly body?: unknown
  /** The body is sent without its length being told. */
  readonly isChunked?: boolean
}

export type GivenOptions = {
  readonly isProduction?: boolean
  readonly token?: string
  readonly oidc?: Oidc
  readonly namespace?: string
  readonly uiOrigin?: string
  readonly mostRequestsPerMinute?: number
}

type Line = { readonly level: 'info' | 'warn' | 'error'; readonly fields: Record<string, unknown> }

export const UI = 'http://127.0.0.1:8233'
export const ring = `2026:${randomBytes(32).toString('base64')}`
const otherRing = `2025:${randomBytes(32).toString('base64')}`

export const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload<unknown>(value)

/** Seals as the worker and the API do. */
export async function seal(payload: Payload, { keys = ring, namespace = 'shop' } = {}): Promise<WirePayload> {
  const [sealed] = await codecOf(keys, namespace).encode([payload])
  if (sealed === undefined) throw new Error('nothing was sealed')
  return toWire(sealed)
}

/** A payload that was sealed with a key which the server does not have. */
export const sealElsewhere = (payload: Payload) => seal(payload, { keys: otherRing })

/** Bytes that are no JSON, as somebody's converter may have left them. */
export const bytesPayload = (encoding: string, data: string): Payload => ({
  metadata: { encoding: Buffer.from(encoding) },
  data: Buffer.from(data),
})

export async function given(options: GivenOptions = {}) {
  const { isProduction = false, token, oidc, namespace = 'shop', uiOrigin = UI } = options
  const lines: Line[] = []
  const write = (level: Line['level']) => (fields: object) =>
    void lines.push({ level, fields: { ...fields } })
  const log = { info: write('info'), warn: write('warn'), error: write('error') }
  const app = createCodecServer({
    codec: codecOf(ring, namespace),
    plainText: isProduction ? 'refused' : 'accepted',
    namespace,
    origins: allowedOrigins(uiOrigin, isProduction),
    callers: createCallers({ isProduction, token, accessTokens: oidc && createAccessTokens(oidc) }),
    mostRequestsPerMinute: options.mostRequestsPerMinute ?? 10_000,
    audit: log,
    log,
  })
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', overrideGlobalObjects: false })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
  })
  const { port } = server.address() as AddressInfo

  const ask = (call: Ask = {}) => {
    const { headers = {}, ...rest } = call
    const standard = { 'content-type': 'application/json', 'x-namespace': namespace }
    return send(port, { ...rest, headers: { ...standard, ...headers } })
  }
  const decode = (payloads: readonly WirePayload[], headers: Ask['headers'] = {}) =>
    ask({ body: { payloads }, headers })
  return {
    port,
    lines,
    ask,
    decode,
    /** What an engineer sees of a value that was sealed. */
    see: async (value: unknown): Promise<unknown> => {
      const [shown] = shownIn(await decode([await seal(payloadOf(value), { namespace })]))
      return shown
    },
  }
}

/** The values of an answer, each in the one form that the Temporal UI and CLI show. */
export function shownIn({ status, text }: Answer): readonly unknown[] {
  expect({ status, text: status === 200 ? '' : text }).toEqual({ status: 200, text: '' })
  const { payloads } = JSON.parse(text) as { payloads: readonly WirePayload[] }
  return payloads.map((payload) => {
    expect(Object.keys(payload.metadata ?? {})).toEqual(['encoding'])
    return defaultPayloadConverter.fromPayload<unknown>(toPayload(payload))
  })
}

/** The status and the problem's code, of which nothing else is of use to a program. */
export function problemOf({ status, headers, text }: Answer): string {
  expect(headers['content-type']).toBe('application/problem+json')
  const body = JSON.parse(text) as { code: string; status: number; instance: string }
  expect(body).toMatchObject({ status, instance: headers['x-request-id'] })
  return `${status} ${body.code}`
}

function codecOf(text: string, namespace: string) {
  const keys = parseKeyRing(text)
  if (keys === undefined) throw new Error('the keys of the test are malformed')
  return createEncryptionCodec({ keys, namespace, plainText: 'accepted', alarm: () => undefined })
}

function send(
  port: number,
  { method = 'POST', path = '/decode', headers, body, isChunked }: Ask,
): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body)
  const length = isChunked || text === '' ? {} : { 'content-length': String(Buffer.byteLength(text)) }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { port, host: '127.0.0.1', method, path, headers: { ...headers, ...length }, agent: false },
      (incoming) => {
        let received = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (part: string) => (received += part))
        incoming.on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: received })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}
