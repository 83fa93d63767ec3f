/** Finds a login's run, and reads what it has to tell: an open one by query, a closed one by its result. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import type { QueryDefinition } from '@temporalio/common'
import { parseBudget, type Budget } from '../../domain/budget.ts'
import { isFinal, type Login, type LoginEvent, type LoginRecord } from '../../domain/login.ts'
import { eventsQuery, loginQuery, type LoginMemo } from '../../workflows/messages.ts'
import type { Identity } from '../identity.ts'
import { budgetLeft, isCutOff, loginLeft, type LeftLogin } from './cut-off.ts'
import { toldByCodec, toTrouble } from './errors.ts'
import { keepNewest } from './keep-newest.ts'

/** A run as `describe` shows it; `budget` is the memo's, and absent when that cannot be read. */
export type SeenRun = {
  readonly workflowId: string
  readonly runId: string
  readonly isOpen: boolean
  readonly status: string
  readonly startedAt: number
  readonly memo: Omit<LoginMemo, 'budget'>
  readonly budget: Budget | undefined
}

export type FoundRun =
  | { readonly outcome: 'run'; readonly run: SeenRun }
  | { readonly outcome: 'none' }
  | { readonly outcome: 'unavailable' }

export type Read<T> = { readonly outcome: 'read'; readonly value: T } | { readonly outcome: 'unavailable' }

export type Runs = {
  /** The number's newest run. */
  newest(workflowId: string): Promise<FoundRun>
  /** The number's, as its newest run leaves it to the next one; `undefined` when it cannot be read. */
  budget(newest: SeenRun): Promise<Budget | undefined>
  /** One run of it. */
  run(workflowId: string, runId: string): Promise<FoundRun>
  /** The run of one login, whichever app's. */
  ofLogin(loginId: string): Promise<FoundRun>
  /** Where the login's run was when this process last looked for it. */
  remembered(loginId: string): Pick<SeenRun, 'workflowId' | 'runId'> | undefined
  /** The run of one login of one app; another app's is none. */
  find(appName: string, loginId: string): Promise<FoundRun>
  login(run: SeenRun): Promise<Read<Login>>
  events(run: SeenRun): Promise<Read<readonly LoginEvent[]>>
}

const DESCRIBE_MS = 3000
/** A worker that does not answer a query within this is taken for absent (design 3, Edges). */
const QUERY_MS = 3000
/** A worker refuses what is asked before the workflow has acted on its newest events (`workflows/whole-tasks.ts`). */
const MOST_QUERIES = 3
/** Logins of one number between the newest and the one asked for; more cannot be within 24 h of each other. */
const MOST_STEPS_BACK = 100

