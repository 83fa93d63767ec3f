import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answers } from './answers.ts'
import type { Fault } from './faults.ts'
import { refusalFor } from './refusals.ts'
import type { LoggedRequest } from './request-log.ts'

/** What 8x8 would answer. */
export type Reply = { readonly status: number; readonly body: object }

/** Does the work unless the fault forbids it, and answers the way the fault says; notes in `entry` what was answered. */
export async function carryOut(
  c: Context<{ Bindings: HttpBindings }>,
  { fault, entry, answers }: { fault: Fault | undefined; entry: LoggedRequest; answers: Answers },
  work: () => Reply,
): Promise<Response> {
  const respond = (status: number, body: string, headers: Record<string, string>) => {
    entry.answered = status
    const hasNoBody = status === 204 || status === 205 || status === 304
    return new Response(hasNoBody ? null : body, { status, headers })
  }
  const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    respond(status, JSON.stringify(body), { 'content-type': 'application/json; charset=utf-8', ...headers })
  const drop = () => {
    c.env.incoming.socket.destroy()
    return RESPONSE_ALREADY_SENT
  }

  const reply = fault !== undefined && isUnprocessed(fault) ? undefined : work()
  switch (fault?.kind) {
    case 'status':
    case 'status-after': {
      const { status, body, headers } = fault
      if (typeof body === 'string') return respond(status, body, { 'content-type': 'text/plain', ...headers })
      const usual = refusalFor(status)
      const refusal = status < 400 ? {} : answers.refusal({ ...usual, code: fault.code ?? usual.code })
      return json(status, body ?? refusal, headers)
    }
    case 'hang':
    case 'hang-after':
      return RESPONSE_ALREADY_SENT
    case 'drop':
    case 'drop-after':
      return drop()
    case 'truncate': {
      const whole = JSON.stringify(reply?.body)
      const { outgoing } = c.env
      entry.answered = reply?.status ?? 200
      outgoing.writeHead(entry.answered, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(whole),
      })
      // Destroyed only once the half is on its way, or the caller might see no answer at all.
      outgoing.write(whole.slice(0, whole.length / 2), drop)
      return RESPONSE_ALREADY_SENT
    }
    case 'html':
      return respond(200, '<!doctype html><title>Welcome</title><h1>It works!</h1>', {
        'content-type': 'text/html; charset=utf-8',
      })
    case 'empty-object':
      return json(200, {})
    case 'delay':
      await sleep(fault.ms, undefined, { ref: false })
      if (c.env.incoming.socket.destroyed) return RESPONSE_ALREADY_SENT
      break
    case 'merge':
    case 'undelivered':
    case undefined:
      break
  }
  if (!reply) throw new Error('a fault that forbids the work must answer itself')
  if (fault?.kind !== 'merge' || reply.status !== 200) return json(reply.status, reply.body)
  const merged = Object.entries({ ...reply.body, ...fault.members }).filter(([, value]) => value !== null)
  return json(200, Object.fromEntries(merged))
}

function isUnprocessed(fault: Fault): boolean {
  if (fault.kind === 'html' || fault.kind === 'empty-object') return fault.processed === false
  return fault.kind === 'status' || fault.kind === 'hang' || fault.kind === 'drop'
}
