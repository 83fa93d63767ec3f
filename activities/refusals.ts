/** The failures an activity may end in. `type` is all that Temporal shows of them, so nothing personal is in it. */
import { activityInfo, log } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'

/** Certainly not done: Temporal may repeat it. `cause` and the provider's wait are in `details`. */
export const NOT_DONE = 'not-done'
/** This run was made by an operator's reset: nothing is sent or checked again (design 2, End). */
export const AFTER_RESET = 'after-reset'
/** Our own code failed; it may have been after the effect, so it is not repeated. */
export const BROKEN = 'broken'

export function notDone(
  cause: string,
  retryAfterSeconds: number | undefined,
  nextRetryMs: number | undefined,
) {
  return ApplicationFailure.create({
    type: NOT_DONE,
    message: `8x8 was not asked: ${cause}`,
    details: [{ cause, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }],
    ...(nextRetryMs === undefined ? {} : { nextRetryDelay: nextRetryMs }),
  })
}

/** A reset run has another run id than the one that its history began with. */
export function refuseAfterReset(originalRunId: string): void {
  if (activityInfo().workflowExecution?.runId === originalRunId) return
  throw ApplicationFailure.nonRetryable(
    'this login was reset by an operator; nothing is sent or checked',
    AFTER_RESET,
  )
}

/** Runs an effect; anything unforeseen becomes a failure that Temporal does not repeat and that says nothing. */
export async function once<T>(effect: () => Promise<T>): Promise<T> {
  try {
    return await effect()
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error
    log.error('an activity broke', { error: error instanceof Error ? error.name : typeof error })
    throw ApplicationFailure.nonRetryable('the activity failed unexpectedly', BROKEN)
  }
}
