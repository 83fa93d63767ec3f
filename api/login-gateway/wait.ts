/** Holds a read until the login's status changes, by the history's long poll: nothing runs while nothing happens. */
import type { Client } from '@temporalio/client'
import { isFinal, type LoginStatus } from '../../domain/login.ts'
import { toTrouble } from './errors.ts'
import type { ReadRun, Runs, SeenRun } from './runs.ts'

/**
 * @param waitMs how long to hold, in milliseconds
 * @returns the login as soon as its status is another than at first, or as it is when the time is over
 */
export async function readAfterChange(
  client: Client,
  runs: Runs,
  run: SeenRun,
  waitMs: number,
): Promise<ReadRun> {
  const until = Date.now() + waitMs
  const first = await runs.read(run)
  const nextEvents = followHistory(client, run, until)
  let latest = first
  while (statusOf(latest) === statusOf(first) && isHeld(latest) && (await nextEvents())) {
    latest = await runs.read({ ...run, ...(await closing(runs, run)) })
  }
  return latest
}

/** Each call resolves when the history has grown, or with false when the time is over or nobody answers. */
function followHistory(client: Client, run: SeenRun, until: number): () => Promise<boolean> {
  let nextPageToken: Uint8Array | undefined
  return async () => {
    for (;;) {
      if (Date.now() >= until) return false
      try {
        const page = await client.connection.withDeadline(until, () =>
          client.workflowService.getWorkflowExecutionHistory({
            namespace: client.options.namespace,
            execution: { workflowId: run.workflowId, runId: run.runId },
            waitNewEvent: true,
            ...(nextPageToken === undefined ? {} : { nextPageToken }),
          }),
        )
        const isFirst = nextPageToken === undefined
        nextPageToken = page.nextPageToken
        if (!isFirst && (page.history?.events?.length ?? 0) > 0) return true
        if (page.nextPageToken.length === 0) return !isFirst
      } catch (error) {
        toTrouble(error)
        return false
      }
    }
  }
}

/** A run that has closed meanwhile is read by its result. */
async function closing(runs: Runs, run: SeenRun): Promise<Partial<SeenRun>> {
  const seen = await runs.newest(run.workflowId)
  return seen.outcome === 'run' && seen.run.runId === run.runId ? seen.run : {}
}

function statusOf(read: ReadRun): LoginStatus | undefined {
  return read.outcome === 'record' ? read.record.login.status : undefined
}

function isHeld(read: ReadRun): boolean {
  return read.outcome === 'record' && !isFinal(read.record.login.status)
}
