/** A number's budget, for operators: what it is, and forgiving its failures. */
import { WithStartWorkflowOperation } from '@temporalio/client'
import {
  budgetAt,
  clearFailures,
  decideStart,
  freshBudget,
  parseBudget,
  sendsLeft,
  type Budget,
} from '../../domain/budget.ts'
import type { Policy } from '../../domain/policy.ts'
import { tellClearingStart } from '../../domain/story.ts'
import {
  CLEAR_WORKFLOW_TYPE,
  clearUpdate,
  startedUpdateId,
  type LoginMemo,
} from '../../workflows/messages.ts'
import type { Clearing, NumberResult } from '../gateway.ts'
import { toTrouble } from './errors.ts'
import type { SeenRun } from './runs.ts'
import type { StartDeps } from './start.ts'

const CLEAR_MS = 10_000
/** A start that comes in between has the number's next run; the failures are cleared there. */
const MOST_ROUNDS = 3

export async function showNumber({ runs, policy }: StartDeps, workflowId: string): Promise<NumberResult> {
  const newest = await runs.newest(workflowId)
  if (newest.outcome === 'unavailable') return newest
  const budget = newest.outcome === 'run' ? await runs.budget(newest.run) : freshBudget
  return budget === undefined ? { outcome: 'unavailable' } : toNumber(budget, policy)
}

/**
 * Forgives the number's failures and says who did and why, in the open run (a disabled number's stays open for this)
 * or, when there is none, in a run of its own, started by the same compare-and-swap as a login.
 */
export async function clearNumber(
  deps: StartDeps,
  workflowId: string,
  clearing: Clearing,
  round = 1,
): Promise<NumberResult> {
  const { client, runs, policy, taskQueue } = deps
  const newest = await runs.newest(workflowId)
  if (newest.outcome === 'unavailable') return newest
  if (newest.outcome === 'none') return toNumber(freshBudget, policy)
  const { run } = newest
  const left = await runs.budget(run)
  if (left === undefined) return { outcome: 'unavailable' }
  try {
    const answer = await client.connection.withDeadline(Date.now() + CLEAR_MS, () =>
      run.isOpen
        ? client.workflow
            .getHandle(run.workflowId, run.runId)
            .executeUpdate(clearUpdate, { args: [clearing] })
        : client.workflow.executeUpdateWithStart(clearUpdate, {
            args: [clearing],
            updateId: startedUpdateId(run.runId),
            startWorkflowOperation: clearingAfter(run, clearFailures(left), clearing, taskQueue),
          }),
    )
    // A start's update has the same id, and then this is its answer.
    const budget = parseBudget(answer.budget)
    if (budget) return toNumber(budget, policy)
  } catch (error) {
    toTrouble(error)
    return { outcome: 'unavailable' }
  }
  return round < MOST_ROUNDS ? clearNumber(deps, workflowId, clearing, round + 1) : { outcome: 'unavailable' }
}

/** Its memo clears the number before a worker has the update, so who and why go with the start as well. */
function clearingAfter(run: SeenRun, budget: Budget, clearing: Clearing, taskQueue: string) {
  const memo: LoginMemo = { ...run.memo, loginId: '', previousRunId: run.runId, budget }
  return new WithStartWorkflowOperation(CLEAR_WORKFLOW_TYPE, {
    workflowId: run.workflowId,
    taskQueue,
    args: [budget, clearing],
    memo,
    staticSummary: 'an operator clears the number',
    staticDetails: tellClearingStart(run.runId),
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowExecutionTimeout: '10 minutes',
  })
}

function toNumber(left: Budget, policy: Policy): NumberResult {
  const now = Date.now()
  const budget = budgetAt(left, now)
  const decision = decideStart(budget, 'login', now, policy)
  const denial = decision.outcome === 'denied' ? { denial: decision.denial } : {}
  return { outcome: 'number', budget, sendsLeft: sendsLeft(budget, now, policy), ...denial }
}
