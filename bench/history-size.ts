import type { Client } from '@temporalio/client'
import type { temporal } from '@temporalio/proto'

export type HistorySize = {
  readonly events: number
  readonly bytes: number
  /** What Temporal Cloud would bill for it, in Actions. */
  readonly actions: number
}

type Event = temporal.api.history.v1.IHistoryEvent

/**
 * Events that are an Action each (https://docs.temporal.io/cloud/actions). An activity's retry, a query and an update
 * that was refused are Actions without an event; a login on its happy path has none of them.
 */
const billed = [
  'workflowExecutionStartedEventAttributes',
  'workflowExecutionUpdateAcceptedEventAttributes',
  'workflowExecutionSignaledEventAttributes',
  'activityTaskScheduledEventAttributes',
  'timerStartedEventAttributes',
  'upsertWorkflowSearchAttributesEventAttributes',
] as const satisfies readonly (keyof Event)[]

/** Events and bytes as the server counts them. Asked raw, since Postern's memo is sealed. */
export async function readHistorySize(client: Client, workflowId: string): Promise<HistorySize> {
  const { namespace } = client.options
  const asked = { namespace, execution: { workflowId } }
  const { workflowExecutionInfo: seen } = await client.workflowService.describeWorkflowExecution(asked)
  const { history } = await client.workflowService.getWorkflowExecutionHistory(asked)
  return {
    events: Number(seen?.historyLength ?? NaN),
    bytes: Number(seen?.historySizeBytes ?? NaN),
    actions: countActions(history?.events ?? []),
  }
}

export function countActions(events: readonly Event[]): number {
  return events.filter((event) => billed.some((attributes) => event[attributes])).length
}
