/** From what a person types to the runs that it means, and all that Temporal knows of one of them. */
import type { Client } from '@temporalio/client'
import type { temporal } from '@temporalio/proto'
import type { Identity } from '../../api/identity.ts'
import { toTrouble } from '../../api/login-gateway/errors.ts'
import type { LoginEvent } from '../../domain/login.ts'
import { parsePhone } from '../../domain/phone.ts'
import { eventsQuery } from '../../workflows/messages.ts'
import { membersOf, type Opener } from './open-payloads.ts'

/** A number's workflow; with `loginId` or `runId` one run of it. */
export type Target = { readonly workflowId: string; readonly loginId?: string; readonly runId?: string }

export type Description = temporal.api.workflowservice.v1.IDescribeWorkflowExecutionResponse
export type History = temporal.api.history.v1.IHistory

export type DescribedRun = {
  readonly workflowId: string
  readonly runId: string
  readonly description: Description
  /** From the memo; `undefined` when it does not open. */
  readonly loginId: string | undefined
  readonly previousRunId: string | null | undefined
}

const CALL_MS = 10_000
/** A worker that does not answer within this is taken for absent, as in the API. */
const QUERY_MS = 3000
const WORKFLOW_ID = /^login:[A-Za-z0-9\-._&]{3,50}:[A-Za-z0-9_-]{22}$/
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** A worker polls anew every minute at the latest; Temporal lists it for five after its last poll. */
const POLLER_FRESH_MS = 75_000

/**
 * Reads a login id, or a phone in E.164 or a workflow id, with or without `/{run id}`.
 * @param subAccountOfPhone asked for a phone only, since an id names its sub-account
 * @returns `undefined` for anything else
 */
export function parseTarget(
  text: string,
  identity: Identity,
  subAccountOfPhone: () => string,
): Target | undefined {
  const login = identity.parseLoginId(text)
  if (login) return { workflowId: login.workflowId, loginId: text }
  const [, name = '', runId] = /^([^/]+)(?:\/(.+))?$/.exec(text) ?? []
  const workflowId = WORKFLOW_ID.test(name) ? name : workflowIdOfPhone(name, identity, subAccountOfPhone)
  if (workflowId === undefined || (runId !== undefined && !RUN_ID.test(runId))) return undefined
  return { workflowId, ...(runId === undefined ? {} : { runId }) }
}

function workflowIdOfPhone(
  text: string,
  identity: Identity,
  subAccountOfPhone: () => string,
): string | undefined {
  const parsed = parsePhone(text)
  return parsed.outcome === 'phone' ? identity.workflowId(subAccountOfPhone(), parsed.phone) : undefined
}

/** A number's runs from the newest back, as each names the one before; or the one run that is asked for. */
export async function* runsOf(client: Client, opener: Opener, target: Target): AsyncGenerator<DescribedRun> {
  let next = target.runId
  do {
    const run = await describe(client, opener, target.workflowId, next)
    if (run === undefined) return
    yield run
    next = run.previousRunId ?? undefined
  } while (next !== undefined && target.runId === undefined)
}

async function describe(
  client: Client,
  opener: Opener,
  workflowId: string,
  runId = '',
): Promise<DescribedRun | undefined> {
  const { namespace } = client.options
  try {
    const description = await client.connection.withDeadline(Date.now() + CALL_MS, () =>
      client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId } }),
    )
    const info = description.workflowExecutionInfo
    const fields = info?.memo?.fields
    const loginId = await opener.one(fields?.loginId)
    const previousRunId = await opener.one(fields?.previousRunId)
    return {
      workflowId,
      runId: info?.execution?.runId ?? runId,
      description,
      loginId: typeof loginId === 'string' ? loginId : undefined,
      previousRunId: typeof previousRunId === 'string' || previousRunId === null ? previousRunId : undefined,
    }
  } catch (error) {
    if (toTrouble(error).kind === 'closed') return undefined
    throw error
  }
}

export async function historyOf(client: Client, { workflowId, runId }: DescribedRun): Promise<History> {
  const handle = client.workflow.getHandle(workflowId, runId)
  return client.connection.withDeadline(Date.now() + CALL_MS, () => handle.fetchHistory())
}

/** The login's own events so far, from a worker; `undefined` when none answers. A completed run needs none. */
export async function askForEvents(
  client: Client,
  { workflowId, runId }: DescribedRun,
): Promise<readonly LoginEvent[] | undefined> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId)
    const answer: unknown = await client.connection.withDeadline(Date.now() + QUERY_MS, () =>
      handle.query(eventsQuery),
    )
    return toEvents(answer)
  } catch {
    // Whatever is wrong, the history is told without them.
    return undefined
  }
}

export function toEvents(value: unknown): readonly LoginEvent[] | undefined {
  const isEvent = (event: unknown) => {
    const { type, at, data } = membersOf(event)
    return typeof type === 'string' && typeof at === 'string' && typeof data === 'object'
  }
  return Array.isArray(value) && value.every(isEvent) ? (value as LoginEvent[]) : undefined
}

/** Whether a worker has polled the run's task queue of late; `undefined` when Temporal does not say. */
export async function isPolled(client: Client, { description }: DescribedRun): Promise<boolean | undefined> {
  const { namespace } = client.options
  const name = description.executionConfig?.taskQueue?.name ?? ''
  try {
    const queue = await client.connection.withDeadline(Date.now() + QUERY_MS, () =>
      client.workflowService.describeTaskQueue({ namespace, taskQueue: { name } }),
    )
    const since = Date.now() - POLLER_FRESH_MS
    return queue.pollers.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > since)
  } catch {
    return undefined
  }
}
