/** What an app's webhook endpoint is, what it is told, and how long it is tried. */
import { eventPrefix, toEvent } from './login.ts'
import type { Login, LoginEvent, LoginEventType } from './login.ts'

export type Endpoint = {
  /** Names it in workflow ids and task queues: 1–40 of `[a-z0-9-]`, unique among all apps' endpoints. */
  readonly id: string
  /** https, but for development; no credentials in it. */
  readonly url: string
  /** `whsec_` and base64 of 24–64 bytes; during a rotation two, and each message is signed with both (WHO-4). */
  readonly secrets: readonly [string, ...string[]]
  /** The event types it wants; left out, all. */
  readonly events?: readonly LoginEventType[]
  /** Deliveries to it at the same time in one worker process, 1–100. */
  readonly concurrency: number
}

/** An endpoint, and whose it is: it gets that app's events and no other's. */
export type AppEndpoint = Endpoint & { readonly app: string }

/** The endpoints of all apps. */
export function endpointsOf(
  apps: readonly { readonly name: string; readonly endpoints: readonly Endpoint[] }[],
): readonly AppEndpoint[] {
  return apps.flatMap(({ name, endpoints }) => endpoints.map((endpoint) => ({ ...endpoint, app: name })))
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

/** What every message says of its login, as it stood when the message was made; `phone` is masked. */
type LoginWords = Pick<
  Login,
  'status' | 'reason' | 'channel' | 'phone' | 'country' | 'purpose' | 'userId'
> & {
  readonly app: string
  readonly loginId: string
  readonly sequence: number
}

/** The body of a message, as it is sent: thin (WHO-14), no code, no client token, no full number. */
export type WebhookEvent =
  | {
      readonly type: LoginEventType
      /** When it happened; the header `webhook-timestamp` says when this attempt was made. */
      readonly timestamp: string
      readonly data: LoginWords & LoginEvent['data']
    }
  | {
      readonly type: 'webhook.test'
      readonly timestamp: string
      readonly data: { readonly endpoint: string }
    }

/** What the event says of itself wins over what the login says by now: `channel`, `reason`. */
export function toWebhookEvent(event: LoginEvent, login: Login, app: string): WebhookEvent {
  const { status, reason, channel, phone, country, purpose, userId } = login
  return {
    type: event.type,
    timestamp: event.at,
    data: {
      app,
      loginId: login.id,
      sequence: event.sequence,
      status,
      ...(reason === undefined ? {} : { reason }),
      channel,
      phone,
      country,
      purpose,
      ...(userId === undefined ? {} : { userId }),
      ...event.data,
    },
  }
}

/** Waits before each attempt, in milliseconds: 75 h 35 min in all (Standard Webhooks, "Retry schedule"). */
export const deliveryScheduleMs: readonly number[] = [
  0,
  5_000,
  ...[5, 30, 120, 300, 600, 840, 1200, 1440].map((minutes) => minutes * 60_000),
]

/** A wait is made longer or shorter by up to this part of it, so that a receiver's return is no stampede. */
export const JITTER = 0.1

/** `Retry-After` is honoured as far as this: the longest wait of the schedule. */
export const MOST_RETRY_AFTER_SECONDS = 86_400

/** @param dice from 0 up to, not including, 1 */
export function waitBefore(scheduledMs: number, retryAfterSeconds: number, dice: number): number {
  const asked = Math.min(retryAfterSeconds, MOST_RETRY_AFTER_SECONDS) * 1000
  return Math.round(Math.max(scheduledMs * (1 + JITTER * (2 * dice - 1)), asked))
}

export const DELIVERY_TYPE = 'deliverEvent'
/** Workflows only; what touches the world runs on its endpoint's own queue, so that none holds another's slots. */
export const DELIVERY_QUEUE = 'webhooks'
export const endpointQueue = (endpointId: string) => `${DELIVERY_QUEUE}:${endpointId}`
export const deliveryId = (eventId: string, endpointId: string) => `event:${eventId}:${endpointId}`
/** What the ids of all deliveries of a login begin with. */
export const deliveryPrefix = (loginId: string) => `event:${eventPrefix(loginId)}`
/** Empty where the id is no delivery's. */
export function parseDeliveryId(id: string): { readonly eventId: string; readonly endpointId: string } {
  const [, eventId = '', endpointId = ''] = /^event:([^:]*):([^:]*)$/.exec(id) ?? []
  return { eventId, endpointId }
}

/** An open workflow of this id and type is the fact that an endpoint is disabled. */
export const DISABLED_TYPE = 'endpointDisabled'
export const disabledId = (endpointId: string) => `endpoint:${endpointId}`
/** The signal that ends it. */
export const ENABLE = 'enable'

/** Why nothing is sent to an endpoint; the memo of the workflow that says so. */
export type Disabling =
  /** It answered 410. */
  | { readonly reason: 'gone' }
  /** It took nothing for five days. */
  | { readonly reason: 'failing'; readonly failingSince: string }

/** An open workflow of this id and type is the fact that an endpoint has taken nothing since it began (WHO-9). */
export const FAILING_TYPE = 'endpointFailing'
export const failingId = (endpointId: string) => `failing:${endpointId}`
/** The signals that carry it on, and that end it. */
export const FAILED = 'failed'
export const TAKEN = 'taken'

/** How long an endpoint may fail. */
export type FailingSpans = {
  /** From the first failure to a later one with no success between: then it is disabled. */
  readonly disableAfterMs: number
  /** Without a failure that is told of, the first one is forgotten: nobody tried. */
  readonly forgetAfterMs: number
  /** A failure is told of when the last that was is as old as this, so that a flood of them is few signals. */
  readonly tellEveryMs: number
}

const HOUR_MS = 3_600_000
/** 48 h is longer than the longest wait between two attempts, jitter and `tellEveryMs` included. */
export const failingSpans: FailingSpans = {
  disableAfterMs: 120 * HOUR_MS,
  forgetAfterMs: 48 * HOUR_MS,
  tellEveryMs: 12 * HOUR_MS,
}

export type Delivery = {
  /** `webhook-id`: the same for every attempt, every endpoint and every redelivery of the event (WHO-3). */
  readonly eventId: string
  readonly endpointId: string
  readonly app: string
  readonly event: WebhookEvent
  /** The run whose event it is. */
  readonly origin?: { readonly workflowId: string; readonly runId: string }
  /** Instead of `deliveryScheduleMs`: a test message is tried once. */
  readonly scheduleMs?: readonly number[]
}

/** What came of one attempt. Of an answer only its status is kept (WHO-8). */
export type DeliveryAnswer =
  | { readonly outcome: 'delivered'; readonly status: number }
  | {
      readonly outcome: 'failed'
      readonly cause: DeliveryFailure
      readonly status?: number
      readonly retryAfterSeconds?: number
    }
  /** 410: the receiver wants no more. */
  | { readonly outcome: 'gone'; readonly status: 410 }
  /** Not tried. */
  | {
      readonly outcome: 'skipped'
      readonly cause: 'endpoint_disabled' | 'endpoint_removed' | 'event_not_wanted'
    }

/** What came of an attempt that was made. */
export type AttemptOutcome = Exclude<DeliveryAnswer['outcome'], 'skipped'>

export type DeliveryFailure =
  /** Answered, and not with 2xx; a redirect is one of these, never followed. */
  | 'status'
  /** No answer within 15 s. */
  | 'timeout'
  | 'dns'
  | 'connect'
  | 'tls'
  /** The connection ended before an answer. */
  | 'reset'
  /** The URL is not one that may be called; or its name leads to an address that may not. */
  | 'url'
  | 'address'
  /** Our worker did not tell what came of it. */
  | 'lost'

/** How a delivery ended; also its memo, from the first attempt on, but for `status`. */
export type DeliveryRecord = {
  readonly status: 'delivered' | 'undelivered'
  readonly attempts: number
  readonly last: DeliveryAnswer
}

export function wants(endpoint: Endpoint, type: LoginEventType): boolean {
  return endpoint.events === undefined || endpoint.events.includes(type)
}

/**
 * The end that a login closed by Temporal could not record (design 2, End): its id follows from its events, so
 * whoever announces it, and however often, announces the same event.
 *
 * @param events how many it has is what counts
 * @param at milliseconds since the epoch
 */
export function missingEnd(
  loginId: string,
  events: Pick<readonly LoginEvent[], 'length'>,
  how: 'terminated' | 'timed_out',
  at: number,
): LoginEvent {
  return how === 'timed_out'
    ? toEvent(loginId, events, at, { type: 'login.expired', data: { reason: 'deadline' } })
    : toEvent(loginId, events, at, {
        type: 'login.failed',
        data: { reason: 'operator', cause: 'terminated' },
      })
}
