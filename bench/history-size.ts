import type { Client } from '@temporalio/client'

export type HistorySize = { readonly events: number; readonly bytes: number }

/** As the server counts them. Asked raw, since Postern's memo is sealed. */
export async function readHistorySize(client: Client, workflowId: string): Promise<HistorySize> {
  const { namespace } = client.options
  const { workflowExecutionInfo: seen } = await client.workflowService.describeWorkflowExecution({
    namespace,
    execution: { workflowId },
  })
  return { events: Number(seen?.historyLength ?? NaN), bytes: Number(seen?.historySizeBytes ?? NaN) }
}
