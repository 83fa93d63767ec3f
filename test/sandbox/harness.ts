import { onTestFinished } from 'vitest'
import type { Version } from '../../sandbox/answers.ts'
import type { SandboxOptions } from '../../sandbox/options.ts'
import { startSandbox } from '../../sandbox/start-sandbox.ts'

export const phone = '+6591234567'
export const subAccountId = 'acme_verify'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

export type CallOptions = {
  readonly version?: Version
  readonly subAccountId?: string
  readonly authorization?: string | null
  readonly signal?: AbortSignal
}

/** A sandbox on a real socket, closed when the test ends, its clock in the test's hands, and fetch for a client. */
export async function given(options: SandboxOptions = {}) {
  const clock = { ms: Date.parse('2026-01-01T00:00:00.250Z') }
  const { url, sandbox, close } = await startSandbox({ now: () => clock.ms, ...options })
  onTestFinished(close)

  async function request(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(url + path, { redirect: 'manual', ...init })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: parsed(text) }
  }

  const call = (
    path: string,
    { authorization = 'Bearer sandbox-key', signal }: CallOptions,
    init: RequestInit,
  ) =>
    request(path, {
      ...init,
      ...(signal ? { signal } : {}),
      headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
    })

  /** Asks 8x8 to send a code; a string goes as it is. */
  const send = (body: object | string = {}, options: CallOptions = {}) =>
    call(sendPath(options), options, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify({ destination: phone, ...body }),
    })

  /** Asks 8x8 about a code, or without one reads the status. */
  const check = (session: Answer | string, code?: string, options: CallOptions = {}) => {
    const id = typeof session === 'string' ? session : sessionIdOf(session)
    const query = code === undefined ? '' : `?code=${encodeURIComponent(code)}`
    return call(`${sendPath(options)}/${id}${query}`, options, { method: 'GET' })
  }

  /** The code that last reached the phone. */
  const code = (of = phone) => {
    const found = sandbox.lastCode(of)
    if (found === undefined) throw new Error(`no code reached ${of}`)
    return found
  }

  const postJson = (method: 'POST' | 'PATCH', path: string, body: object) =>
    request(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

  return {
    url,
    sandbox,
    close,
    request,
    postJson,
    send,
    check,
    code,
    wrongCode: (of = phone) => (code(of).startsWith('0') ? '1' : '0') + code(of).slice(1),
    pass: (seconds: number) => {
      clock.ms += seconds * 1000
    },
    now: () => clock.ms,
  }
}

export function sessionIdOf({ body }: Answer): string {
  const id = body.sessionId ?? body.uid
  if (typeof id !== 'string') throw new Error('the answer has no session id')
  return id
}

function sendPath({ version = 'v2', subAccountId: sub = subAccountId }: CallOptions): string {
  return version === 'v2' ? `/api/v2/subaccounts/${sub}/sessions` : `/verify/v1/${sub}`
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
