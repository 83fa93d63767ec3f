/**
 * What a run leaves of the number's budget, and of its login, when Temporal or an operator ended it in the middle
 * (design 2, End).
 *
 * A login's memo follows with the verdict of a check. A run that was cut off may have had one under way, which may have
 * reached 8x8: its history says so, and the attempt is counted (ATT-5). So does a send count from its end, of which the
 * memo has the charge (FRD-2). Whoever ends by itself has counted all.
 */
import type { Client } from '@temporalio/client'
import type { History } from '@temporalio/common/lib/proto-utils.js'
import { tsToMs } from '@temporalio/common/lib/time.js'
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js'
import { chargeCheck, sendEnded, type Budget } from '../../domain/budget.ts'
import {
  begin,
  isFinal,
  startedEvent,
  type Login,
  type LoginEvent,
  type LoginTerms,
} from '../../domain/login.ts'
import { hasRecordedItsEnd, hasUnreadNews } from '../../domain/unread-news.ts'
import type { LoginInput } from '../../workflows/messages.ts'
import type { SeenRun } from './runs.ts'
import { HISTORY_MS, readArgument } from './terms.ts'

/** The activity of `activities/check-code.ts`. */
const CHECK = 'checkCode'
/** Of `activities/send-code.ts`. */
const SEND = 'sendCode'

type HistoryEvents = NonNullable<History['events']>

/** What a login was when it last answered somebody, and what is certain of its timeline. */
export type LeftLogin = { readonly login: Login; readonly events: readonly LoginEvent[] }

export const isCutOff = ({ isOpen, status }: SeenRun): boolean => !isOpen && status !== 'COMPLETED'

/**
 * @returns `undefined` when the run's payloads cannot be read, which is never taken for a fresh budget
 * @throws what Temporal answers when the history cannot be had
 */
export async function budgetLeft(client: Client, run: SeenRun): Promise<Budget | undefined> {
  if (run.budget === undefined) return undefined
  const events = await readHistory(client, run)
  const check = uncountedCheck(events)
  const sentAt = uncountedSendAt(events)
  if (check === undefined && sentAt === undefined) return run.budget
  const { purpose, policy }: Partial<LoginInput> = await readArgument(client, events[0])
  if (purpose === undefined || policy === undefined) return undefined
  const sent = sentAt === undefined ? run.budget : sendEnded(run.budget, purpose, sentAt, policy)
  return check === undefined ? sent : chargeCheck(sent, purpose, tsToMs(check.eventTime))
}

/**
 * What a run that no worker tells of any more leaves to be read: it was cut off before its workflow had acted on what came
 * last, and so it never will.
 *
 * @returns `undefined` when a worker can tell more, or when it has recorded an end that nobody was told
 * @throws what Temporal answers when the history cannot be had
 */
export async function loginLeft(client: Client, run: SeenRun): Promise<LeftLogin | undefined> {
  const events = await readHistory(client, run)
  if (!hasUnreadNews(events)) return undefined
  const terms = (await readArgument(client, events[0])) as LoginTerms
  const started = startedEvent(terms, run.startedAt)
  const login = (await lastTold(client, events)) ?? begin(terms.loginId, started)
  return hasRecordedItsEnd(events) && !isFinal(login.status) ? undefined : { login, events: [started] }
}

async function readHistory(client: Client, { workflowId, runId }: SeenRun): Promise<HistoryEvents> {
  const handle = client.workflow.getHandle(workflowId, runId)
  const { events } = await client.connection.withDeadline(Date.now() + HISTORY_MS, () =>
    handle.fetchHistory(),
  )
  return events ?? []
}

/** From the newest update's answer: each of ours but an operator's has the login in it. */
async function lastTold(client: Client, events: HistoryEvents): Promise<Login | undefined> {
  for (const { workflowExecutionUpdateCompletedEventAttributes: completed } of events.toReversed()) {
    const payloads = completed?.outcome?.success?.payloads
    if (!payloads) continue
    const [answer] = await decodeArrayFromPayloads(client.options.loadedDataConverter, payloads)
    const { login } = answer as { readonly login?: Login }
    if (login !== undefined) return login
  }
  return undefined
}

/** The schedule of the check that the memo does not count, if there is one. A verdict writes the memo, and so does an operator's clear, which forgives the check under way too. */
export function uncountedCheck(events: HistoryEvents) {
  const scheduled = newestSchedule(events, CHECK)
  return scheduled > newestMemo(events) ? events[scheduled] : undefined
}

/**
 * When the send ended, in milliseconds, that the memo counts by its charge only; when the run did, if it was under way. A
 * clear writes the memo too, and forgives failures only.
 */
function uncountedSendAt(events: HistoryEvents): number | undefined {
  const sent = events[newestSchedule(events, SEND)]
  if (sent === undefined) return undefined
  const found = events.findIndex((event) => {
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes
    return ended?.scheduledEventId?.toString() === sent.eventId?.toString()
  })
  const end = found === -1 ? events.length - 1 : found
  return end > newestMemo(events) ? tsToMs(events[end]?.eventTime) : undefined
}

/** The places of the newest ones in the history; -1 without one. */
const newestMemo = (events: HistoryEvents) =>
  events.findLastIndex((event) => event.workflowPropertiesModifiedEventAttributes)
const newestSchedule = (events: HistoryEvents, activity: string) =>
  events.findLastIndex((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity)
