/** What a login was started with and nobody is shown: the first argument of its run, as the history keeps it. */
import type { Client } from '@temporalio/client'
import type { Payload } from '@temporalio/common'
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js'
import type { History } from '@temporalio/common/lib/proto-utils.js'
import type { TermsResult } from '../gateway.ts'
import { toTrouble } from './errors.ts'
import type { SeenRun } from './runs.ts'

/** A history that does not come within this is unavailable. */
export const HISTORY_MS = 3000

/** Needs no worker, and is the same whether the run is open, closed, or begun anew by an operator's reset. */
export async function readTerms(client: Client, run: SeenRun): Promise<TermsResult> {
  const { phone, nonce } = (await readInput(client, run)) ?? {}
  if (typeof phone !== 'string') return { outcome: 'unavailable' }
  return { outcome: 'terms', phone, ...(typeof nonce === 'string' ? { nonce } : {}) }
}

/** The members of a run's first argument; `undefined` when they cannot be had. */
export async function readInput(
  client: Client,
  { workflowId, runId }: SeenRun,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { namespace } = client.options
  try {
    const { history } = await client.connection.withDeadline(Date.now() + HISTORY_MS, () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId, runId },
        maximumPageSize: 1,
      }),
    )
    return await readArgument(client, history?.events?.[0])
  } catch (error) {
    toTrouble(error)
    return undefined
  }
}

/** The same, from the first event of its history. */
export async function readArgument(
  client: Client,
  first: NonNullable<History['events']>[number] | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const payloads: Payload[] = first?.workflowExecutionStartedEventAttributes?.input?.payloads ?? []
  const [input] = await decodeArrayFromPayloads(client.options.loadedDataConverter, payloads)
  return typeof input === 'object' ? { ...input } : {}
}
