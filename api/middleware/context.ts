/** What middleware and routes are given: the deps of `createApp`, and the variables of a request. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { GetConnInfo } from 'hono/conninfo'
import type { App, Scope } from '../../domain/app.ts'
import type { Block } from '../../domain/blocks.ts'
import type { Log } from '../../domain/log.ts'
import type { Assertions } from '../assertion.ts'
import type { ClientTokens } from '../client-token.ts'
import type { Caller } from '../client-view.ts'
import type { EventStreams } from '../event-stream/streams.ts'
import type { LoginGateway } from '../gateway.ts'
import type { Identity } from '../identity.ts'
import type { LimitWord } from '../limits/note.ts'
import type { Limits } from '../limits/types.ts'
import type { ReceiptSettings } from '../receipts/bearer.ts'
import type { RequestMetrics } from './metrics.ts'
import type { RequestTraces } from './traces.ts'

/** The apps as they are configured now; ask again for each request. `platform/apps` keeps these promises. */
export type Apps = {
  all(): readonly App[]
  byName(name: string): App | undefined
  /** Whose API key this is and what it is good for, in a time that tells nothing about the keys (ENUM-3). */
  byKey(apiKey: string): KeyHolder | undefined
}

export type KeyHolder = { readonly app: App; readonly scopes: ReadonlySet<Scope> }

export type ApiDeps = {
  readonly gateway: LoginGateway
  readonly identity: Identity
  readonly apps: Apps
  /** Make and check what a browser shows for one login. */
  readonly clientTokens: ClientTokens
  /** Signs what a verified login proves. */
  readonly assertions: Assertions
  /** What all callers together may cost, besides each number's own budget. */
  readonly limits: Limits
  /** What an operator has stopped; ask again for each request. */
  readonly blocks: () => readonly Block[]
  /** Where the API is, for the OpenAPI document and for 8x8's callbacks. */
  readonly publicUrl: string
  /** What 8x8 must show to bring receipts; left out, none are taken or asked for. */
  readonly receipts?: ReceiptSettings
  /** What the server knows of a request's socket. */
  readonly connInfo: GetConnInfo
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** Where event streams are kept, for who must end them before their logins do. */
  readonly streams: EventStreams
  /** Who counts the requests. */
  readonly metrics: RequestMetrics
  /** Who traces the requests; left out, nobody. */
  readonly traces?: RequestTraces
  readonly log: Log
}

/** Every request has an id, which `requestId` sets; one that a limit answered has that limit's word, a traced one its trace. */
export type ApiEnv = { Variables: { requestId: string; limit?: LimitWord; traceId?: string } }
/** Behind `authenticate` a request also has its app, and who speaks for it: the app itself, or a login's holder. */
export type AppEnv = { Variables: ApiEnv['Variables'] & { app: App; caller: Caller } }

export type Api = OpenAPIHono<ApiEnv>
