/** What stands open of endpoints that were taken out of the settings: no worker ends it, so somebody must. */
import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import { DELIVERY_TYPE, DISABLED_TYPE, FAILING_TYPE, parseDeliveryId } from '../domain/webhook.ts'

/** `endpoint:{endpoint}` or `failing:{endpoint}`, as `disabledId` and `failingId` make it. */
function endpointIdOfHealth(workflowId: string): string {
  return workflowId.split(':')[1] ?? ''
}

/** How many were ended: of deliveries, and of what says that an endpoint is disabled or fails. */
export type EndedRemoved = { readonly deliveries: number; readonly endpoints: number }

/**
 * Terminates it, which needs no worker: there may be none any more. Deliveries are listed as undelivered, and can be
 * sent again when the endpoint is back. Another endpoint that takes the id later is neither disabled nor failing.
 *
 * @param endpointIds of all that are configured
 * @throws when Temporal does not answer
 */
export async function endRemoved(client: Client, endpointIds: readonly string[]): Promise<EndedRemoved> {
  const end = (types: readonly string[], endpointOf: (workflowId: string) => string) =>
    terminateOpen(client, types, (workflowId) => !endpointIds.includes(endpointOf(workflowId)))
  return {
    deliveries: await end([DELIVERY_TYPE], (id) => parseDeliveryId(id).endpointId),
    endpoints: await end([DISABLED_TYPE, FAILING_TYPE], endpointIdOfHealth),
  }
}

async function terminateOpen(
  client: Client,
  types: readonly string[],
  isMeant: (workflowId: string) => boolean,
): Promise<number> {
  let ended = 0
  const query = `WorkflowType IN (${types.map((type) => `'${type}'`).join(', ')}) AND ExecutionStatus = 'Running'`
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    if (!isMeant(workflowId)) continue
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
