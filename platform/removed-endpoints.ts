/** Deliveries to endpoints that were taken out of the settings: no worker tries them, so somebody must end them. */
import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import { DELIVERY_TYPE } from '../domain/webhook.ts'

/** `event:{event}:{endpoint}`, as `deliveryId` makes it. */
export function endpointIdOf(workflowId: string): string {
  return workflowId.split(':')[2] ?? ''
}

/**
 * Terminates them, which needs no worker: there may be none any more. They are listed as undelivered, and can be sent
 * again when the endpoint is back.
 *
 * @param endpointIds of all that are configured
 * @returns how many it ended
 * @throws when Temporal does not answer
 */
export async function endRemoved(client: Client, endpointIds: readonly string[]): Promise<number> {
  let ended = 0
  const query = `WorkflowType = '${DELIVERY_TYPE}' AND ExecutionStatus = 'Running'`
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    if (endpointIds.includes(endpointIdOf(workflowId))) continue
    try {
      await client.workflow.getHandle(workflowId, runId).terminate('its endpoint is configured no longer')
      ended += 1
    } catch (error) {
      // The list lags: it may have ended meanwhile.
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  }
  return ended
}
