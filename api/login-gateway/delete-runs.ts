/** Takes runs away from the Temporal server, open ones too. Needs no key. */
import type { Client } from '@temporalio/client'
import { setTimeout as sleep } from 'node:timers/promises'
import { toTrouble } from './errors.ts'

export type RunName = { readonly workflowId: string; readonly runId: string }

const CALL_MS = 10_000
/** The server deletes in the background. */
const GONE_MS = 60_000

/** One that is gone already is as good. @throws what Temporal answers otherwise */
export async function deleteRun(client: Client, workflowExecution: RunName): Promise<void> {
  const { namespace } = client.options
  try {
    await client.connection.withDeadline(Date.now() + CALL_MS, () =>
      client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }),
    )
  } catch (error) {
    if (toTrouble(error).kind !== 'closed') throw error
  }
}

/** Waits until the server knows none of them. `false`: it still knows one, or does not answer. */
export async function areGone(client: Client, names: readonly RunName[]): Promise<boolean> {
  const until = Date.now() + GONE_MS
  for (const name of names) {
    while (await isKnown(client, name)) {
      if (Date.now() > until) return false
      await sleep(200)
    }
  }
  return true
}

async function isKnown(client: Client, { workflowId, runId }: RunName): Promise<boolean> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId)
    await client.connection.withDeadline(Date.now() + CALL_MS, () => handle.describe())
    return true
  } catch (error) {
    return toTrouble(error).kind !== 'closed'
  }
}
