/** Events and ends of a history, in words. */
import { attributesOf, nameOf, updateNameOf, type History } from './history.ts'
import { at, elementsOf, isObject, objectAt, textAt, type JsonObject } from './json.ts'
import { toReadable } from './payloads.ts'

/** What an event says that the code did, as far as the code is to be compared with it; otherwise an empty text. */
export function tellEvent(history: History, index: number): string {
  const event = history.events[index]
  const attributes = attributesOf(event)
  switch (nameOf(event)) {
    case 'ActivityTaskScheduled':
      return `schedules ${textAt(attributes, 'activityType', 'name') ?? 'an activity'}${summaryOf(event)}`
    case 'TimerStarted':
      return `starts a timer of ${textAt(attributes, 'startToFireTimeout') ?? '0s'}${summaryOf(event)}`
    case 'TimerCanceled':
      return 'cancels a timer'
    case 'WorkflowExecutionUpdateAccepted':
      return `accepts the update ${updateNameOf(history, attributes) ?? ''}`
    case 'WorkflowExecutionUpdateCompleted':
      return `answers the update ${updateNameOf(history, attributes) ?? ''}`
    case 'WorkflowPropertiesModified':
      return 'changes the memo'
    case 'UpsertWorkflowSearchAttributes':
      return 'sets search attributes'
    case 'MarkerRecorded':
      return `records the marker ${textAt(attributes, 'markerName') ?? ''}`
    case 'ActivityTaskCancelRequested':
      return 'cancels an activity'
    case 'WorkflowExecutionCompleted':
      return 'completes the workflow'
    case 'WorkflowExecutionFailed':
      return 'fails the workflow'
    case 'WorkflowExecutionCanceled':
      return 'ends the workflow as canceled'
    default:
      return ''
  }
}

/** How the run ended: the login's own final status and reason when it has come to one. */
export function statusOf({ events }: History): string {
  const last = events.at(-1)
  switch (nameOf(last)) {
    case 'WorkflowExecutionCompleted':
      return resultOf(attributesOf(last))
    case 'WorkflowExecutionTerminated':
      return 'terminated'
    case 'WorkflowExecutionTimedOut':
      return 'timed out'
    case 'WorkflowExecutionFailed':
      return 'workflow failed'
    case 'WorkflowExecutionCanceled':
      return 'workflow canceled'
    default:
      return 'open'
  }
}

function resultOf(completed: JsonObject): string {
  const [payload] = elementsOf(at(completed, 'result', 'payloads'))
  const { value } = toReadable(isObject(payload) ? payload : {})
  const status = textAt(value, 'login', 'status')
  const reason = textAt(value, 'login', 'reason')
  if (status === undefined) return 'completed'
  return reason === undefined ? status : `${status}/${reason}`
}

/** Our own summaries show no more of a number than two digits. */
function summaryOf(event: JsonObject | undefined): string {
  const { value } = toReadable(objectAt(event, 'userMetadata', 'summary'))
  return typeof value === 'string' ? `, "${value}"` : ''
}
