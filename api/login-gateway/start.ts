/** The start of a login: read the number's budget, decide, and start exactly after what was read (design 2, Start). */
import { randomUUID } from 'node:crypto'
import { type Client, WithStartWorkflowOperation } from '@temporalio/client'
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  decideStart,
  DISABLING_FAILURES,
  freshBudget,
  type Budget,
  type Purpose,
} from '../../domain/budget.ts'
import { begin, startedEvent, type LoginTerms } from '../../domain/login.ts'
import { MAX_LOGIN_SECONDS, type Policy } from '../../domain/policy.ts'
import { tellStart } from '../../domain/story.ts'
import {
  DENIED,
  startedUpdate,
  startedUpdateId,
  supersedeUpdate,
  WORKFLOW_TYPE,
  type IdempotencyEntry,
  type LoginInput,
  type LoginMemo,
  type StartedAnswer,
  type SupersedeAnswer,
} from '../../workflows/messages.ts'
import type { App, StartRequest, StartResult } from '../gateway.ts'
import type { Identity } from '../identity.ts'
import { moment, toTrouble } from './errors.ts'
import { toInput } from './input.ts'
import type { Runs, SeenRun } from './runs.ts'
import { readInput } from './terms.ts'

export type StartDeps = {
  readonly client: Client
  readonly identity: Identity
  readonly policy: Policy
  readonly taskQueue: string
  readonly runs: Runs
  readonly closedFromOutside?: (run: SeenRun) => void
}

const ROUNDS = 3
const SUPERSEDE_MS = 5000
/**
 * A budget older than this is read again before it is acted on. The update id closes the race with one other start;
 * this bounds the race with several, which take at least a resend interval (10 s) each.
 */
const BUDGET_FRESH_MS = 4000
/** `respond-async` waits only until the start is durable. */
const DURABLE_MS = 3000
const DAY_MS = 86_400_000
const MOST_KEYS = 10
/** The backstop closes a run that a broken workflow would leave open; the workflow's own deadline comes first. */
const BACKSTOP_MARGIN_SECONDS = 120

const attributes = {
  app: defineSearchAttributeKey('PosternApp', 'KEYWORD'),
  country: defineSearchAttributeKey('PosternCountry', 'KEYWORD'),
  status: defineSearchAttributeKey('PosternStatus', 'KEYWORD'),
}

export async function startLogin(deps: StartDeps, app: App, request: StartRequest): Promise<StartResult> {
  const { identity, runs } = deps
  const { policy } = app
  const workflowId = identity.workflowId(app.subAccountId, request.phone)
  let isAdmitted = request.admit === undefined
  for (let round = 0; round < ROUNDS; round += 1) {
    let readAt = performance.now()
    const newest = await runs.newest(workflowId)
    if (newest.outcome === 'unavailable') return newest
    const before = newest.outcome === 'run' ? newest.run : undefined

    const known = before && knownKey(before, request)
    if (known) {
      if (known.fingerprint !== request.idempotency?.fingerprint) return { outcome: 'idempotency-conflict' }
      const repeated = await repeatedStart(deps, app, request, known)
      return repeated.outcome === 'started' ? { ...repeated, isRepetition: true } : repeated
    }

    let budget = before ? await runs.budget(before) : freshBudget
    if (budget === undefined) return { outcome: 'unavailable' }
    let decision = decideStart(budget, request.purpose, Date.now(), policy)
    if (decision.outcome === 'denied') return decision
    if (!isAdmitted) {
      // Before the live login is ended, which a start that may not be would take away for nothing.
      const admission = await request.admit?.()
      if (admission && admission.outcome !== 'granted') return { outcome: 'not-admitted', admission }
      isAdmitted = true
    }
    if (before && ['TERMINATED', 'TIMED_OUT'].includes(before.status)) deps.closedFromOutside?.(before)

    if (before?.isOpen) {
      readAt = performance.now()
      const left = await supersede(deps, before, request.purpose)
      if (left === 'gone') continue
      if (left === 'unavailable') return { outcome: 'unavailable' }
      if (left.outcome === 'denied') return left
      budget = left.budget
      decision = decideStart(budget, request.purpose, Date.now(), policy)
      if (decision.outcome === 'denied') return decision
    }

    if (performance.now() - readAt > BUDGET_FRESH_MS) continue
    const started = await startAfter(deps, app, request, workflowId, before, budget, decision.budget)
    if (started !== 'overtaken') return started
  }
  return { outcome: 'unavailable' }
}

/** Ends the live login, if its own reading of the budget allows the next one. */
async function supersede(
  { client }: StartDeps,
  live: SeenRun,
  purpose: Purpose,
): Promise<SupersedeAnswer | 'gone' | 'unavailable'> {
  try {
    const handle = client.workflow.getHandle(live.workflowId, live.runId)
    return await client.connection.withDeadline(Date.now() + SUPERSEDE_MS, () =>
      handle.executeUpdate(supersedeUpdate, { args: [{ purpose }], updateId: `supersede:${randomUUID()}` }),
    )
  } catch (error) {
    const trouble = toTrouble(error)
    if (trouble.kind === 'refused' && trouble.type === DENIED) return trouble.detail as SupersedeAnswer
    if (trouble.kind === 'not-taken') await moment()
    return trouble.kind === 'closed' || trouble.kind === 'not-taken' ? 'gone' : 'unavailable'
  }
}

/**
 * Update-with-start under the id `after:{run}`. When any other start came after that same run, the server knows the
 * id already, answers with the other's outcome and starts nothing: a compare-and-swap on the number's newest run.
 */
