/** A run as Temporal keeps it → what there is to tell: who it is about, how it stands, and each step in order. */
import proto from '@temporalio/proto'
import { uncountedCheck } from '../../api/login-gateway/cut-off.ts'
import { chargeCheck, isDisabled, parseBudget, type Budget, type Purpose } from '../../domain/budget.ts'
import { fold, isFinal, startedEvent, type Login, type LoginEvent } from '../../domain/login.ts'
import type { Policy } from '../../domain/policy.ts'
import { CLEAR_WORKFLOW_TYPE, WORKFLOW_TYPE, type LoginInput } from '../../workflows/messages.ts'
import { toEvents, type DescribedRun, type History } from './find-runs.ts'
import { membersOf, msOf, wordsOf, type Failure, type Opener } from './open-payloads.ts'
import { numberOf, readEvent, timeOf, type Before, type Happening, type HistoryEvent } from './read-event.ts'

export type Step = { readonly eventId: number; readonly at: number } & (
  | { readonly kind: 'fact'; readonly event: LoginEvent }
  /** The start as it was decided, with the budget before and the one charged. */
  | { readonly kind: 'decided'; readonly before: Budget; readonly after: Budget; readonly terms: Terms }
  /** What an operator's `clearNumber` was started with. */
  | { readonly kind: 'clearing'; readonly by: unknown; readonly why: unknown }
  | Happening
)

export type Terms = { readonly purpose: Purpose; readonly policy: Policy }

/** What an open run waits for. */
export type Pending =
  | { readonly kind: 'task'; readonly since: number; readonly attempt: number; readonly isTaken: boolean }
  | {
      readonly kind: 'activity'
      readonly activity: string
      readonly attempt: number
      /** A worker has it; otherwise it waits for one, or for `nextAt`. */
      readonly isTaken: boolean
      readonly nextAt?: number
      readonly failure?: Failure
    }

export type RunStory = {
  readonly workflowId: string
  readonly runId: string
  /** `login`, or an operator's `clearNumber`. */
  readonly type: string
  /** `running`, `completed`, `terminated`, … */
  readonly temporalStatus: string
  /** What the search attribute says, which needs no key: `open`, or a final status. */
  readonly listedStatus?: string
  readonly startedAt: number
  readonly endedAt?: number
  /** `undefined` when it does not open. */
  readonly about: About | undefined
  /** As its own events say; `undefined` when there are none to be had. */
  readonly login: Login | undefined
  readonly isNumberDisabled: boolean
  /** Who cleared the number; of a `clearNumber` only. */
  readonly clearedBy?: string
  readonly workerVersion?: string
  readonly resetTo?: string
  readonly steps: readonly Step[]
  readonly pending: readonly Pending[]
  readonly budget: Budget | undefined
  readonly terms: Terms | undefined
}

export type About = Pick<
  LoginInput,
  'loginId' | 'app' | 'maskedPhone' | 'country' | 'channel' | 'brand' | 'purpose' | 'previousRunId'
>

/** @param asked the login's own events as a worker tells them; a completed run has them in its result. */
export async function readRun(
  run: DescribedRun,
  history: History,
  asked: readonly LoginEvent[] | undefined,
  opener: Opener,
): Promise<RunStory> {
  const events = history.events ?? []
  const [begun] = events
  const started = begun?.workflowExecutionStartedEventAttributes
  const [input, clearing] = await Promise.all(
    (started?.input?.payloads ?? []).map((payload) => opener.one(payload)),
  )
  const type = started?.workflowType?.name ?? 'unknown'
  const about = type === WORKFLOW_TYPE && isInput(input) ? input : undefined
  const charged = parseBudget(await opener.one(started?.memo?.fields?.budget))
  const closing = events.at(-1)?.workflowExecutionCompletedEventAttributes
  const facts = toEvents(membersOf(await opener.one(closing?.result?.payloads?.[0])).events) ?? asked ?? []

  const before: Before = {
    opener,
    policy: about?.policy,
    loginId: about?.loginId,
    budget: charged,
    names: new Map(),
    startedAt: new Map(),
    submissions: new Set(),
  }
  const steps: Step[] = []
  const begins = about ? [startedEvent(about, begun ? timeOf(begun) : 0)] : []
  const placed = placesOf(facts.length > 0 ? facts : begins, events)
  for (const event of events) {
    const place = { eventId: numberOf(event), at: timeOf(event) }
    for (const fact of placed.get(place.eventId) ?? []) steps.push({ ...place, kind: 'fact', event: fact })
    if (event === begun && about && charged) {
      steps.push({ ...place, kind: 'decided', before: about.budget, after: charged, terms: about })
    }
    if (event === begun && type === CLEAR_WORKFLOW_TYPE && clearing !== undefined) {
      const { by, why } = membersOf(clearing)
      steps.push({ ...place, kind: 'clearing', by, why })
    }
    const happening = await readEvent(event, before)
    if (happening) steps.push({ ...place, ...happening })
  }

  const described = await describedAs(run, opener)
  // As the next start counts it: an attempt under way, or cut off, is not in the memo.
  const uncounted = described.temporalStatus === 'completed' ? undefined : uncountedCheck(events)
  const budget =
    before.budget && about && uncounted
      ? chargeCheck(before.budget, about.purpose, timeOf(uncounted))
      : before.budget
  const clear = steps.find((step) => step.kind === 'update' && step.name === 'clear')
  const clearedBy = clear?.kind === 'update' ? clear.wish.by : membersOf(clearing).by
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    type,
    ...described,
    about,
    login: facts[0]?.type === 'login.started' ? fold(about?.loginId ?? run.loginId ?? '', facts) : undefined,
    isNumberDisabled: budget !== undefined && isDisabled(budget),
    ...(typeof clearedBy === 'string' && about === undefined ? { clearedBy } : {}),
    steps,
    budget,
    terms: about,
  }
}

