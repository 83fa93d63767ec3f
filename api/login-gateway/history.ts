/** Where a run's history ends, and when it moves: the server's long poll, so nothing runs while nothing happens. */
import type { Client } from '@temporalio/client'
import { toTrouble } from './errors.ts'
import type { SeenRun } from './runs.ts'

/** The end of a history as Temporal marks it. */
export type Place = Uint8Array

export type Step =
  | Place
  /** The run has closed, and nothing more is added. */
  | 'ended'
  | 'time-over'
  /** Temporal does not answer. */
  | 'away'

/** The server answers a poll after some 20 s at the latest; when it says nothing for so long, it is away. */
const SILENCE_MS = 60_000

/**
 * Without `after`, the end of the history as it is now; with it, the end once the workflow has run since: what comes
 * between (a signal taken in, a task begun) changes no login.
 *
 * @param options.until milliseconds since the epoch; default: never
 * @param options.signal gives the poll up, which is then as good as `away`
 */
export async function nextPlace(
  client: Client,
  run: SeenRun,
  options: { readonly after?: Place; readonly until?: number; readonly signal?: AbortSignal },
): Promise<Step> {
  const { after, until = Infinity, signal } = options
  const { connection } = client
  let place = after
  while (Date.now() < until) {
    const silence = Date.now() + SILENCE_MS
    const ask = () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId: run.workflowId, runId: run.runId },
        waitNewEvent: true,
        ...(place === undefined ? {} : { nextPageToken: place }),
      })
    try {
      const page = await connection.withDeadline(Math.min(until, silence), () =>
        signal === undefined ? ask() : connection.withAbortSignal(signal, ask),
      )
      place = page.nextPageToken
      if (place.length === 0) return 'ended'
      if (after === undefined) return place
      if (page.history?.events?.some((event) => event.workflowTaskCompletedEventAttributes)) return place
    } catch (error) {
      const { kind } = toTrouble(error)
      if (kind === 'closed') return 'ended'
      return kind === 'no-answer' && until < silence ? 'time-over' : 'away'
    }
  }
  return 'time-over'
}
