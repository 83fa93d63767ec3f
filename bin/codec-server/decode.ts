/** What is answered once the guards have let a request in. */
import type { MiddlewareHandler } from 'hono'
import { problem } from '../../api/problem.ts'
import type { CodecServerDeps, CodecServerEnv } from './context.ts'
import { MOST_PAYLOADS, payloadsSchema, toPayload, toWire, type WirePayload } from './payloads.ts'
import { reveal } from './reveal.ts'

type Middleware = MiddlewareHandler<CodecServerEnv>

/** `POST /decode`: as many payloads as were sent, in their order. */
export function decode({ codec }: CodecServerDeps): Middleware {
  return async function decode(c) {
    const payloads = parsePayloads(await c.req.text())
    if (payloads === 'malformed') return problem(c, 'malformed-json', 'The body cannot be parsed as JSON.')
    if (payloads === 'invalid') return problem(c, 'invalid-request', SHAPE)
    const shown = await Promise.all(payloads.map((payload) => reveal(codec, toPayload(payload))))
    c.set('payloads', shown.length)
    return c.json({ payloads: shown.map(toWire) })
  }
}

/**
 * `POST /encode`, which the Temporal UI and CLI call before they send anything, be it no argument at all: seals
 * nothing. Where plain text is accepted payloads go back as they came, so that a person can signal; elsewhere only
 * an empty list does.
 */
export function passBack({ plainText }: CodecServerDeps): Middleware {
  return async function passBack(c) {
    const payloads = parsePayloads(await c.req.text())
    if (payloads === 'malformed') return problem(c, 'malformed-json', 'The body cannot be parsed as JSON.')
    if (payloads === 'invalid') return problem(c, 'invalid-request', SHAPE)
    if (plainText === 'refused' && payloads.length > 0)
      return problem(c, 'not-found', 'Nothing is sealed here.')
    return c.json({ payloads })
  }
}

const SHAPE = `The body is {"payloads":[{"metadata":{"…":base64},"data":base64}]}, with ${MOST_PAYLOADS} payloads at most.`

function parsePayloads(text: string): readonly WirePayload[] | 'malformed' | 'invalid' {
  const body = parseJson(text)
  if (body === undefined) return 'malformed'
  return payloadsSchema.safeParse(body).data?.payloads ?? 'invalid'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
