/** Whether a run that Temporal closed had news that its workflow never acted on. By its history alone, which no longer changes. */

/** Events of a history, as far as they are looked at: each has one member of its own kind. */
type Events = readonly object[]

/** What a workflow acts on in its next task. */
const news = [
  'timerFired',
  'activityTaskCompleted',
  'activityTaskFailed',
  'activityTaskTimedOut',
  'activityTaskCanceled',
  'workflowExecutionSignaled',
  'workflowExecutionCancelRequested',
].map((kind) => `${kind}EventAttributes`)

/**
 * No worker can tell of such a run, now or later: no task comes in which the workflow would act on them, and outside of
 * one it must not (`workflows/whole-tasks.ts`). So it is of a run that never had a task.
 */
export function hasUnreadNews(events: Events): boolean {
  const lastTask = events.findLastIndex((event) => has(event, 'workflowTaskCompletedEventAttributes'))
  if (lastTask === -1) return true
  return events.slice(lastTask + 1).some((event) => news.some((kind) => has(event, kind)))
}

/** Whether the login had recorded its end: the search attribute is written with it, and never before. */
export function hasRecordedItsEnd(events: Events): boolean {
  return events.some((event) => has(event, 'upsertWorkflowSearchAttributesEventAttributes'))
}

function has(event: object, kind: string): boolean {
  const value: unknown = Reflect.get(event, kind)
  return value !== undefined && value !== null
}
