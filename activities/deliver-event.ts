/** Posts one event to its endpoint, once. What follows from the answer, the workflow decides. */
import { activityInfo } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { BROKEN, NOT_DONE, type NotDoneDetail } from '../domain/effect-failures.ts'
import {
  wants,
  type AppEndpoint,
  type AttemptOutcome,
  type Delivery,
  type DeliveryAnswer,
  type WebhookEvent,
} from '../domain/webhook.ts'
import { retryAfterSecondsOf } from './eight-by-eight/answer.ts'
import { log } from './log.ts'
import { once } from './refusals.ts'
import { webhookEvent } from './webhooks/event-schema.ts'
import { post } from './webhooks/post.ts'
import { sign } from './webhooks/sign.ts'
import { findTarget, type Bounds } from './webhooks/target.ts'

export type DeliveryDeps = Bounds & {
  /** Of all apps, as they are configured now: what is changed holds from the next attempt on. */
  readonly endpoints: () => readonly AppEndpoint[]
  /** Whether it disabled itself (410) or was disabled (WHO-9). @throws when Temporal does not say */
  readonly isDisabled: (endpointId: string) => Promise<boolean>
  /** Told of each attempt; what it rejects with costs the attempt nothing. */
  readonly noteAttempt: (endpointId: string, outcome: AttemptOutcome) => Promise<void>
  readonly limits?: {
    /** For DNS, TCP and TLS together; default 2 000. */
    readonly connectMs: number
    /** For everything; default 15 000. */
    readonly totalMs: number
  }
}

export type DeliverEventInput = Pick<Delivery, 'eventId' | 'endpointId' | 'event'>

const standardLimits = { connectMs: 2_000, totalMs: 15_000 }
const USER_AGENT = 'Postern-Webhooks/1'
/** So long one attempt is put off; then it is spent, so that a delivery about which Temporal never answers ends too. */
const MOST_DELAY_MS = 24 * 3_600_000

/** @throws ApplicationFailure `not-done` (retryable) or `broken`, never for what a receiver does. */
export function deliverEvent(deps: DeliveryDeps) {
  return async ({ eventId, endpointId, event }: DeliverEventInput): Promise<DeliveryAnswer> =>
    once(async () => {
      const endpoint = deps.endpoints().find(({ id }) => id === endpointId)
      if (endpoint === undefined || !isFor(endpoint, event))
        return { outcome: 'skipped', cause: 'endpoint_removed' }
      if (!isWanted(endpoint, event)) return { outcome: 'skipped', cause: 'event_not_wanted' }
      if (await askDisabled(deps, endpointId)) return { outcome: 'skipped', cause: 'endpoint_disabled' }
      const answer = await attempt(deps, endpoint, eventId, JSON.stringify(webhookEvent.parse(event)))
      tell(endpointId, answer)
      await note(deps, endpointId, answer)
      return answer
    })
}

/** A name may have been given to another app while the event waited. */
function isFor({ app }: AppEndpoint, event: WebhookEvent): boolean {
  return event.type === 'webhook.test' || event.data.app === app
}

/** Who announced it may not have known the endpoint, and what it wants may have changed. */
function isWanted(endpoint: AppEndpoint, { type }: WebhookEvent): boolean {
  return type === 'webhook.test' || wants(endpoint, type)
}

/** Without an answer nothing was posted, so it is no attempt: Temporal is to repeat it. */
async function askDisabled({ isDisabled }: DeliveryDeps, endpointId: string): Promise<boolean> {
  try {
    return await isDisabled(endpointId)
  } catch {
    const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo()
    const isOver = currentAttemptScheduledTimestampMs - scheduledTimestampMs > MOST_DELAY_MS
    const message = 'nothing was posted: Temporal did not say whether the endpoint is disabled'
    if (isOver) throw ApplicationFailure.nonRetryable(message, BROKEN)
    log.warn(
      { endpointId },
      'Temporal does not say whether a webhook endpoint is disabled: its message waits',
    )
    const detail: NotDoneDetail = { cause: 'temporal' }
    throw ApplicationFailure.create({ type: NOT_DONE, message, details: [detail] })
  }
}

async function attempt(
  deps: DeliveryDeps,
  endpoint: AppEndpoint,
  eventId: string,
  body: string,
): Promise<DeliveryAnswer> {
  const { connectMs, totalMs } = deps.limits ?? standardLimits
  const begun = performance.now()
  const target = await within(connectMs, findTarget(endpoint.url, deps))
  if (target.outcome === 'refused') return { outcome: 'failed', cause: target.cause }
  const spentMs = performance.now() - begun
  const posted = await post({
    url: target.url,
    addresses: target.addresses,
    headers: {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      ...sign(endpoint.secrets, eventId, Date.now(), body),
    },
    body: Buffer.from(body),
    connectMs: Math.max(1, connectMs - spentMs),
    totalMs: totalMs - spentMs,
  })
  if (posted.outcome === 'failed') return posted
  const { status, retryAfter } = posted
  if (status >= 200 && status <= 299) return { outcome: 'delivered', status }
  if (status === 410) return { outcome: 'gone', status }
  const retryAfterSeconds = retryAfterSecondsOf({ status, text: '', retryAfter }, new Date())
  return {
    outcome: 'failed',
    cause: 'status',
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}

async function note({ noteAttempt }: DeliveryDeps, endpointId: string, { outcome }: DeliveryAnswer) {
  if (outcome === 'skipped') return
  await noteAttempt(endpointId, outcome).catch(() => {
    log.warn({ endpointId, outcome }, 'an attempt was not counted for or against its webhook endpoint')
  })
}

/** A name server that hangs is one that does not answer. */
function within<T>(limitMs: number, work: Promise<T>): Promise<T | { outcome: 'refused'; cause: 'dns' }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve({ outcome: 'refused', cause: 'dns' })
    }, limitMs)
    work
      .finally(() => {
        clearTimeout(timer)
      })
      .then(resolve, reject)
  })
}

/** A receiver's trouble is its own; an address inside is somebody's mistake here, or an attack. */
function tell(endpointId: string, answer: DeliveryAnswer): void {
  if (answer.outcome === 'gone') log.warn({ endpointId }, 'a webhook endpoint wants no more: it is disabled')
  if (answer.outcome !== 'failed') return
  const { cause } = answer
  if (cause === 'address' || cause === 'url')
    log.error({ endpointId, cause }, 'a webhook endpoint leads where no message may go')
}
