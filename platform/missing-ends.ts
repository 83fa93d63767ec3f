/**
 * Logins that Temporal closed from outside (terminated, timed out) have recorded no end, and told nobody (design 2, End).
 */
import type { Client } from '@temporalio/client'
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js'
import type { Payload } from '@temporalio/common'
import {
  apply,
  begin,
  fold,
  isFinal,
  startedEvent,
  type Login,
  type LoginEvent,
  type LoginTerms,
} from '../domain/login.ts'
import type { Log } from '../domain/log.ts'
import { hasRecordedItsEnd, hasUnreadNews } from '../domain/unread-news.ts'
import { missingEnd } from '../domain/webhook.ts'

export type RunName = { readonly workflowId: string; readonly runId: string }

export type Announcement = RunName & {
  readonly app: string
  readonly login: Login
  readonly events: readonly LoginEvent[]
  readonly endpoints: readonly string[]
}

/** `nothing`: it is no such run, or its app had no endpoint. `unreadable`: no worker tells what had happened in it. */
export type MissingEnd = 'announced' | 'nothing' | 'unreadable'

const CALL_MS = 5000
const EVENTS_QUERY = 'events'

/**
 * Announces all that such a run has to tell, its missing end included. Repeating it starts no delivery twice: the end's
 * id follows from the events before it. Of a run with news that its workflow never acted on, of which no worker can tell,
 * the end alone is announced; its place is the length of the history, behind all that may have been.
 *
 * @param announce what the activity `announceEvents` does
 * @throws when Temporal does not answer
 */
export async function announceMissing(
  client: Client,
  name: RunName,
  announce: (announcement: Announcement) => Promise<void>,
): Promise<MissingEnd> {
  const handle = client.workflow.getHandle(name.workflowId, name.runId)
  const { status, startTime, closeTime, historyLength } = await client.withDeadline(
    Date.now() + CALL_MS,
    () => handle.describe(),
  )
  if (status.name !== 'TERMINATED' && status.name !== 'TIMED_OUT') return 'nothing'
  const how = status.name === 'TERMINATED' ? 'terminated' : 'timed_out'
  const input = membersOf(await readInput(client, name))
  const { loginId, app, endpoints } = input
  if (typeof loginId !== 'string' || typeof app !== 'string' || !isNames(endpoints)) return 'nothing'

  const at = (closeTime ?? new Date()).getTime()
  const { events: history } = await client.withDeadline(Date.now() + CALL_MS, () => handle.fetchHistory())
  if (hasUnreadNews(history ?? [])) {
    // What was recorded was announced in the same task.
    if (hasRecordedItsEnd(history ?? [])) return 'announced'
    const end = missingEnd(loginId, { length: historyLength - 1 }, how, at)
    const login = apply(begin(loginId, startedEvent(input as LoginTerms, startTime.getTime())), end)
    await announce({ ...name, app, login, events: [end], endpoints })
    return 'announced'
  }
  const recorded = await client
    .withDeadline(Date.now() + CALL_MS, () => handle.query<readonly LoginEvent[]>(EVENTS_QUERY))
    .catch(() => undefined)
  if (recorded === undefined) return 'unreadable'
  const isMissing = !isFinal(fold(loginId, recorded).status)
  const end = missingEnd(loginId, recorded, how, at)
  const events = isMissing ? [...recorded, end] : recorded
  await announce({ ...name, app, login: fold(loginId, events), events, endpoints })
  return 'announced'
}

/** The same beside other work: it never rejects, and what stays untold is logged, with the name of the run. */
export async function announceMissingOrLog(
  client: Client,
  name: RunName,
  announce: (announcement: Announcement) => Promise<void>,
  log: Pick<Log, 'warn'>,
): Promise<void> {
  const outcome = await announceMissing(client, name, announce).catch(() => 'failed' as const)
  if (outcome === 'announced' || outcome === 'nothing') return
  log.warn({ ...name, outcome }, 'the end of a login was not announced: `npm run sweep` does it')
}

/** A run's first argument, from the first event of its history. */
export async function readInput(client: Client, execution: RunName): Promise<unknown> {
  const { namespace, loadedDataConverter } = client.options
  const { history } = await client.withDeadline(Date.now() + CALL_MS, () =>
    client.workflowService.getWorkflowExecutionHistory({ namespace, execution, maximumPageSize: 1 }),
  )
  const payloads: Payload[] =
    history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? []
  const [input] = await decodeArrayFromPayloads(loadedDataConverter, payloads)
  return input
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string')
}
