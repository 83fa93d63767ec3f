/** Holds a read until the login's status changes, by the history's long poll: nothing runs while nothing happens. */
import type { Client } from '@temporalio/client'
import { isFinal, type Login, type LoginStatus } from '../../domain/login.ts'
import { toTrouble } from './errors.ts'
import type { Read, Runs, SeenRun } from './runs.ts'

/**
 * @param waitMs how long to hold, in milliseconds
 * @returns the login as soon as its status is another than at first, or as it is when the time is over
 */
export async function readAfterChange(
  client: Client,
  runs: Runs,
  run: SeenRun,
  waitMs: number,
): Promise<Read<Login>> {
  const until = Date.now() + waitMs
  // The place in the history is taken before the first look, so that no change falls between the two.
  let place = await nextPlace(client, run, until)
  const first = await runs.login(run)
  let latest = first
  while (statusOf(latest) === statusOf(first) && isHeld(latest) && place !== undefined) {
    place = await nextPlace(client, run, until, place)
    if (place !== undefined) latest = await runs.login(await seenAgain(runs, run))
  }
  return latest
}

type Place = Uint8Array

/**
 * Without `after`, the end of the history as it is now; with it, the end once something was added.
 * `undefined` when the time is over, the history has ended, or nobody answers.
 */
async function nextPlace(
  client: Client,
  run: SeenRun,
  until: number,
  after?: Place,
): Promise<Place | undefined> {
  let place = after
  while (Date.now() < until) {
    if (place?.length === 0) return undefined
    try {
      const page = await client.connection.withDeadline(until, () =>
        client.workflowService.getWorkflowExecutionHistory({
          namespace: client.options.namespace,
          execution: { workflowId: run.workflowId, runId: run.runId },
          waitNewEvent: true,
          ...(place === undefined ? {} : { nextPageToken: place }),
        }),
      )
      place = page.nextPageToken
      // The server answers a poll with no events when its own time is over.
      if (after === undefined || (page.history?.events?.length ?? 0) > 0) return place
    } catch (error) {
      toTrouble(error)
      return undefined
    }
  }
  return undefined
}

/** A run that has closed meanwhile is read by its result. */
async function seenAgain(runs: Runs, run: SeenRun): Promise<SeenRun> {
  const seen = await runs.find(run.memo.app, run.memo.loginId)
  return seen.outcome === 'run' ? seen.run : run
}

function statusOf(read: Read<Login>): LoginStatus | undefined {
  return read.outcome === 'read' ? read.value.status : undefined
}

function isHeld(read: Read<Login>): boolean {
  return read.outcome === 'read' && !isFinal(read.value.status)
}
