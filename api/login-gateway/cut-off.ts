/**
 * What a run leaves of the number's budget when Temporal or an operator ended it in the middle (design 2, End).
 *
 * A login's memo follows with the verdict of a check. A run that was cut off may have had one under way, which may have
 * reached 8x8: its history says so, and the attempt is counted (ATT-5). Whoever ends by itself has counted all.
 */
import type { Client } from '@temporalio/client'
import type { History } from '@temporalio/common/lib/proto-utils.js'
import { chargeCheck, type Budget } from '../../domain/budget.ts'
import { readArgument } from './terms.ts'
import type { SeenRun } from './runs.ts'

type HistoryEvent = NonNullable<History['events']>[number]

const HISTORY_MS = 3000
/** The activity of `activities/check-code.ts`. */
const CHECK = 'checkCode'

export const isCutOff = ({ isOpen, status }: SeenRun): boolean => !isOpen && status !== 'COMPLETED'

/**
 * @returns `undefined` when the run's payloads cannot be read, which is never taken for a fresh budget
 * @throws what Temporal answers when the history cannot be had
 */
export async function budgetLeft(client: Client, run: SeenRun): Promise<Budget | undefined> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId)
  const { events } = await client.connection.withDeadline(Date.now() + HISTORY_MS, () =>
    handle.fetchHistory(),
  )
  const at = uncountedCheckAt(events ?? [])
  if (run.budget === undefined || at === undefined) return run.budget
  const { purpose } = await readArgument(client, events?.[0])
  if (purpose !== 'login' && purpose !== 'enrolment') return undefined
  return chargeCheck(run.budget, purpose, at)
}

/**
 * When the check was scheduled that the memo does not count, in milliseconds since the epoch; `undefined` if there is
 * none. Each check's end writes the memo anew.
 */
export function uncountedCheckAt(events: readonly HistoryEvent[]): number | undefined {
  const checked = events.findLastIndex(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === CHECK,
  )
  const saved = events.findLastIndex((event) => event.workflowPropertiesModifiedEventAttributes)
  if (checked <= saved) return undefined
  const { seconds, nanos } = events[checked]?.eventTime ?? {}
  return Number(seconds ?? 0) * 1000 + Math.floor((nanos ?? 0) / 1_000_000)
}
