/** What is left of a run of tests: 8x8's own log, Temporal's histories, and what callers were told. */
import type { Client } from '@temporalio/client'
import type { LoadedDataConverter } from '@temporalio/common'
import {
  decodeArrayFromPayloads,
  decodeMapFromPayloads,
} from '@temporalio/common/lib/internal-non-workflow/index.js'
import { tsToMs } from '@temporalio/common/lib/time.js'
import type { LoginGateway } from '../../api/gateway.ts'
import type { Identity } from '../../api/identity.ts'
import { DISABLING_FAILURES } from '../../domain/budget.ts'
import { isFinal, type Login, type LoginRecord } from '../../domain/login.ts'
import type { LoggedRequest } from '../../sandbox/request-log.ts'
import { WORKFLOW_TYPE, type LoginInput } from '../../workflows/messages.ts'
import type { House } from './house.ts'

/** An activity, from the moment its intent was durable. */
export type Effect = {
  readonly type: 'sendCode' | 'checkCode'
  readonly scheduledAt: number
  /** Of a check: what was asked about. */
  readonly challenge?: string
  readonly code?: string
  /** `completed sent`, `failed not-done`, `timed out START_TO_CLOSE`, `canceled`, `open`. */
  readonly end: string
}

export type RunEvidence = {
  readonly workflowId: string
  readonly runId: string
  /** Another than `runId` when an operator's reset made this run. */
  readonly originalRunId: string
  readonly input: LoginInput
  readonly startedAt: number
  /** `open`, or how Temporal says that it was closed. */
  readonly status: 'open' | 'completed' | 'failed' | 'canceled' | 'terminated' | 'timed out'
  readonly closedAt: number | null
  readonly isDisabled: boolean
  readonly effects: readonly Effect[]
  readonly resendsGranted: number
  readonly record: LoginRecord | null
}

/** One answer to a caller. `login` is what it was told of the login. */
export type Told = { readonly call: string; readonly outcome: string; readonly login: Login | null }

export type Evidence = {
  readonly at: number
  readonly requests: readonly Readonly<LoggedRequest>[]
  readonly runs: readonly RunEvidence[]
  readonly told: readonly Told[]
}

/** Listens in on a gateway: all that it answers from now on is also in what is returned. */
export function listenIn(gateway: LoginGateway, told: Told[] = []): Told[] {
  const heard = <A extends unknown[], R extends { readonly outcome: string }>(
    call: string,
    ask: (...args: A) => Promise<R>,
  ) =>
    async function overheard(...args: A): Promise<R> {
      const result = await ask(...args)
      told.push({ call, outcome: result.outcome, login: loginIn(result) })
      return result
    }
  const before = { ...gateway }
  gateway.start = heard('start', (...args) => before.start(...args))
  gateway.read = heard('read', (...args) => before.read(...args))
  gateway.submitCode = heard('submitCode', (...args) => before.submitCode(...args))
  gateway.resend = heard('resend', (...args) => before.resend(...args))
  gateway.cancel = heard('cancel', (...args) => before.cancel(...args))
  return told
}

function loginIn(result: object): Login | null {
  if ('login' in result) return result.login as Login
  return 'answer' in result ? loginIn(result.answer as object) : null
}

type Place = Pick<House, 'client' | 'identity' | 'taskQueue'> & {
  readonly sandbox: { readonly requests: readonly Readonly<LoggedRequest>[] }
}

/** How long a run whose caller has its final word may take to close. */
const CLOSING_MS = 10_000

/** Reads it all, once every login whose end was told has closed. */
export async function gather(place: Place, told: readonly Told[]): Promise<Evidence> {
  const until = Date.now() + CLOSING_MS
  for (;;) {
    const evidence = await readAll(place, told)
    const isClosing = evidence.runs.some(
      ({ status, isDisabled, input }) =>
        status === 'open' &&
        !isDisabled &&
        told.some(({ login }) => login?.id === input.loginId && isFinal(login.status)),
    )
    if (!isClosing || Date.now() > until) return evidence
  }
}

/** Every run of the task queue, found by list and by following each number's runs back. */
async function readAll(place: Place, told: readonly Told[]): Promise<Evidence> {
  const { client, identity, taskQueue } = place
  const places = new Map<string, Set<string>>()
  const note = (workflowId: string, runId?: string) => {
    const runIds = places.get(workflowId) ?? new Set()
    if (runId !== undefined) runIds.add(runId)
    places.set(workflowId, runIds)
  }
  for await (const { workflowId, runId } of client.workflow.list({ query: `TaskQueue = '${taskQueue}'` })) {
    note(workflowId, runId)
  }
  for (const id of idsIn(told, identity)) note(id)

  const runs: RunEvidence[] = []
  for (const [workflowId, runIds] of places) {
    // A list may lag behind; the newest run, and from each run the one before, do not.
    const newest = await client.workflow.getHandle(workflowId).describe()
    const queue = [newest.runId, ...runIds]
    const seen = new Set<string>()
    for (let runId = queue.shift(); runId !== undefined; runId = queue.shift()) {
      if (seen.has(runId)) continue
      seen.add(runId)
      const run = await readRun(client, taskQueue, workflowId, runId)
      if (run === undefined) continue
      runs.push(run)
      if (run.input.previousRunId !== null) queue.push(run.input.previousRunId)
    }
  }
  return { at: Date.now(), requests: structuredClone([...place.sandbox.requests]), runs, told: [...told] }
}

