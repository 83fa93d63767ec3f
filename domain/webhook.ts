/** What an app's webhook endpoint is, and what it is told. */
import type { LoginEventType } from './login.ts'

export type Endpoint = {
  /** Names it in workflow ids and task queues: 1–40 of `[a-z0-9-]`, unique among all apps' endpoints. */
  readonly id: string
  /** https, but for development; no credentials in it. */
  readonly url: string
  /** `whsec_` and base64 of 24–64 bytes; during a rotation two, and each message is signed with both (WHO-4). */
  readonly secrets: readonly [string, ...string[]]
  /** The event types it wants; left out, all. */
  readonly events?: readonly LoginEventType[]
  /** Deliveries to it at the same time, 1–100. */
  readonly concurrency: number
}

/** Every event type, as in `domain/login.ts`. */
export const eventTypes = [
  'login.started',
  'login.code_sent',
  'login.send_failed',
  'login.delivered',
  'login.undelivered',
  'login.code_rejected',
  'login.check_failed',
  'login.verified',
  'login.failed',
  'login.expired',
  'login.canceled',
  'login.superseded',
] as const satisfies readonly LoginEventType[]