async function startAfter(
  deps: StartDeps,
  app: App,
  request: StartRequest,
  workflowId: string,
  before: SeenRun | undefined,
  budget: Budget,
  charged: Budget,
): Promise<StartResult | 'overtaken'> {
  const { client, identity } = deps
  const loginId = identity.newLoginId(workflowId)
  const previousRunId = before?.runId ?? null
  const input = toInput(app, request, loginId, previousRunId, budget)
  const memo: LoginMemo = {
    loginId,
    previousRunId,
    app: app.name,
    budget: charged,
    idempotencyKeys: keysOf(before, request, loginId),
  }
  const told = tellStart(input)
  const startWorkflowOperation = new WithStartWorkflowOperation(WORKFLOW_TYPE, {
    workflowId,
    taskQueue: deps.taskQueue,
    args: [input],
    memo,
    staticSummary: told.summary,
    staticDetails: told.details,
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    typedSearchAttributes: [
      { key: attributes.app, value: app.name },
      { key: attributes.country, value: request.phone.country },
      { key: attributes.status, value: 'open' },
    ],
    ...backstop(budget, app.policy),
  })
  const updateId = startedUpdateId(previousRunId)
  try {
    if (request.waitSeconds === 0) {
      await client.connection.withDeadline(Date.now() + DURABLE_MS, () =>
        client.workflow.startUpdateWithStart(startedUpdate, {
          updateId,
          startWorkflowOperation,
          waitForStage: 'ACCEPTED',
        }),
      )
      return await afterNoAnswer(deps, workflowId, input)
    }
    const answer = await client.connection.withDeadline(Date.now() + request.waitSeconds * 1000, () =>
      client.workflow.executeUpdateWithStart(startedUpdate, { updateId, startWorkflowOperation }),
    )
    return answer.loginId === loginId ? { outcome: 'started', ...answer } : 'overtaken'
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'overtaken'
    toTrouble(error)
    return afterNoAnswer(deps, workflowId, input)
  }
}

/** The answer is missing, not the start: whether there is one, the number's newest run tells. */
async function afterNoAnswer(
  deps: StartDeps,
  workflowId: string,
  input: LoginInput,
): Promise<StartResult | 'overtaken'> {
  const found = await deps.runs.newest(workflowId)
  if (found.outcome !== 'run') return { outcome: 'unavailable' }
  const { memo, runId } = found.run
  if (memo.loginId === input.loginId) return current(deps, found.run, input)
  // Another came after the same run, so ours no longer can; with no other, ours may still be on its way.
  return runId === input.previousRunId ? { outcome: 'unavailable' } : 'overtaken'
}

/** The same request once more: its answer, from the update that the first one left (RPL-5). */
async function repeatedStart(
  deps: StartDeps,
  app: App,
  request: StartRequest,
  known: IdempotencyEntry,
): Promise<StartResult> {
  const found = await deps.runs.find(app.name, known.loginId)
  if (found.outcome !== 'run') return { outcome: 'unavailable' }
  const { run } = found
  const handle = deps.client.workflow.getHandle(run.workflowId, run.runId)
  const updateId = startedUpdateId(run.memo.previousRunId)
  try {
    const answer: StartedAnswer = await deps.client.connection.withDeadline(
      Date.now() + Math.max(DURABLE_MS, request.waitSeconds * 1000),
      () => handle.executeUpdate(startedUpdate, { updateId }),
    )
    return { outcome: 'started', ...answer }
  } catch (error) {
    toTrouble(error)
    return current(deps, run)
  }
}

/**
 * What a login is now; when no worker can tell, it is still what it began as.
 *
 * @param given what it was started with, if that is at hand
 */
async function current({ client, runs }: StartDeps, run: SeenRun, given?: LoginTerms): Promise<StartResult> {
  const { loginId } = run.memo
  const read = await runs.login(run)
  if (read.outcome === 'read') return { outcome: 'started', loginId, login: read.value }
  if (!run.isOpen) return read
  const terms = given ?? (await readInput(client, run))
  if (terms === undefined) return { outcome: 'unavailable' }
  const started = startedEvent(terms as LoginTerms, run.startedAt)
  return { outcome: 'started', loginId, login: begin(loginId, started) }
}

function knownKey(run: SeenRun, { idempotency }: StartRequest): IdempotencyEntry | undefined {
  if (idempotency === undefined) return undefined
  return freshKeys(run).find((entry) => entry.key === idempotency.key)
}

function freshKeys(run: SeenRun | undefined): readonly IdempotencyEntry[] {
  return run?.memo.idempotencyKeys.filter((entry) => entry.at > Date.now() - DAY_MS) ?? []
}

function keysOf(before: SeenRun | undefined, { idempotency }: StartRequest, loginId: string) {
  const earlier = freshKeys(before)
  return (idempotency ? [{ ...idempotency, loginId, at: Date.now() }, ...earlier] : earlier).slice(
    0,
    MOST_KEYS,
  )
}

/** A run that may end with the number disabled stays open then, and so has no end from outside (ATT-2). */
function backstop(budget: Budget, policy: Policy): { workflowExecutionTimeout?: string } {
  if (budget.failures.count + policy.maxAttempts >= DISABLING_FAILURES) return {}
  const seconds = policy.codeValiditySeconds + MAX_LOGIN_SECONDS + BACKSTOP_MARGIN_SECONDS
  return { workflowExecutionTimeout: `${seconds} seconds` }
}
