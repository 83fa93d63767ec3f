/** Amazing Product on a socket of its own, before a whole Postern. */
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { expect, onTestFinished } from 'vitest'
import { createPosternClient } from '../../client/index.ts'
import { createDemo, type DemoDeps } from '../../demo/app.ts'
import { createPasswords } from '../../demo/passwords.ts'
import { createStore } from '../../demo/store.ts'
import { createVerdict } from '../../demo/verdict.ts'
import type { App } from '../../domain/app.ts'
import type { Policy } from '../../domain/policy.ts'
import { openHouse, type House, type HouseOptions } from './house.ts'
import { openHttp, type HttpOptions } from './http.ts'
import { issuer } from './proofs.ts'

export type DemoOptions = {
  /** Default: 1, so that a test can wait for it. */
  readonly resendIntervalSeconds?: number
  /** Of a code; default: as in production. */
  readonly codeValiditySeconds?: number
  /** More of the policy. */
  readonly policy?: Partial<Policy>
  readonly house?: Omit<HouseOptions, 'policy'>
  /** Of the app at Postern, such as `domain` or `allowedCountries`. */
  readonly settings?: Partial<App>
  readonly http?: Omit<HttpOptions, 'settings'>
  /** The sandbox's inbox beside each page. Default: not. */
  readonly withPhone?: boolean
  /** Is awaited before a proof is looked at. */
  readonly beforeVerdict?: () => Promise<unknown>
  /** What the product is made of. */
  readonly deps?: Partial<DemoDeps>
}

export type OpenDemo = Awaited<ReturnType<typeof openDemo>>

export const webhookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** Of every account that a test makes. */
export const password = 'correct horse battery'

let names = 0
const aName = () => `user.${(names += 1)}`

/** A Postern of its own, and the product before it; ends with the test. */
export async function openDemo(options: DemoOptions = {}) {
  const { resendIntervalSeconds = 1, codeValiditySeconds } = options
  const policy = {
    resendIntervalSeconds,
    ...(codeValiditySeconds === undefined ? {} : { codeValiditySeconds }),
    ...options.policy,
  }
  const house = await openHouse({ ...options.house, policy })
  return openDemoOf(house, options)
}

