/**
 * What a run leaves of the number's budget when Temporal or an operator ended it in the middle (design 2, End).
 *
 * A login's memo follows with the verdict of a check. A run that was cut off may have had one under way, which may have
 * reached 8x8: its history says so, and the attempt is counted (ATT-5). Whoever ends by itself has counted all.
 */
import type { Client } from '@temporalio/client'
import type { History } from '@temporalio/common/lib/proto-utils.js'
import { tsToMs } from '@temporalio/common/lib/time.js'
import { chargeCheck, type Budget } from '../../domain/budget.ts'
import type { SeenRun } from './runs.ts'
import { HISTORY_MS, readArgument } from './terms.ts'

/** The activity of `activities/check-code.ts`. */
const CHECK = 'checkCode'

export const isCutOff = ({ isOpen, status }: SeenRun): boolean => !isOpen && status !== 'COMPLETED'

/**
 * @returns `undefined` when the run's payloads cannot be read, which is never taken for a fresh budget
 * @throws what Temporal answers when the history cannot be had
 */
export async function budgetLeft(client: Client, run: SeenRun): Promise<Budget | undefined> {
  if (run.budget === undefined) return undefined
  const handle = client.workflow.getHandle(run.workflowId, run.runId)
  const { events } = await client.connection.withDeadline(Date.now() + HISTORY_MS, () =>
    handle.fetchHistory(),
  )
  const check = uncountedCheck(events ?? [])
  if (check === undefined) return run.budget
  const { purpose } = await readArgument(client, events?.[0])
  if (purpose !== 'login' && purpose !== 'enrolment') return undefined
  return chargeCheck(run.budget, purpose, tsToMs(check.eventTime))
}

/** The schedule of the check that the memo does not count, if there is one. A verdict writes the memo, and so does an operator's clear, which forgives the check under way too. */
export function uncountedCheck(events: NonNullable<History['events']>) {
  const checked = events.findLastIndex(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === CHECK,
  )
  const saved = events.findLastIndex((event) => event.workflowPropertiesModifiedEventAttributes)
  return checked > saved ? events[checked] : undefined
}
