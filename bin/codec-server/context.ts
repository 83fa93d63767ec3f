/** What the codec server's middleware and route are given, and what they note about a request. */
import type { HttpBindings } from '@hono/node-server'
import type { PayloadCodec } from '@temporalio/common'
import type { Log } from '../../domain/log.ts'
import type { Callers } from './callers.ts'

/** All that an audit line says. */
export type AuditFields = {
  readonly caller: string
  readonly address: string | undefined
  readonly method: string
  readonly path: string
  readonly namespace: string | undefined
  readonly origin: string | undefined
  readonly payloads: number
  readonly outcome: 'answered' | 'refused'
  readonly refusal: 'origin' | 'host' | 'namespace' | undefined
  readonly status: number
  readonly requestId: string
  /** Milliseconds. */
  readonly ms: number
}

export type CodecServerDeps = {
  /** Opens what is sealed and lets through what is not. */
  readonly codec: Pick<PayloadCodec, 'decode'>
  /** Whether the parts of Postern take payloads that are not sealed, which they do outside production only (PII-11). */
  readonly plainText: 'accepted' | 'refused'
  /** The Temporal namespace whose payloads are ours. */
  readonly namespace: string
  /** Of pages that may ask, as browsers write them. */
  readonly origins: readonly string[]
  readonly callers: Callers
  /** Requests to decode, for each caller. */
  readonly mostRequestsPerMinute: number
  /** Given one line a request, whatever the log level. */
  readonly audit: Readonly<Record<'info' | 'warn', (fields: AuditFields) => void>>
  readonly log: Log
}

export type CodecServerEnv = {
  Bindings: HttpBindings
  Variables: {
    requestId: string
    /** Who asks, once that is known. */
    caller: string | undefined
    /** How many payloads were shown. */
    payloads: number | undefined
    /** What was wrong, where the status alone does not tell. */
    refusal: 'origin' | 'host' | 'namespace' | undefined
  }
}
