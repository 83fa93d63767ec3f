/**
 * A load balancer in front of the APIs: the next request goes to the next API, and to another when nobody takes it.
 * What an API has accepted is never repeated here, so that a drain that loses something is seen.
 */
import { request as ask, type IncomingMessage } from 'node:http'
import type { Login } from '../../domain/login.ts'
import type { Told } from '../support/evidence.ts'

export type Answered = {
  /** `POST /v1/logins`, with `{id}` for the login's. */
  readonly call: string
  readonly status: number
  readonly retryAfter: number | undefined
  /** Of a problem. */
  readonly code: string | undefined
}

export type Balancer = ReturnType<typeof createBalancer>

/** @param apis base URLs */
export function createBalancer(apis: readonly string[]) {
  let turn = 0
  const told: Told[] = []
  const answers: Answered[] = []
  const lost: string[] = []

  async function balanced(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    const { pathname, search } = new URL(request.url)
    const call = `${request.method} ${pathname.replace(/lg_[^/]+/, '{id}')}`
    const body = await request.text()
    turn = (turn + 1) % apis.length
    for (const api of [...apis.slice(turn), ...apis.slice(0, turn)]) {
      try {
        const response = await pass(`${api}${pathname}${search}`, request, body)
        await note(call, response.clone())
        return response
      } catch (error) {
        const { code } = error as { code?: string }
        if (code === 'ECONNREFUSED') continue
        // One that its caller gave up is not one that we lost.
        if (!request.signal.aborted) lost.push(`${call}: ${code ?? String(error)}`)
        throw new TypeError('fetch failed', { cause: error })
      }
    }
    throw new TypeError('fetch failed', { cause: 'no API takes a connection' })
  }

  async function note(call: string, response: Response): Promise<void> {
    const body = (await response.json().catch(() => ({}))) as { id?: string; code?: string }
    const retryAfter = response.headers.get('retry-after')
    const { status } = response
    const code = response.ok ? undefined : body.code
    answers.push({ call, status, code, retryAfter: retryAfter === null ? undefined : Number(retryAfter) })
    const isLogin = response.ok && body.id?.startsWith('lg_')
    told.push({ call, outcome: String(status), login: isLogin ? (body as Login) : null })
  }

  return {
    fetch: balanced,
    /** Every answer so far, oldest first. */
    answers,
    /** The same, for the oracle. */
    told,
    /** Requests that an API accepted and did not answer. */
    lost,
  }
}

/** On a connection of its own, so that a refusal is one by an API that takes nothing more. */
async function pass(url: string, { method, headers, signal }: Request, body: string): Promise<Response> {
  const { 'accept-encoding': _encoding, ...others } = Object.fromEntries(headers)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = ask(url, { method, headers: others, agent: false, signal }, resolve)
    asked.once('error', reject)
    asked.end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  const known = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)])
  return new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0, headers: known })
}