function idsIn(told: readonly Told[], identity: Identity): string[] {
  return told.flatMap(({ login }) => identity.parseLoginId(login?.id ?? '')?.workflowId ?? [])
}

const closings = {
  workflowExecutionCompletedEventAttributes: 'completed',
  workflowExecutionFailedEventAttributes: 'failed',
  workflowExecutionCanceledEventAttributes: 'canceled',
  workflowExecutionTerminatedEventAttributes: 'terminated',
  workflowExecutionTimedOutEventAttributes: 'timed out',
} as const

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>
type HistoryEvent = NonNullable<History['events']>[number]

/** `undefined` for whatever is no login of this task queue. */
async function readRun(
  client: Client,
  taskQueue: string,
  workflowId: string,
  runId: string,
): Promise<RunEvidence | undefined> {
  const converter = client.options.loadedDataConverter
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory()
  const events = history.events ?? []
  const started = events[0]?.workflowExecutionStartedEventAttributes
  if (started?.taskQueue?.name !== taskQueue || started.workflowType?.name !== WORKFLOW_TYPE) return undefined
  const [input] = (await decodeArrayFromPayloads(converter, started.input?.payloads)) as [LoginInput]

  const last = events.at(-1)
  const closing = Object.entries(closings).find(([attributes]) => last?.[attributes as keyof typeof closings])
  const result = last?.workflowExecutionCompletedEventAttributes?.result?.payloads
  const [record = null] = (await decodeArrayFromPayloads(converter, result)) as [LoginRecord?]
  const memos = events.map((event) => event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields)
  const newestMemo = memos.findLast((fields) => fields !== undefined && fields !== null)
  const memo = await decodeMapFromPayloads(converter, newestMemo ?? started.memo?.fields)
  const { failures } = memo?.budget as { failures: { count: number } }
  return {
    workflowId,
    runId,
    originalRunId: started.originalExecutionRunId ?? '',
    input,
    startedAt: timeOf(events[0]),
    status: closing?.[1] ?? 'open',
    closedAt: closing ? timeOf(last) : null,
    isDisabled: failures.count >= DISABLING_FAILURES,
    effects: await readEffects(converter, events),
    resendsGranted: events.filter(
      (event) =>
        event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name === 'resend',
    ).length,
    record,
  }
}

async function readEffects(converter: LoadedDataConverter, events: HistoryEvent[]): Promise<Effect[]> {
  const ends = new Map<string, string>()
  for (const event of events) {
    const { activityTaskCompletedEventAttributes: completed } = event
    const [result] = (await decodeArrayFromPayloads(converter, completed?.result?.payloads)) as [
      { readonly outcome: string }?,
    ]
    const failed = event.activityTaskFailedEventAttributes
    const timedOut = event.activityTaskTimedOutEventAttributes
    const canceled = event.activityTaskCanceledEventAttributes
    const timeout = timedOut?.failure?.timeoutFailureInfo?.timeoutType ?? 0
    const end = completed
      ? `completed ${result?.outcome ?? ''}`
      : failed
        ? `failed ${failed.failure?.applicationFailureInfo?.type ?? ''}`
        : timedOut
          ? `timed out ${timeouts[timeout] ?? ''}`
          : 'canceled'
    const scheduled = (completed ?? failed ?? timedOut ?? canceled)?.scheduledEventId
    if (scheduled) ends.set(String(scheduled), end)
  }
  const scheduled = events.filter((event) => event.activityTaskScheduledEventAttributes)
  return Promise.all(
    scheduled.map(async (event) => {
      const { activityType, input } = event.activityTaskScheduledEventAttributes ?? {}
      const [{ challenge, code }] = (await decodeArrayFromPayloads(converter, input?.payloads)) as [
        Pick<Effect, 'challenge' | 'code'>,
      ]
      return {
        type: activityType?.name as Effect['type'],
        scheduledAt: timeOf(event),
        ...(challenge === undefined ? {} : { challenge }),
        ...(code === undefined ? {} : { code }),
        end: ends.get(String(event.eventId)) ?? 'open',
      }
    }),
  )
}

/** As the protocol counts them. */
const timeouts = ['UNSPECIFIED', 'START_TO_CLOSE', 'SCHEDULE_TO_START', 'SCHEDULE_TO_CLOSE', 'HEARTBEAT']

function timeOf(event: HistoryEvent | undefined): number {
  return tsToMs(event?.eventTime)
}
