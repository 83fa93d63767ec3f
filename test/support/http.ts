/** The house behind HTTP: `createApp` on a socket of its own, and a caller that lets no answer pass unjudged. */
import { randomBytes } from 'node:crypto'
import type { ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { expect, onTestFinished } from 'vitest'
import { createApp } from '../../api/app.ts'
import type { EventStreams } from '../../api/event-stream/streams.ts'
import type { LoginGateway } from '../../api/gateway.ts'
import type { Api } from '../../api/middleware/context.ts'
import type { RequestTraces } from '../../api/middleware/traces.ts'
import type { ReceiptSettings } from '../../api/receipts/bearer.ts'
import type { App } from '../../domain/app.ts'
import type { Limits } from '../../api/limits/types.ts'
import type { Block } from '../../domain/blocks.ts'
import { isFinal, type Login } from '../../domain/login.ts'
import type { Phone } from '../../domain/phone.ts'
import type { AppsSource } from '../../platform/apps/source.ts'
import { plainApi } from './api-deps.ts'
import { anApp, appsOf } from './apps.ts'
import { createJudge, type OpenApiDocument } from './contract.ts'
import { openHouse, type House, type HouseOptions } from './house.ts'
import { newProofs } from './proofs.ts'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON. */
  readonly body: Readonly<Record<string, unknown>>
}

