/** One event of a history as what it means to a login. Never the code that came in, and no phone number. */
import proto, { type temporal } from '@temporalio/proto'
import { parseBudget, type Budget } from '../../domain/budget.ts'
import type { Policy } from '../../domain/policy.ts'
import { membersOf, msOf, wordsOf, type Failure, type Opener } from './open-payloads.ts'

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent

export type Happening =
  /** A message to the login; `remark` says why it changes nothing, when it does not. */
  | { readonly kind: 'signal'; readonly name: string; readonly from: string; readonly remark?: string }
  | { readonly kind: 'receipt'; readonly channel: string; readonly state: string; readonly cause?: string }
  | { readonly kind: 'update'; readonly name: string; readonly wish: Readonly<Record<string, unknown>> }
  | { readonly kind: 'answer'; readonly name: string; readonly outcome: string; readonly why?: string }
  | { readonly kind: 'scheduled'; readonly activity: string; readonly summary?: string }
  /** A try after the first; Temporal keeps only the failure right before it. */
  | {
      readonly kind: 'tried again'
      readonly activity: string
      readonly attempt: number
      readonly failure?: Failure
    }
  | {
      readonly kind: 'answered'
      readonly activity: string
      readonly outcome: string
      readonly cause?: string
      readonly ms?: number
    }
  | {
      readonly kind: 'not answered'
      readonly activity: string
      readonly failure: Failure
      readonly ms?: number
    }
  | { readonly kind: 'timer'; readonly was: 'set' | 'over' | 'dropped'; readonly summary?: string }
  | { readonly kind: 'task failed'; readonly cause: string; readonly by: string; readonly failure?: Failure }
  | { readonly kind: 'reset'; readonly from: string; readonly by: string; readonly failure?: Failure }
  | { readonly kind: 'budget'; readonly before: Budget | undefined; readonly after: Budget }
  /** The run's end, or the wish for it, from outside. */
  | { readonly kind: 'ended'; readonly how: string; readonly by?: string; readonly why?: string }
  | { readonly kind: 'other'; readonly type: string }

/** What one event must know of those before it. */
export type Before = {
  readonly opener: Opener
  readonly policy: Pick<Policy, 'codeLength'> | undefined
  readonly loginId: string | undefined
  budget: Budget | undefined
  /** Names of updates, by the event that admitted or accepted them; of activities and timers, by the one that began them. */
  readonly names: Map<number, string>
  readonly startedAt: Map<number, number>
  readonly submissions: Set<string>
}

/** Events of the machinery that tell nothing by themselves. */
const SILENT = new Set([
  'workflow execution started',
  'workflow task scheduled',
  'workflow task started',
  'workflow task completed',
  'upsert workflow search attributes',
])

export const timeOf = ({ eventTime }: HistoryEvent): number => msOf(eventTime) ?? 0
export const numberOf = ({ eventId }: HistoryEvent): number => Number(eventId ?? 0)

