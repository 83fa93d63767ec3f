/** A number's logins of one app: the number's runs from the newest back, each read as it is read by its id. */
import type { Login } from '../../domain/login.ts'
import type { ListResult } from '../gateway.ts'
import type { Read, Runs, SeenRun } from './runs.ts'

/** Runs looked at, those of other apps and operators included. What is further back is not listed. */
const MOST_RUNS = 100
/** For the walk: each of its steps waits for the one before. */
const WALK_MS = 10_000
const READS_AT_ONCE = 4

/** @param limit logins at most; there may be fewer, since Temporal forgets closed runs after its retention. */
export async function listLogins(
  runs: Runs,
  appName: string,
  workflowId: string,
  limit: number,
): Promise<ListResult> {
  const own = await ownRuns(runs, appName, workflowId, limit)
  if (own === undefined) return { outcome: 'unavailable' }
  const logins: Login[] = []
  for (let from = 0; from < own.length; from += READS_AT_ONCE) {
    const reads = await Promise.all(own.slice(from, from + READS_AT_ONCE).map((run) => runs.login(run)))
    const read = reads.filter(isRead)
    // A list with a gap would say that there was no such login.
    if (read.length < reads.length) return { outcome: 'unavailable' }
    logins.push(...read.map(({ value }) => value))
  }
  return { outcome: 'logins', logins }
}

/** Newest first; `undefined` when Temporal does not answer in time. */
async function ownRuns(
  runs: Runs,
  appName: string,
  workflowId: string,
  limit: number,
): Promise<readonly SeenRun[] | undefined> {
  const until = Date.now() + WALK_MS
  const own: SeenRun[] = []
  let found = await runs.newest(workflowId)
  for (let step = 1; found.outcome === 'run'; step += 1) {
    const { memo } = found.run
    // An operator's clear is a run as well, of no login.
    if (memo.app === appName && memo.loginId !== '') own.push(found.run)
    if (own.length === limit || step === MOST_RUNS || memo.previousRunId === null) return own
    if (Date.now() > until) return undefined
    found = await runs.run(workflowId, memo.previousRunId)
  }
  return found.outcome === 'none' ? own : undefined
}

function isRead(read: Read<Login>): read is Extract<Read<Login>, { outcome: 'read' }> {
  return read.outcome === 'read'
}
