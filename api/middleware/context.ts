/** What middleware and routes are given: the deps of `createApp`, and the variables of a request. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { GetConnInfo } from 'hono/conninfo'
import type { Policy } from '../../domain/policy.ts'
import type { EventStreams } from '../event-stream/streams.ts'
import type { App, LoginGateway } from '../gateway.ts'
import type { Identity } from '../identity.ts'
import type { ReceiptSettings } from '../receipts/bearer.ts'

/** An app with its defaults and rights, as configured. */
export type AppSettings = App & {
  /** The product name in messages when a start names none: 1–30 characters. */
  readonly brand: string
  /** May read numbers. */
  readonly admin: boolean
  /** ISO 3166-1 alpha-2, upper case; left out, every country is allowed. */
  readonly allowedCountries?: readonly string[]
}

/** A log that takes fields first, as pino's does. */
export type Log = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export type ApiDeps = {
  readonly gateway: LoginGateway
  readonly identity: Identity
  /** Whose API key this is; see `createAppLookup`. */
  readonly apps: (apiKey: string) => AppSettings | undefined
  readonly policy: Policy
  /** Where the API is, for the OpenAPI document and for 8x8's callbacks. */
  readonly publicUrl: string
  /** What 8x8 must show to bring receipts; left out, none are taken or asked for. */
  readonly receipts?: ReceiptSettings
  /** What the server knows of a request's socket; left out, no address is known. */
  readonly connInfo?: GetConnInfo
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly string[]
  /** Where event streams are kept, for who must end them; left out, nobody ends them before their logins do. */
  readonly streams?: EventStreams
  readonly log: Log
}

/** Every request has an id, which `requestId` sets. */
export type ApiEnv = { Variables: { requestId: string } }
/** Behind `authenticate` a request also has its app. */
export type AppEnv = { Variables: { requestId: string; app: AppSettings } }

export type Api = OpenAPIHono<ApiEnv>