/** @returns `undefined` when there is nothing to tell */
export async function readEvent(event: HistoryEvent, before: Before): Promise<Happening | undefined> {
  const { opener, names, startedAt } = before
  const summary = await summaryOf(event, opener)
  const told = summary === undefined ? {} : { summary }
  const id = numberOf(event)
  const nameOf = (begun: unknown) => names.get(Number(begun ?? 0)) ?? 'unknown'
  const took = (begun: unknown) => {
    const at = startedAt.get(Number(begun ?? 0))
    return at === undefined ? {} : { ms: timeOf(event) - at }
  }

  const signaled = event.workflowExecutionSignaledEventAttributes
  if (signaled) {
    const name = signaled.signalName ?? ''
    if (name === 'receipt') return toReceipt(await opener.one(first(signaled.input)))
    const remark = name === 'userCode' ? remarkOn(await opener.one(first(signaled.input)), before) : undefined
    return { kind: 'signal', name, from: signaled.identity ?? '', ...(remark ? { remark } : {}) }
  }
  const accepted = event.workflowExecutionUpdateAcceptedEventAttributes
  if (accepted && !accepted.acceptedRequest) {
    // After a reset the update was told when it came in again, and its acceptance names that event only.
    names.set(id, nameOf(accepted.acceptedRequestSequencingEventId))
    return undefined
  }
  const request = accepted?.acceptedRequest ?? event.workflowExecutionUpdateAdmittedEventAttributes?.request
  if (request) {
    const { name = '', args } = request.input ?? {}
    names.set(id, name ?? '')
    const { channel, purpose, by, why, submissionId } = membersOf(await opener.one(first(args)))
    if (typeof submissionId === 'string') before.submissions.add(submissionId)
    return { kind: 'update', name: name ?? '', wish: { channel, purpose, by, why } }
  }
  const completed = event.workflowExecutionUpdateCompletedEventAttributes
  if (completed) {
    const name = nameOf(completed.acceptedEventId)
    const failure = await opener.failure(completed.outcome?.failure)
    if (failure) return { kind: 'answer', name, outcome: 'failed', why: failure.type }
    return { kind: 'answer', name, ...toAnswer(await opener.one(first(completed.outcome?.success))) }
  }

  const scheduled = event.activityTaskScheduledEventAttributes
  if (scheduled) {
    const activity = scheduled.activityType?.name ?? ''
    names.set(id, activity)
    return { kind: 'scheduled', activity, ...told }
  }
  const started = event.activityTaskStartedEventAttributes
  if (started) {
    startedAt.set(id, timeOf(event))
    const attempt = started.attempt ?? 1
    if (attempt === 1) return undefined
    const failure = await opener.failure(started.lastFailure)
    const activity = nameOf(started.scheduledEventId)
    return { kind: 'tried again', activity, attempt, ...(failure ? { failure } : {}) }
  }
  const done = event.activityTaskCompletedEventAttributes
  if (done) {
    const { outcome, cause, refusal } = membersOf(await opener.one(first(done.result)))
    const why = [cause, refusal].find((word) => typeof word === 'string')
    const activity = nameOf(done.scheduledEventId)
    const answer = { outcome: typeof outcome === 'string' ? outcome : 'sealed', ...took(done.startedEventId) }
    return { kind: 'answered', activity, ...answer, ...(why === undefined ? {} : { cause: why }) }
  }
  const lost = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes
  if (lost) {
    const failure = (await opener.failure(lost.failure)) ?? { type: 'unknown' }
    const last = await opener.failure(lost.failure?.cause)
    const whole = last ? { ...failure, cause: [last.type, last.cause].filter(Boolean).join(', ') } : failure
    const activity = nameOf(lost.scheduledEventId)
    return { kind: 'not answered', activity, failure: whole, ...took(lost.startedEventId) }
  }
  const stopped = event.activityTaskCanceledEventAttributes
  if (stopped) {
    const activity = nameOf(stopped.scheduledEventId)
    return { kind: 'not answered', activity, failure: { type: 'canceled' }, ...took(stopped.startedEventId) }
  }

  if (event.timerStartedEventAttributes) {
    if (summary !== undefined) names.set(id, summary)
    return { kind: 'timer', was: 'set', ...told }
  }
  const timer = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes
  if (timer) {
    const of = names.get(Number(timer.startedEventId ?? 0))
    const was = event.timerFiredEventAttributes ? 'over' : 'dropped'
    return { kind: 'timer', was, ...(of === undefined ? {} : { summary: of }) }
  }

  const memo = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields
  if (memo) {
    const after = parseBudget(await opener.one(memo.budget))
    if (after === undefined) return { kind: 'other', type: 'the memo changes; its payload does not open' }
    const change = { kind: 'budget', before: before.budget, after } as const
    before.budget = after
    return change
  }
  return fromOutside(event, opener)
}

