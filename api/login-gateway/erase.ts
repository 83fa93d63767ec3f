/**
 * Forgets a number: its closed runs, and what webhooks were told of its logins, are deleted from the Temporal server
 * (GDPR Art. 17, PII-7). For operators only.
 */
import type { Client } from '@temporalio/client'
import { decideStart, isDisabled, type Budget, type Denial } from '../../domain/budget.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Identity } from '../identity.ts'
import { areGone, deleteRun } from './delete-runs.ts'
import { toTrouble } from './errors.ts'
import { numberDeliveries } from './number-deliveries.ts'
import { createRuns, type FoundRun, type Runs, type SeenRun } from './runs.ts'

export type ErasureDeps = {
  /** To which what does not open with the keys here is absent, and no error: what is deleted need not be read. */
  readonly client: Client
  readonly identity: Identity
  readonly policy: Policy
}

export type ErasureResult =
  /** All are gone: the server was asked for each again, and knows none. */
  | { readonly outcome: 'erased'; readonly runs: number; readonly deliveries: number }
  | { readonly outcome: 'nothing' }
  /** A login is under way; it ends by itself within minutes. */
  | { readonly outcome: 'open' }
  /** With its runs the number would lose its failures, and whoever guesses would be free to go on. */
  | { readonly outcome: 'disabled' }
  | { readonly outcome: 'waiting'; readonly denial: Denial }
  /** Its budget does not open with the keys here, so nobody can tell whether it is disabled or waits. */
  | { readonly outcome: 'unreadable' }
  /** Temporal does not answer, or not all runs are gone; repeating it does no harm. */
  | { readonly outcome: 'unavailable' }

/** No login lasts longer, with the longest `CODE_VALIDITY_SECONDS` and the backstop of its start. */
const LONGEST_LOGIN_MS = 22 * 60_000

/**
 * @param mayForgetBudget erases although the number is disabled, waiting or unreadable; a disabled number's open run
 *   ends, and so does an unreadable one that can be no login under way any more.
 */
export async function eraseNumber(
  { client, identity, policy }: ErasureDeps,
  workflowId: string,
  mayForgetBudget: boolean,
): Promise<ErasureResult> {
  const runs = createRuns(client, identity)
  const newest = await runs.newest(workflowId)
  if (newest.outcome === 'unavailable') return newest
  if (newest.outcome === 'none') return { outcome: 'nothing' }
  const { run } = newest
  const budget = await runs.budget(run)
  // It was cut off, and what it was doing cannot be read, which may be an outage.
  const isUncertain = budget === undefined && run.budget !== undefined
  if (isUncertain && !mayForgetBudget) return { outcome: 'unavailable' }
  const refusal = refusalOf(run, budget, policy)
  if (refusal && (refusal.outcome === 'open' || !mayForgetBudget)) return refusal
  try {
    const found = await allRuns(client, runs, run)
    const deliveries = await numberDeliveries(client, identity, workflowId, [...found.values()])
    const runNames = [...found.keys()].map((runId) => ({ workflowId, runId }))
    // The newest last: until then the budget stands, and what is interrupted can be repeated. Deliveries are found by
    // the runs, so they come first.
    const names = [...deliveries, ...runNames.toReversed()]
    for (const name of names) await deleteRun(client, name)
    if (!(await areGone(client, names))) return { outcome: 'unavailable' }
    return { outcome: 'erased', runs: runNames.length, deliveries: deliveries.length }
  } catch (error) {
    toTrouble(error)
    return { outcome: 'unavailable' }
  }
}

function refusalOf(run: SeenRun, budget: Budget | undefined, policy: Policy): ErasureResult | undefined {
  if (budget === undefined) return mayBeUnderWay(run) ? { outcome: 'open' } : { outcome: 'unreadable' }
  if (isDisabled(budget)) return { outcome: 'disabled' }
  if (run.isOpen) return { outcome: 'open' }
  const decision = decideStart(budget, 'login', Date.now(), policy)
  return decision.outcome === 'denied' ? { outcome: 'waiting', denial: decision.denial } : undefined
}

/** Workers may have the key that is not here: then a login goes on. An older run is a disabled number's, or stuck. */
function mayBeUnderWay({ isOpen, startedAt }: SeenRun): boolean {
  return isOpen && Date.now() - startedAt < LONGEST_LOGIN_MS
}

/**
 * Run ids, each with its login's id: empty of an operator's clear, `undefined` when the run does not tell. Newest
 * first: those that each names as the one before, and those that visibility lists, which may lag.
 */
async function allRuns(
  client: Client,
  runs: Runs,
  newest: SeenRun,
): Promise<ReadonlyMap<string, string | undefined>> {
  const { workflowId } = newest
  const found = new Map<string, string | undefined>()
  for (let run: SeenRun | undefined = newest; run !== undefined && !found.has(run.runId);) {
    found.set(run.runId, run.budget === undefined ? undefined : run.memo.loginId)
    const before: string | null = run.memo.previousRunId
    const seen: FoundRun | undefined = before === null ? undefined : await runs.run(workflowId, before)
    run = seen?.outcome === 'run' ? seen.run : undefined
  }
  for await (const { runId, memo } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const loginId: unknown = memo?.loginId
    if (!found.has(runId)) found.set(runId, typeof loginId === 'string' ? loginId : undefined)
  }
  return found
}
