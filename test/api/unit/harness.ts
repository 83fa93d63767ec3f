import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { createApp } from '../../../api/app.ts'
import { createIdentity } from '../../../api/identity.ts'
import type { LoginGateway } from '../../../api/gateway.ts'
import type { ApiDeps } from '../../../api/middleware/context.ts'
import type { App } from '../../../domain/app.ts'
import { defaultPolicy, type Policy } from '../../../domain/policy.ts'
import { plainApi } from '../../support/api-deps.ts'
import { anApp, appsOf } from '../../support/apps.ts'
import { newProofs } from '../../support/proofs.ts'

export const apiKey = 'pk_test_Kf9vJm2QhX7cRz4TnB6w'
export const adminKey = 'pk_test_admin_8sWq3LdYp5Vg1Xe'
export const loginId = `lg_${'a'.repeat(50)}`

const app = anApp({ subAccountId: 'acme_verify' })

/** What the tripwire throws: no test of this folder has anything to say about what lies behind the gateway. */
class GatewayReached extends Error {
  constructor() {
    super('secret of the gateway')
    this.name = 'GatewayReached'
  }
}

const trip = () => {
  throw new GatewayReached()
}

/** The app in front of a tripwire instead of a gateway: a request that gets through to it is answered 500 and logged. */
export function given(
  settings: Partial<App> = {},
  policy: Partial<Policy> = {},
  { receipt = trip, ...more }: Partial<ApiDeps> & { readonly receipt?: LoginGateway['receipt'] } = {},
) {
  const lines: { level: string; fields: Record<string, unknown>; message: string }[] = []
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message })
  }
  const gateway = {
    start: trip,
    read: trip,
    events: trip,
    terms: trip,
    follow: trip,
    list: trip,
    submitCode: trip,
    resend: trip,
    cancel: trip,
    receipt,
    number: trip,
    clearNumber: trip,
    ready: trip,
  }
  const api = createApp({
    gateway,
    identity: createIdentity(randomBytes(32)),
    apps: appsOf([
      {
        app: { ...app, policy: { ...defaultPolicy, ...policy }, ...settings },
        apiKey,
        scopes: ['start', 'read'],
      },
      { app: { ...app, name: 'ops' }, apiKey: adminKey },
    ]),
    ...newProofs(),
    ...plainApi(),
    connInfo: () => ({ remote: {} }),
    publicUrl: 'https://postern.example',
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    ...more,
  })

  const request = async (path: string, init: RequestInit = {}) => api.request(path, init)
  const call = (method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
    request(path, { method, headers: { authorization: `Bearer ${apiKey}`, ...headers } })
  /** A string is sent as it is, everything else as JSON. */
  const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    request(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const wasGatewayReached = () => lines.some(({ fields }) => fields.error === 'GatewayReached')
  return { api, request, call, post, lines, wasGatewayReached }
}

export type Problem = {
  readonly type: string
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly instance: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
  readonly reason?: string
}

/** Proves that the answer is the problem `code` in its envelope, and returns its body. */
export async function problemOf(response: Response, code: string): Promise<Problem> {
  const body = (await response.json()) as Problem
  expect(body).toMatchObject({
    type: `/problems/${code}`,
    code,
    status: response.status,
    instance: response.headers.get('x-request-id'),
  })
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return body
}

/** The pointers of `invalid-request`, which the gateway never saw. */
export async function invalidPointers(response: Response): Promise<readonly string[]> {
  const { errors = [] } = await problemOf(response, 'invalid-request')
  return errors.map(({ pointer }) => pointer)
}
