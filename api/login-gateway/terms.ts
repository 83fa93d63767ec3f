/** What a login was started with and nobody is shown: the first argument of its run, as the history keeps it. */
import type { Client } from '@temporalio/client'
import type { Payload } from '@temporalio/common'
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js'
import type { TermsResult } from '../gateway.ts'
import { toTrouble } from './errors.ts'
import type { SeenRun } from './runs.ts'

const HISTORY_MS = 3000

/** Needs no worker, and is the same whether the run is open, closed, or begun anew by an operator's reset. */
export async function readTerms(client: Client, { workflowId, runId }: SeenRun): Promise<TermsResult> {
  const { namespace, loadedDataConverter } = client.options
  try {
    const { history } = await client.connection.withDeadline(Date.now() + HISTORY_MS, () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId, runId },
        maximumPageSize: 1,
      }),
    )
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes
    const payloads: Payload[] = started?.input?.payloads ?? []
    const [input] = await decodeArrayFromPayloads(loadedDataConverter, payloads)
    return toTerms(input)
  } catch (error) {
    toTrouble(error)
    return { outcome: 'unavailable' }
  }
}

function toTerms(input: unknown): TermsResult {
  const { phone, nonce } = { phone: undefined, nonce: undefined, ...(typeof input === 'object' ? input : {}) }
  if (typeof phone !== 'string') return { outcome: 'unavailable' }
  return { outcome: 'terms', phone, ...(typeof nonce === 'string' ? { nonce } : {}) }
}
