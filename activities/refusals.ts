/** The failures an activity may end in. `type` is all that Temporal shows of them, so nothing personal is in it. */
import { activityInfo } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { AFTER_RESET, BROKEN, NOT_DONE, type NotDoneDetail } from '../domain/effect-failures.ts'
import { log } from './log.ts'

export function notDone(
  cause: string,
  retryAfterSeconds: number | undefined,
  nextRetryMs: number | undefined,
) {
  const detail: NotDoneDetail = { cause, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
  return ApplicationFailure.create({
    type: NOT_DONE,
    message: `8x8 was not asked: ${cause}`,
    details: [detail],
    ...(nextRetryMs === undefined ? {} : { nextRetryDelay: nextRetryMs }),
  })
}

/** Certainly not done either, and Temporal is not to repeat it: the caller learns at once. */
export function notDoneAndOver(cause: string) {
  const detail: NotDoneDetail = { cause }
  return ApplicationFailure.nonRetryable(`8x8 was not asked: ${cause}`, NOT_DONE, detail)
}

/** Trouble on the way to 8x8 may pass by itself; a server that is not 8x8, or not safely, is for an operator. */
export function logNotDone(operation: 'send' | 'check', cause: string): void {
  if (cause === 'tls') log.error({ operation }, '8x8 is not trusted: no TLS, or not its certificate')
  else log.warn({ operation, cause }, '8x8 was not reached')
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
    log.error({ error: error instanceof Error ? error.name : typeof error }, 'an activity broke')
    throw ApplicationFailure.nonRetryable('the activity failed unexpectedly', BROKEN)
  }
}