/** A run that is not closed, although its login has ended or nobody can tell. */
export function isOpen({ temporalStatus }: RunStory): boolean {
  return temporalStatus === 'running'
}

/** Temporal's close status wins over the fold, as in the API: nobody recorded how such a run ended. */
export function statusOf(story: RunStory): { readonly status: string; readonly reason?: string } | undefined {
  const { login, temporalStatus } = story
  if (login !== undefined && isFinal(login.status)) return login
  if (temporalStatus === 'timed out') return { status: 'expired', reason: 'deadline' }
  if (!isOpen(story) && temporalStatus !== 'completed') return { status: 'failed', reason: 'operator' }
  return login
}

/** What `describe` adds to the history. */
async function describedAs({ description }: DescribedRun, opener: Opener) {
  const { WorkflowExecutionStatus, PendingActivityState, PendingWorkflowTaskState } =
    proto.temporal.api.enums.v1
  const info = description.workflowExecutionInfo
  const listed = info?.searchAttributes?.indexedFields?.PosternStatus?.data
  const endedAt = msOf(info?.closeTime)
  const version = info?.versioningInfo?.deploymentVersion
  const resetTo = description.workflowExtendedInfo?.resetRunId
  const task = description.pendingWorkflowTask
  const pending: Pending[] = []
  // A run that was closed from outside leaves its task as it was.
  if (task && endedAt === undefined) {
    const since = msOf(task.scheduledTime) ?? 0
    const isTaken = PendingWorkflowTaskState[task.state ?? 0]?.endsWith('STARTED') ?? false
    pending.push({ kind: 'task', since, attempt: task.attempt ?? 1, isTaken })
  }
  for (const waiting of description.pendingActivities ?? []) {
    const failure = await opener.failure(waiting.lastFailure)
    const nextAt = msOf(waiting.nextAttemptScheduleTime)
    pending.push({
      kind: 'activity',
      activity: waiting.activityType?.name ?? '',
      attempt: waiting.attempt ?? 1,
      isTaken: waiting.state !== PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED,
      ...(nextAt === undefined ? {} : { nextAt }),
      ...(failure === undefined ? {} : { failure }),
    })
  }
  return {
    temporalStatus: wordsOf(WorkflowExecutionStatus[info?.status ?? 0], 'WORKFLOW_EXECUTION_STATUS_'),
    startedAt: msOf(info?.startTime) ?? 0,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(listed ? { listedStatus: plainWord(listed) } : {}),
    ...(version ? { workerVersion: `${version.deploymentName ?? ''} ${version.buildId ?? ''}` } : {}),
    ...(resetTo ? { resetTo } : {}),
    pending,
  }
}

/**
 * A fact is recorded in a workflow task, and its time is that of the task's start: so it belongs to the event that
 * completed the task.
 */
function placesOf(facts: readonly LoginEvent[], events: readonly HistoryEvent[]): Map<number, LoginEvent[]> {
  const tasks = events.flatMap((event) => {
    const startedId = Number(event.workflowTaskCompletedEventAttributes?.startedEventId ?? 0)
    const started = startedId > 0 ? events.find((one) => numberOf(one) === startedId) : undefined
    return started ? [{ at: timeOf(started), completed: numberOf(event) }] : []
  })
  const places = new Map<number, LoginEvent[]>()
  for (const fact of facts) {
    const at = Date.parse(fact.at)
    const task = tasks.findLast((one) => one.at <= at)
    const place = fact.type === 'login.started' ? 1 : (task?.completed ?? 1)
    places.set(place, [...(places.get(place) ?? []), fact])
  }
  return places
}

/** Search attributes are plain JSON, whatever the codec. */
function plainWord(data: Uint8Array): string {
  return /"(\w+)"/.exec(new TextDecoder().decode(data))?.[1] ?? 'unknown'
}

/** Whoever may write to the namespace may start a run with anything. */
function isInput(value: unknown): value is LoginInput {
  const { loginId, app, maskedPhone, country, brand, policy, budget } = membersOf(value)
  const texts = [loginId, app, maskedPhone, country, brand]
  const { codeLength, sendLimits, enrolmentSendLimits } = membersOf(policy)
  const isPolicy =
    typeof codeLength === 'number' && Array.isArray(sendLimits) && Array.isArray(enrolmentSendLimits)
  return texts.every((text) => typeof text === 'string') && isPolicy && parseBudget(budget) !== undefined
}
