/** One event on its way to one endpoint, for as long as 75 hours; no login ever waits for it (WHO-17). */
import {
  isCancellation,
  proxyActivities,
  sleep,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import { ActivityFailure, TimeoutFailure, TimeoutType } from '@temporalio/common'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { DeliveryActivities } from '../activities/index.ts'
import {
  deliveryScheduleMs,
  endpointQueue,
  waitBefore,
  type Delivery,
  type DeliveryAnswer,
  type DeliveryRecord,
} from '../domain/webhook.ts'
import { disableEndpoint } from './endpoint-disabled.ts'
import { countDelivery } from './metrics.ts'

const status = defineSearchAttributeKey('PosternStatus', 'KEYWORD')

export async function deliverEvent(delivery: Delivery): Promise<DeliveryRecord> {
  const schedule = delivery.scheduleMs ?? deliveryScheduleMs
  let attempts = 0
  let last: DeliveryAnswer = { outcome: 'skipped', cause: 'endpoint_removed' }
  for (const [index, scheduledMs] of schedule.entries()) {
    const asked = last.outcome === 'failed' ? (last.retryAfterSeconds ?? 0) : 0
    const waitMs = waitBefore(scheduledMs, asked, Math.random())
    if (waitMs > 0) await sleep(waitMs, { summary: `before attempt ${index + 1} of ${schedule.length}` })
    last = await attempt(delivery, `attempt ${index + 1} of ${schedule.length}`)
    if (last.outcome === 'skipped') break
    attempts += 1
    if (last.outcome === 'delivered') break
    if (last.outcome === 'gone') {
      await disableEndpoint(delivery.endpointId, { reason: 'gone' })
      break
    }
    if (index + 1 < schedule.length) upsertMemo({ attempts, last })
  }
  const record = {
    status: last.outcome === 'delivered' ? 'delivered' : 'undelivered',
    attempts,
    last,
  } as const
  upsertMemo({ attempts, last })
  upsertSearchAttributes([{ key: status, value: record.status }])
  countDelivery(delivery, last)
  return record
}

/** Longer than the activity's own limit, so that its more exact answer comes first. */
const ATTEMPT_SECONDS = 20
/** Then nobody makes attempts for this endpoint any more. */
const NOBODY_AFTER = '4 days'

async function attempt(delivery: Delivery, summary: string): Promise<DeliveryAnswer> {
  const { eventId, endpointId, event } = delivery
  const { deliverEvent: deliver } = proxyActivities<DeliveryActivities>({
    taskQueue: endpointQueue(endpointId),
    startToCloseTimeout: `${ATTEMPT_SECONDS} seconds`,
    scheduleToStartTimeout: NOBODY_AFTER,
    // What was cut off may have arrived: it counts as an attempt, and the schedule says when the next one is.
    retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: ['TemporalTimeout:StartToClose'] },
    summary,
  })
  try {
    return takeAnswer(await deliver({ eventId, endpointId, event }))
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
    const { cause } = error
    const isNobody = cause instanceof TimeoutFailure && cause.timeoutType === TimeoutType.SCHEDULE_TO_START
    return isNobody ? { outcome: 'skipped', cause: 'endpoint_removed' } : { outcome: 'failed', cause: 'lost' }
  }
}

/** What is none of ours (another's answer, a payload that was replaced) tells nothing. */
function takeAnswer(answer: DeliveryAnswer | null | undefined): DeliveryAnswer {
  const isOurs = ['delivered', 'failed', 'gone', 'skipped'].includes(answer?.outcome ?? '')
  return answer && isOurs ? answer : { outcome: 'failed', cause: 'lost' }
}