/** The product before a Postern that is there. */
export async function openDemoOf(house: House, options: Omit<DemoOptions, 'house'> = {}) {
  // Postern must know the product's origin, and the product Postern's address: the socket comes first.
  const { promise: made, resolve: serveDemo } = Promise.withResolvers<ReturnType<typeof createDemo>>()
  const server = serve({
    fetch: async (request, env) => (await made).fetch(request, env),
    port: 0,
    hostname: '127.0.0.1',
    overrideGlobalObjects: false,
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let closed: Promise<unknown> | undefined
  const close = () => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    return (closed ??= new Promise((resolve) => server.close(resolve)))
  }
  onTestFinished(async () => {
    await close()
  })

  const api = await openHttp(house, { ...options.http, settings: { origins: [url], ...options.settings } })
  const apiKey = api.authorization('acme').replace('Bearer ', '')
  const operatorKey = api.authorization('ops').replace('Bearer ', '')
  const operator = createPosternClient({ baseUrl: api.url, apiKey: operatorKey })
  const store = options.deps?.store ?? createStore()
  const log: string[] = []
  const jwksUrl = new URL('/.well-known/jwks.json', api.url)
  const verify = createVerdict({ issuer, audience: 'acme', jwksUrl, store })
  serveDemo(
    createDemo({
      store,
      passwords: createPasswords(),
      postern: createPosternClient({ baseUrl: api.url, apiKey }),
      verdict: async (...given) => {
        await options.beforeVerdict?.()
        return verify(...given)
      },
      webhookSecret,
      posternUrl: api.url,
      isSecure: false,
      ...(options.withPhone ? { development: { sandboxUrl: house.sandboxUrl } } : {}),
      log: (line) => log.push(line),
      ...options.deps,
    }),
  )

  const visitor = () => createVisitor(url)

  /** Who has just made an account. */
  async function user(name = aName()) {
    const browser = visitor()
    const { status, text } = await browser.post('/sign-up', { name, password })
    if (status !== 303) throw new Error(`no account was made: ${text}`)
    return { ...browser, name }
  }

  /** Who has turned on two-factor login with this number, E.164, and is signed in. */
  async function userWith(e164: string, name = aName()) {
    const owner = await user(name)
    await owner.post('/two-factor', { country: 'SG', phone: e164 })
    await enterCode(owner, e164)
    return owner
  }

  /** What the page of `/code` does with the newest code: to Postern with it, and here with the proof. */
  async function enterCode(browser: Visitor, e164: string): Promise<void> {
    const answer = await browser.postJson('/code/verdict', { assertion: await proofFor(browser, e164) })
    if (answer.status !== 200) throw new Error(`the code did not do: ${answer.text}`)
  }

  /** Postern's assertion of the login on the browser's page of `/code`. */
  async function proofFor(browser: Visitor, e164: string): Promise<string> {
    const { loginId, clientToken } = (await browser.get('/code')).login()
    const postern = createPosternClient({ baseUrl: api.url, clientToken })
    const { assertion } = await postern.submit(loginId, codeFor(e164))
    if (assertion === undefined) throw new Error('Postern has not verified the code in time')
    return assertion
  }

  /** The newest code that has reached the number, E.164. */
  function codeFor(e164: string): string {
    const code = house.sandbox.lastCode(e164)
    if (code === undefined) throw new Error('no code has reached that phone')
    return code
  }

  return {
    url,
    house,
    api,
    store,
    /** What the product has logged. */
    log,
    codeFor,
    /** All that the number has received, newest first. */
    inbox: (e164: string) => house.sandbox.messages(e164),
    /** Resolves when the number may be sent to again. */
    async untilSendable(e164: string): Promise<void> {
      const isBlocked = async () => (await operator.number(e164)).blockedUntil !== null
      await expect.poll(isBlocked).toBe(false)
    },
    visitor,
    user,
    userWith,
    enterCode,
    proofFor,
    close,
  }
}

export type Visitor = ReturnType<typeof createVisitor>

/** What a visitor is answered. */
export type Page = Awaited<ReturnType<Visitor['get']>>

type Given = Readonly<Record<string, string>>
type Sent = { readonly method?: string; readonly body?: string | URLSearchParams; readonly headers?: Given }

export function createVisitor(url: string) {
  const cookies = new Map<string, string>()

  async function send(path: string, { headers: given = {}, ...request }: Sent) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie === '' ? {} : { cookie }), ...given }
    const response = await fetch(`${url}${path}`, { redirect: 'manual', ...request, headers })
    for (const line of response.headers.getSetCookie()) take(line)
    const text = await response.text()
    const found = (pattern: RegExp) => {
      const [, match] = pattern.exec(text) ?? []
      if (match === undefined) throw new Error(`the page of ${path} (${response.status}) has none`)
      return match
    }
    return {
      status: response.status,
      headers: response.headers,
      text,
      /** Where a redirect leads. */
      location: response.headers.get('location'),
      /** Of its `<script id="login">`. */
      login: () =>
        JSON.parse(found(/id="login">([^<]*)</)) as {
          readonly loginId: string
          readonly clientToken: string
        },
      /** Of its form; what is sent twice by a double click. */
      attempt: () => found(/name="attempt" value="([^"]+)"/),
      /** What is read out at once. */
      alert: () => found(/role="alert"[^>]*>([^<]*)</),
    }
  }

  function take(line: string) {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split('=')
    if (attributes.includes('Max-Age=0')) cookies.delete(name)
    else cookies.set(name, value)
  }

  const get = (path: string, headers: Given = {}) => send(path, { headers })
  /** As a form of the page is sent by a browser. */
  const post = (path: string, form: Given = {}, headers: Given = {}) =>
    send(path, { method: 'POST', body: new URLSearchParams(form), headers: { origin: url, ...headers } })
  const postJson = (path: string, body: unknown, headers: Given = {}) =>
    send(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { origin: url, 'content-type': 'application/json', ...headers },
    })

  return {
    get,
    post,
    postJson,
    cookies,
    /** The same browser's cookies as they are now, in another. */
    copy() {
      const other = createVisitor(url)
      for (const [name, value] of cookies) other.cookies.set(name, value)
      return other
    },
  }
}
