/** What a request's body must be before any schema sees it (API-6). */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { problem } from '../problem.ts'
import type { ApiEnv } from './context.ts'

const MAX_BODY_BYTES = 8192

/** Refuses more, with or without a declared length. Default: 8 KiB. */
export function limitBody(maxSize = MAX_BODY_BYTES): MiddlewareHandler<ApiEnv> {
  const refuse = (c: Context<ApiEnv>) =>
    problem(c, 'payload-too-large', `A body has at most ${maxSize} bytes.`)
  const count = bodyLimit({ maxSize, onError: refuse })
  return async function limitBody(c, next) {
    const declared = c.req.header('content-length')
    if (declared === undefined || c.req.header('transfer-encoding') !== undefined) return count(c, next)
    // HTTP's parser ends the body there. Hono would build a web stream of it before it looks at the length.
    return Number(declared) > maxSize ? refuse(c) : next()
  }
}

/** Lets JSON in UTF-8 pass, and with `optional` also no body at all. Behind `limitBody`: it reads all there is. */
export function takeJson(presence: 'required' | 'optional'): MiddlewareHandler<ApiEnv> {
  return async function takeJson(c, next) {
    const body = await c.req.arrayBuffer()
    if (presence === 'optional' && body.byteLength === 0) {
      // Without a type there is no body for the schema to look at; with one, nothing would be malformed JSON.
      c.req.raw.headers.delete('content-type')
    } else {
      if (!isJson(c.req.header('content-type'))) {
        return problem(c, 'unsupported-media-type', 'Send Content-Type: application/json.')
      }
      if (!isUtf8(body)) return problem(c, 'malformed-json', 'The body is not UTF-8.')
    }
    await next()
    return undefined
  }
}

function isJson(contentType = ''): boolean {
  return /^application\/json(; *charset="?utf-8"?)?$/i.test(contentType)
}

function isUtf8(body: ArrayBuffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(body)
    return true
  } catch {
    return false
  }
}
