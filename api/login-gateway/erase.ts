/** Forgets a number: its closed runs are deleted from the Temporal server (GDPR Art. 17, PII-7). For operators only. */
import type { Client } from '@temporalio/client'
import { setTimeout as sleep } from 'node:timers/promises'
import { decideStart, isDisabled, type Budget, type Denial } from '../../domain/budget.ts'
import type { Policy } from '../../domain/policy.ts'
import { toTrouble } from './errors.ts'
import type { FoundRun, Runs, SeenRun } from './runs.ts'

export type ErasureDeps = { readonly client: Client; readonly runs: Runs; readonly policy: Policy }

export type ErasureResult =
  /** All are gone: the server was asked for each again, and knows none. */
  | { readonly outcome: 'erased'; readonly runs: number }
  | { readonly outcome: 'nothing' }
  /** A login is under way; it ends by itself within minutes. */
  | { readonly outcome: 'open' }
  /** With its runs the number would lose its failures, and whoever guesses would be free to go on. */
  | { readonly outcome: 'disabled' }
  | { readonly outcome: 'waiting'; readonly denial: Denial }
  /** Temporal does not answer, or not all runs are gone; repeating it does no harm. */
  | { readonly outcome: 'unavailable' }

const CALL_MS = 10_000
/** The server deletes in the background. */
const GONE_MS = 60_000

/** @param mayForgetBudget erases although the number is disabled or waiting; a disabled number's open run ends. */
export async function eraseNumber(
  deps: ErasureDeps,
  workflowId: string,
  mayForgetBudget: boolean,
): Promise<ErasureResult> {
  const { client, runs, policy } = deps
  const newest = await runs.newest(workflowId)
  if (newest.outcome === 'unavailable') return newest
  if (newest.outcome === 'none') return { outcome: 'nothing' }
  const { run } = newest
  const budget = await runs.budget(run)
  if (budget === undefined && run.budget !== undefined) return { outcome: 'unavailable' }
  const refusal = refusalOf(run, budget, policy)
  if (refusal && (refusal.outcome === 'open' || !mayForgetBudget)) return refusal
  try {
    const runIds = await allRuns(client, runs, run)
    // The newest last: until then the budget stands, and what is interrupted can be repeated.
    for (const runId of runIds.toReversed()) await deleteRun(client, workflowId, runId)
    const isGone = await areGone(runs, workflowId, runIds)
    return isGone ? { outcome: 'erased', runs: runIds.length } : { outcome: 'unavailable' }
  } catch (error) {
    toTrouble(error)
    return { outcome: 'unavailable' }
  }
}

function refusalOf(run: SeenRun, budget: Budget | undefined, policy: Policy): ErasureResult | undefined {
  // A memo that cannot be read is of no use to the next start either, which refuses it.
  if (budget === undefined) return run.isOpen ? { outcome: 'open' } : { outcome: 'disabled' }
  if (isDisabled(budget)) return { outcome: 'disabled' }
  if (run.isOpen) return { outcome: 'open' }
  const decision = decideStart(budget, 'login', Date.now(), policy)
  return decision.outcome === 'denied' ? { outcome: 'waiting', denial: decision.denial } : undefined
}

/** Newest first: those that visibility lists, which may lag, and those that each names as the one before. */
async function allRuns(client: Client, runs: Runs, newest: SeenRun): Promise<string[]> {
  const { workflowId } = newest
  const found = new Set<string>()
  for (let run: SeenRun | undefined = newest; run !== undefined && !found.has(run.runId);) {
    found.add(run.runId)
    const before: string | null = run.memo.previousRunId
    const seen: FoundRun | undefined = before === null ? undefined : await runs.run(workflowId, before)
    run = seen?.outcome === 'run' ? seen.run : undefined
  }
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
    found.add(runId)
  return [...found]
}

async function deleteRun(client: Client, workflowId: string, runId: string): Promise<void> {
  const { namespace } = client.options
  const workflowExecution = { workflowId, runId }
  try {
    await client.connection.withDeadline(Date.now() + CALL_MS, () =>
      client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }),
    )
  } catch (error) {
    if (toTrouble(error).kind !== 'closed') throw error
  }
}

async function areGone(runs: Runs, workflowId: string, runIds: readonly string[]): Promise<boolean> {
  const until = Date.now() + GONE_MS
  for (const runId of runIds) {
    while ((await runs.run(workflowId, runId)).outcome !== 'none') {
      if (Date.now() > until) return false
      await sleep(200)
    }
  }
  return true
}
