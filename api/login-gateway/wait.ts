/** Holds reads until a login's status changes, by the history's long poll: nothing runs while nothing happens. */
import type { Client } from '@temporalio/client'
import { isFinal, type Login, type LoginStatus } from '../../domain/login.ts'
import { nextPlace } from './history.ts'
import type { Read, Runs, SeenRun } from './runs.ts'

export type Waits = {
  /** Whether as many reads of the login are held as may be. */
  isCrowded(loginId: string): boolean
  /**
   * @param waitMs how long to hold, in milliseconds
   * @param signal ends the wait, since nobody reads the answer any more
   * @returns the login as soon as its status is another than at first, or as it is when the time is over
   */
  readAfterChange(run: SeenRun, waitMs: number, signal?: AbortSignal): Promise<Read<Login>>
}

/** Of one login: each is a long poll of its own, and all callers share those that a namespace has (OPS-13). */
const MOST_HELD = 5

/** Of one process. */
export function createWaits(client: Client, runs: Runs): Waits {
  /** Login id → how many reads of it are held. */
  const held = new Map<string, number>()
  const heldOf = (loginId: string) => held.get(loginId) ?? 0

  return {
    isCrowded: (loginId) => heldOf(loginId) >= MOST_HELD,

    async readAfterChange(run, waitMs, signal) {
      const { loginId } = run.memo
      held.set(loginId, heldOf(loginId) + 1)
      try {
        return await hold(client, runs, run, { until: Date.now() + waitMs, ...(signal && { signal }) })
      } finally {
        held.set(loginId, heldOf(loginId) - 1)
        if (heldOf(loginId) === 0) held.delete(loginId)
      }
    },
  }
}

async function hold(
  client: Client,
  runs: Runs,
  run: SeenRun,
  options: { readonly until: number; readonly signal?: AbortSignal },
): Promise<Read<Login>> {
  // The place in the history is taken before the first look, so that no change falls between the two.
  let step = await nextPlace(client, run, options)
  const first = await runs.login(run)
  let latest = first
  while (statusOf(latest) === statusOf(first) && isHeld(latest) && typeof step !== 'string') {
    // A poll does not see a signal that was given before it.
    if (options.signal?.aborted) break
    step = await nextPlace(client, run, { ...options, after: step })
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
