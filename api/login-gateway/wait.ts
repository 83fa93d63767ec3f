/** Holds a read until the login's status changes, by the history's long poll: nothing runs while nothing happens. */
import type { Client } from '@temporalio/client'
import { isFinal, type Login, type LoginStatus } from '../../domain/login.ts'
import { nextPlace } from './history.ts'
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
  let step = await nextPlace(client, run, { until })
  const first = await runs.login(run)
  let latest = first
  while (statusOf(latest) === statusOf(first) && isHeld(latest) && typeof step !== 'string') {
    step = await nextPlace(client, run, { after: step, until })
    if (typeof step !== 'string' || step === 'ended') latest = await runs.login(await seenAgain(runs, run))
  }
  return latest
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