/** @param alarm told of a run that cannot be read, why, and that nobody can start for its number */
export function createRuns(
  client: Client,
  identity: Identity,
  alarm: (text: string) => void = () => undefined,
): Runs {
  /** Login id → run id; a login never moves to another run but by an operator's reset, and then is found anew. */
  const remembered = new Map<string, string>()

  async function describe(workflowId: string, runId?: string): Promise<FoundRun> {
    try {
      const handle = client.workflow.getHandle(workflowId, runId)
      const seen = await client.connection.withDeadline(Date.now() + DESCRIBE_MS, () => handle.describe())
      return { outcome: 'run', run: toSeenRun(seen) }
    } catch (error) {
      if (toTrouble(error).kind === 'closed') return { outcome: 'none' }
      const why = toldByCodec(error)
      if (why !== undefined) alarm(`${workflowId} cannot be read: ${why}`)
      return { outcome: 'unavailable' }
    }
  }

  async function ofLogin(loginId: string): Promise<FoundRun> {
    const workflowId = identity.parseLoginId(loginId)?.workflowId
    if (workflowId === undefined) return { outcome: 'none' }
    let found = await describe(workflowId, remembered.get(loginId))
    // An operator's reset ends a run and goes on in a new one, which the newest leads to.
    if (found.outcome === 'run' && found.run.status === 'TERMINATED') found = await describe(workflowId)
    for (let step = 0; found.outcome === 'run' && step < MOST_STEPS_BACK; step += 1) {
      const { memo, runId } = found.run
      if (memo.loginId === loginId) {
        keepNewest(remembered, loginId, runId)
        return found
      }
      if (memo.previousRunId === null) return { outcome: 'none' }
      found = await describe(workflowId, memo.previousRunId)
    }
    return found.outcome === 'unavailable' ? found : { outcome: 'none' }
  }

  async function find(appName: string, loginId: string): Promise<FoundRun> {
    const found = await ofLogin(loginId)
    return found.outcome === 'run' && found.run.memo.app !== appName ? { outcome: 'none' } : found
  }

  /** A completed run by its result, without a worker; any other by query; one that no worker can tell of by its history. */
  async function read<T>(
    run: SeenRun,
    query: QueryDefinition<T>,
    ofRecord: (record: LoginRecord | LeftLogin) => T,
  ): Promise<Read<T>> {
    const handle = client.workflow.getHandle(run.workflowId, run.runId, { followRuns: false })
    const isDone = run.status === 'COMPLETED'
    const ask = async () => (isDone ? ofRecord((await handle.result()) as LoginRecord) : handle.query(query))
    const deadline = Date.now() + QUERY_MS
    for (let asked = 1; ; asked += 1) {
      try {
        return { outcome: 'read', value: await client.connection.withDeadline(deadline, ask) }
      } catch (error) {
        if (isRefusedQuery(error) && asked < MOST_QUERIES) continue
        if (!isRefusedQuery(error)) toTrouble(error)
        return isCutOff(run) ? readLeft(run, ofRecord) : { outcome: 'unavailable' }
      }
    }
  }

  async function readLeft<T>(run: SeenRun, ofLeft: (left: LeftLogin) => T): Promise<Read<T>> {
    try {
      const left = await loginLeft(client, run)
      return left === undefined ? { outcome: 'unavailable' } : { outcome: 'read', value: ofLeft(left) }
    } catch (error) {
      toTrouble(error)
      return { outcome: 'unavailable' }
    }
  }

  async function budget(run: SeenRun): Promise<Budget | undefined> {
    try {
      const left = isCutOff(run) ? await budgetLeft(client, run) : run.budget
      if (left === undefined) alarm(`${tellRun(run)} has no budget in its memo, or no start in its history`)
      return left
    } catch (error) {
      const { kind } = toTrouble(error)
      alarm(`${tellRun(run)} was cut off, and its history cannot be read: ${toldByCodec(error) ?? kind}`)
      return undefined
    }
  }

  return {
    newest: (workflowId) => describe(workflowId),
    budget,
    run: describe,
    ofLogin,
    remembered(loginId) {
      const workflowId = identity.parseLoginId(loginId)?.workflowId
      const runId = remembered.get(loginId)
      return workflowId === undefined || runId === undefined ? undefined : { workflowId, runId }
    },
    find,
    async login(run) {
      const seen = await read(run, loginQuery, ({ login }) => login)
      return seen.outcome === 'read' ? { ...seen, value: closedFromOutside(run, seen.value) } : seen
    },
    events: (run) => read(run, eventsQuery, ({ events }) => events),
  }
}

const tellRun = ({ workflowId, runId }: SeenRun) => `run ${runId} of ${workflowId}`

/** Temporal's close status wins over the fold (design 2, End): nobody recorded how such a run ended. */
function closedFromOutside(run: SeenRun, login: Login): Login {
  if (run.isOpen || isFinal(login.status)) return login
  return run.status === 'TIMED_OUT'
    ? { ...login, status: 'expired', reason: 'deadline' }
    : { ...login, status: 'failed', reason: 'operator' }
}

function toSeenRun(seen: WorkflowExecutionDescription): SeenRun {
  const { loginId, previousRunId, app, idempotencyKeys, budget } = seen.memo ?? {}
  return {
    workflowId: seen.workflowId,
    runId: seen.runId,
    isOpen: seen.status.name === 'RUNNING',
    status: seen.status.name,
    startedAt: seen.startTime.getTime(),
    memo: {
      loginId: typeof loginId === 'string' ? loginId : '',
      previousRunId: typeof previousRunId === 'string' ? previousRunId : null,
      app: typeof app === 'string' ? app : '',
      idempotencyKeys: toEntries(idempotencyKeys),
    },
    budget: parseBudget(budget),
  }
}

function toEntries(value: unknown): LoginMemo['idempotencyKeys'] {
  return Array.isArray(value) ? (value as LoginMemo['idempotencyKeys']) : []
}

/** A query has errors of its own: a worker that cannot replay, or one that is asked too early. */
function isRefusedQuery(error: unknown): boolean {
  return error instanceof Error && ['QueryNotRegisteredError', 'QueryRejectedError'].includes(error.name)
}