/** What Temporal or an operator did to the run. */
async function fromOutside(event: HistoryEvent, opener: Opener): Promise<Happening | undefined> {
  const { EventType, TimeoutType, WorkflowTaskFailedCause } = proto.temporal.api.enums.v1
  const failedTask = event.workflowTaskFailedEventAttributes
  if (failedTask) {
    const cause = wordsOf(WorkflowTaskFailedCause[failedTask.cause ?? 0], 'WORKFLOW_TASK_FAILED_CAUSE_')
    const failure = await opener.failure(failedTask.failure)
    const rest = { by: failedTask.identity ?? '', ...(failure ? { failure } : {}) }
    if (cause === 'reset workflow') return { kind: 'reset', from: failedTask.baseRunId ?? '', ...rest }
    return { kind: 'task failed', cause, ...rest }
  }
  const timedOut = event.workflowTaskTimedOutEventAttributes
  if (timedOut) {
    const type = wordsOf(TimeoutType[timedOut.timeoutType ?? 0], 'TIMEOUT_TYPE_')
    return { kind: 'task failed', cause: `timed out: ${type}`, by: '' }
  }
  const terminated = event.workflowExecutionTerminatedEventAttributes
  if (terminated) {
    const { identity, reason } = terminated
    return { kind: 'ended', how: 'terminated', by: identity ?? '', why: reason ?? '' }
  }
  const asked = event.workflowExecutionCancelRequestedEventAttributes
  if (asked) {
    return { kind: 'ended', how: 'cancellation asked for', by: asked.identity ?? '', why: asked.cause ?? '' }
  }
  const failed = event.workflowExecutionFailedEventAttributes
  if (failed) {
    const { type = 'unknown', message = '' } = (await opener.failure(failed.failure)) ?? {}
    return { kind: 'ended', how: `the workflow failed: ${type}`, why: message }
  }
  if (event.workflowExecutionTimedOutEventAttributes) {
    return { kind: 'ended', how: 'timed out by Temporal: nothing had ended it in time' }
  }
  if (event.workflowExecutionCompletedEventAttributes) return { kind: 'ended', how: 'the run is complete' }
  const marker = event.markerRecordedEventAttributes
  // The only local activity is the one that starts webhook deliveries.
  if (marker?.markerName === 'core_local_activity') {
    const type = marker.failure ? 'webhooks are not told yet: Temporal took no delivery' : 'webhooks are told'
    return { kind: 'other', type }
  }
  const type = wordsOf(EventType[event.eventType ?? 0], 'EVENT_TYPE_')
  return SILENT.has(type) ? undefined : { kind: 'other', type }
}

/** Why a code changes nothing, if that can be told from the message alone. */
function remarkOn(message: unknown, before: Before): string | undefined {
  if (message === undefined) return 'its payload does not open'
  const { code, loginId, submissionId } = membersOf(message)
  const isCode = typeof code === 'string' && /^[0-9]+$/.test(code)
  const length = before.policy?.codeLength
  if (!isCode || (length !== undefined && code.length !== length)) return 'it is no code, and changes nothing'
  if (loginId !== undefined && loginId !== before.loginId)
    return 'it is for another login, and changes nothing'
  if (typeof submissionId !== 'string') return undefined
  const isKnown = before.submissions.has(submissionId)
  before.submissions.add(submissionId)
  return isKnown ? 'it came before, and changes nothing' : undefined
}

function toReceipt(message: unknown): Happening {
  const { channel, state, cause } = membersOf(message)
  const text = (value: unknown) => (typeof value === 'string' ? value : 'unknown')
  const why = typeof cause === 'string' ? { cause } : {}
  return { kind: 'receipt', channel: text(channel), state: text(state), ...why }
}

function toAnswer(value: unknown): { readonly outcome: string; readonly why?: string } {
  const { outcome, login, denial, failure, cause } = membersOf(value)
  const word = [outcome, membersOf(login).status].find((one) => typeof one === 'string') ?? 'done'
  const whys = [membersOf(denial).reason, membersOf(failure).cause, cause]
  const why = whys.find((one) => typeof one === 'string')
  return { outcome: value === undefined ? 'sealed' : word, ...(why === undefined ? {} : { why }) }
}

async function summaryOf({ userMetadata }: HistoryEvent, opener: Opener): Promise<string | undefined> {
  const summary = await opener.one(userMetadata?.summary)
  return typeof summary === 'string' ? summary : undefined
}

type Payloads = { readonly payloads?: temporal.api.common.v1.IPayload[] | null } | null | undefined

const first = (payloads: Payloads) => payloads?.payloads?.[0]