export type Call = {
  /** A string goes as it is, everything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

type Headers_ = Readonly<Record<string, string>>

/** What one app can do, by its key. */
export type Caller = ReturnType<typeof createCaller>

export type HttpOptions = {
  /** Another process of the API; default: the house's own. */
  readonly gateway?: LoginGateway
  /** In the place of `acme`, `other` and `ops`; `bearing` calls as one of them. */
  readonly apps?: AppsSource
  /** Of the app `acme`. */
  readonly settings?: Partial<App>
  /** It is told to 8x8 where receipts are taken; left out, none are. */
  readonly receipts?: ReceiptSettings
  /** What it proves and checks by; default: what all APIs of a test file share. */
  readonly proofs?: ReturnType<typeof newProofs>
  /** Default: the app's own. */
  readonly streams?: EventStreams
  /** Default: those of production, with caps that no test reaches. */
  readonly limits?: Limits
  /** Default: nothing is blocked. */
  readonly blocks?: () => readonly Block[]
  /** Default: none. */
  readonly traces?: RequestTraces
  /** Of the server that it listens with; default: Node's own. */
  readonly serverOptions?: ServerOptions
  /** Where errors go that the test has caused; left out, one in the log is a failure. */
  readonly errors?: object[]
}

const keys = {
  acme: `pk_test_${randomBytes(18).toString('base64url')}`,
  /** Another app of the same sub-account. */
  other: `pk_test_${randomBytes(18).toString('base64url')}`,
  /** May read numbers. */
  ops: `pk_test_${randomBytes(18).toString('base64url')}`,
} as const

const ownProofs = newProofs()

/** A house of one test, and its API. */
export async function openJourney(houseOptions?: HouseOptions, httpOptions?: HttpOptions) {
  const house = await openHouse(houseOptions)
  return { house, api: await openHttp(house, httpOptions) }
}

/** Serves the API of a house on 127.0.0.1; what is returned calls as the app `acme`. */
export async function openHttp(house: House, options: HttpOptions = {}) {
  const plain = plainApi()
  const { gateway = house.gateway, settings = {}, receipts, serverOptions } = options
  const { streams = plain.streams, limits = plain.limits, blocks = plain.blocks } = options
  const errors: object[] = []
  const lines: object[] = []
  const { promise: served, resolve: serveApi } = Promise.withResolvers<Api>()
  const server = serve({
    fetch: async (request, env) => (await served).fetch(request, env),
    port: 0,
    hostname: '127.0.0.1',
    overrideGlobalObjects: false,
    ...(serverOptions === undefined ? {} : { serverOptions }),
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const acme = anApp({ ...house.app, brand: 'Acme', ...settings })
  const api = createApp({
    gateway,
    identity: house.identity,
    apps:
      options.apps ??
      appsOf([
        { app: acme, apiKey: keys.acme, scopes: ['start', 'read'] },
        { app: { ...acme, name: 'other' }, apiKey: keys.other, scopes: ['start', 'read'] },
        { app: { ...acme, name: 'ops' }, apiKey: keys.ops },
      ]),
    ...(options.proofs ?? ownProofs),
    publicUrl: receipts === undefined ? 'https://postern.example' : url,
    ...(receipts === undefined ? {} : { receipts }),
    ...plain,
    connInfo: getConnInfo,
    streams,
    limits,
    blocks,
    ...(options.traces === undefined ? {} : { traces: options.traces }),
    log: {
      info: (fields) => void lines.push(fields),
      warn: () => undefined,
      error: (fields) => void (options.errors ?? errors).push(fields),
    },
  })
  serveApi(api)
  onTestFinished(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    expect(errors).toEqual([])
  })
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument
  const judge = createJudge(document)

  async function call(method: string, path: string, headers: Headers_, body?: unknown): Promise<Answer> {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const typed = sent === undefined ? headers : { 'content-type': 'application/json', ...headers }
    const init = { method, headers: typed, ...(sent === undefined ? {} : { body: sent }) }
    const response = await fetch(`${url}${path}`, init)
    const text = await response.text()
    judge({ method, path, status: response.status, headers: response.headers, text })
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: JSON.parse(text) as Answer['body'],
    }
  }

  const authorization = (app: keyof typeof keys) => `Bearer ${keys[app]}`
  const as = (app: keyof typeof keys) => createCaller(call, { authorization: authorization(app) })
  /** Whoever shows this. */
  const bearing = (token: string) => createCaller(call, { authorization: `Bearer ${token}` })
  return { ...as('acme'), as, bearing, anonymous: createCaller(call, {}), url, authorization, lines }
}

function createCaller(
  call: (method: string, path: string, headers: Headers_, body?: unknown) => Promise<Answer>,
  credentials: Headers_,
) {
  const send = (method: string, path: string, { body, headers }: Call = {}) =>
    call(method, path, { ...credentials, ...headers }, body)
  const login = (id: string) => `/v1/logins/${encodeURIComponent(id)}`
  const read = (id: string, headers: Headers_ = {}) => send('GET', login(id), { headers })
  const start = (body: object, headers: Headers_ = {}) => send('POST', '/v1/logins', { body, headers })
  return {
    send,
    start,
    read,
    submit: (id: string, code: unknown, headers: Headers_ = {}) =>
      send('POST', `${login(id)}/code`, { body: { code }, headers }),
    resend: (id: string, body?: object, headers: Headers_ = {}) =>
      send('POST', `${login(id)}/resend`, { body, headers }),
    cancel: (id: string, headers: Headers_ = {}) => send('POST', `${login(id)}/cancel`, { headers }),
    events: (id: string) => send('GET', `${login(id)}/events`),
    /** `query` as it stands in the address. */
    list: (query: string) => send('GET', `/v1/logins?${query}`),
    number: (phone: string) => send('GET', `/v1/numbers/${encodeURIComponent(phone)}`),
    /** A start whose code must have gone out. */
    async login(phone: Phone, headers: Headers_ = {}): Promise<Login> {
      const answer = await start({ phone: phone.e164 }, headers)
      if (answer.status !== 201) throw new Error(`no code went out: ${answer.text}`)
      return loginOf(answer)
    },
    /** The login as soon as `isSo`, by long polls. */
    async until(id: string, isSo: (login: Login) => boolean): Promise<Login> {
      for (let seconds = 0; ; seconds = 5) {
        const now = loginOf(await read(id, { prefer: `wait=${seconds}` }))
        if (isSo(now)) return now
        if (isFinal(now.status)) throw new Error(`it ended otherwise: ${now.status} ${now.reason ?? ''}`)
      }
    },
  }
}

/** The body as the login that the judge has found it to be, without what came beside it. */
export function loginOf({ body }: Answer): Login {
  const { clientToken: _token, assertion: _assertion, ...login } = body
  return login as unknown as Login
}

/** What a start gave for the login's browser. */
export function tokenOf({ body: { clientToken } }: Answer): string {
  if (typeof clientToken !== 'string') throw new Error('no client token was given')
  return clientToken
}

/**
 * Proves RFC 9457's envelope and takes it off: what is left is the status, the code, `Retry-After` in seconds when
 * there is one, and the members of this very problem.
 */
export function problemOf(answer: Answer): Readonly<Record<string, unknown>> {
  const { type, code, status, title, detail, instance, ...members } = answer.body
  expect({ type, status, title, detail, instance }).toEqual({
    type: `/problems/${String(code)}`,
    status: answer.status,
    title: expect.stringMatching(/\.$/) as unknown,
    detail: expect.stringMatching(/\.$/) as unknown,
    instance: answer.headers.get('x-request-id'),
  })
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const retryAfter = answer.headers.get('retry-after')
  return {
    status,
    code,
    ...(retryAfter === null ? {} : { retryAfter: Number(retryAfter) }),
    ...members,
  }
}

/** Matches a whole number of seconds. */
export function seconds(least: number, most: number): unknown {
  return expect.toSatisfy(
    (value: unknown) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    `${least} to ${most} s`,
  )
}

/** Resolves when the login may be sent to again, by its own `resendAfter`. */
export async function untilResendable(login: Login): Promise<void> {
  const at = Date.parse(login.resendAfter ?? '')
  await expect.poll(() => Date.now() > at).toBe(true)
}
