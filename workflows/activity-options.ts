/** How long each effect may take and what Temporal may repeat of it (design 2, Retry classes). */
import type { ActivityOptions } from '@temporalio/workflow'

/** Longer than the client's own limits (10 s, 5 s), so that its more exact answer comes first. */
const SEND_CALL_SECONDS = 12
const CHECK_CALL_SECONDS = 7

/** A call that was cut off may have happened: Temporal must not repeat it. `not-done` is all it may repeat. */
const nonRetryableErrorTypes = ['TemporalTimeout:StartToClose']

/** `remainingMs` bounds all tries together; a message that would come later than that is not sent at all. */
export function sendOptions(remainingMs: number, summary: string): ActivityOptions {
  return {
    startToCloseTimeout: `${SEND_CALL_SECONDS} seconds`,
    scheduleToStartTimeout: Math.min(remainingMs, 60_000),
    scheduleToCloseTimeout: remainingMs,
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      maximumInterval: '10 seconds',
      nonRetryableErrorTypes,
    },
    summary,
  }
}

/**
 * A repeat that only 8x8's interval keeps from being a second message: it begins within `remainingMs` or not at all, and
 * nobody repeats it, not even when it certainly did not happen.
 */
export function guardedSendOptions(remainingMs: number, summary: string): ActivityOptions {
  return {
    startToCloseTimeout: `${SEND_CALL_SECONDS} seconds`,
    scheduleToStartTimeout: remainingMs,
    retry: { maximumAttempts: 1 },
    summary,
  }
}

/** A check that certainly did not happen is tried three times; its submitter is waiting. */
export function checkOptions(summary: string): ActivityOptions {
  return {
    startToCloseTimeout: `${CHECK_CALL_SECONDS} seconds`,
    scheduleToStartTimeout: '5 seconds',
    scheduleToCloseTimeout: '14 seconds',
    retry: {
      initialInterval: '500 milliseconds',
      backoffCoefficient: 2,
      maximumAttempts: 3,
      nonRetryableErrorTypes,
    },
    summary,
  }
}

/** The longest that a send can be under way, in milliseconds. */
export const SEND_CALL_MS = SEND_CALL_SECONDS * 1000
