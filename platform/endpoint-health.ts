/** How an endpoint does, as Temporal keeps it: a workflow is open while it fails, another while it is disabled. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import {
  DELIVERY_QUEUE,
  disabledId,
  ENABLE,
  FAILED,
  FAILING_TYPE,
  failingId,
  failingSpans,
  TAKEN,
  type AttemptOutcome,
} from '../domain/webhook.ts'
import { toLenient } from './lenient-client.ts'

const DESCRIBE_MS = 3000
/** Both steps: what is left of an attempt's 20 s when the receiver took 15 and the question before it 3. */
const NOTE_MS = 1500

/**
 * Absent: messages are sent to it. `gone`: it answered 410. `failing`: it took nothing for five days. `unknown`: why does
 * not open with the keys here, and it is disabled all the same.
 */
export type Disabled = {
  readonly reason: 'gone' | 'failing' | 'unknown'
  readonly since: Date
}

/** @throws when Temporal does not say */
export async function readDisabled(client: Client, endpointId: string): Promise<Disabled | undefined> {
  const open = await client.withDeadline(Date.now() + DESCRIBE_MS, () =>
    describeOpen(client, disabledId(endpointId)),
  )
  return open && { reason: reasonOf(open), since: open.startTime }
}

function reasonOf({ memo }: WorkflowExecutionDescription): Disabled['reason'] {
  const reason = memo?.reason
  return reason === 'gone' || reason === 'failing' ? reason : 'unknown'
}

/** @throws when Temporal does not say */
export const isDisabled = async (client: Client, endpointId: string) =>
  (await readDisabled(client, endpointId)) !== undefined

/**
 * Keeps what WHO-9 asks: since when an endpoint has failed without one success. A success costs one question, and
 * among failures one in 12 h is told. A 410 costs nothing: it disables by itself.
 *
 * @param spans shorter ones are for tests
 */
export function createAttemptNotes(client: Client, spans = failingSpans) {
  /** @throws when Temporal does not take it */
  return async (endpointId: string, outcome: AttemptOutcome): Promise<void> => {
    if (outcome === 'gone') return
    await client.withDeadline(Date.now() + NOTE_MS, async () => {
      const known = await describeOpen(client, failingId(endpointId))
      if (outcome === 'delivered') return known && signalIfOpen(client, failingId(endpointId), TAKEN)
      if (known && Date.now() - toldAt(known) < spans.tellEveryMs) return
      await client.workflow.signalWithStart(FAILING_TYPE, {
        workflowId: failingId(endpointId),
        taskQueue: DELIVERY_QUEUE,
        args: [{ endpointId, ...spans }],
        signal: FAILED,
        staticSummary: `webhook endpoint ${endpointId} fails`,
        memo: { toldAt: Date.now() },
      })
    })
  }
}

/** An operator's word that it works again: its failures are forgotten too, or the next one would disable it anew. */
export async function enable(client: Client, endpointId: string): Promise<void> {
  await signalIfOpen(client, failingId(endpointId), TAKEN)
  await signalIfOpen(client, disabledId(endpointId), ENABLE)
}

/** What counts is that it is open, which needs no key; one memo that does not open holds up no endpoint. */
async function describeOpen(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    const described = await toLenient(client).workflow.getHandle(workflowId).describe()
    return described.status.name === 'RUNNING' ? described : undefined
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}

async function signalIfOpen(client: Client, workflowId: string, signal: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).signal(signal)
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
  }
}

const toldAt = ({ memo, startTime }: WorkflowExecutionDescription) =>
  typeof memo?.toldAt === 'number' ? memo.toldAt : startTime.getTime()
