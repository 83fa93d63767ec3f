/**
 * Which fields of a history's events a fixture keeps, and which are replaced by what. A field that is not named here is
 * left out: if the replay needs it, the fixture does not replay, and is not written.
 */
import { attributesOf, updateNameOf, type History } from '../replay/history.ts'
import { textAt, type JsonObject } from '../replay/json.ts'
import type { Leaf } from './leaves.ts'
import * as shapes from './shapes.ts'
import type { Shape } from './shape.ts'

/** Where a payload stands: the attributes of its event, in its history. */
export type Place = { readonly history: History; readonly attributes: JsonObject }

/** `payload(s)`: by the shape that our contract has for it; `each`: a map of payloads, of which the named ones stay. */
export type Rule =
  | Leaf
  | { readonly fields: Fields }
  | { readonly list: Leaf }
  | { readonly payload: (place: Place) => Shape | undefined }
  | { readonly payloads: (place: Place) => Shape | undefined }
  | { readonly each: Readonly<Record<string, Shape>> }

export type Fields = Readonly<Record<string, Rule>>

const named: Rule = { fields: { name: 'name' } }
const queue: Rule = { fields: { name: 'queue', kind: 'fact', normalName: 'queue' } }

const failure: Fields = {
  message: 'message',
  source: 'name',
  stackTrace: 'none',
  encodedAttributes: { payload: () => ({ message: 'message', stack_trace: 'none' }) },
  get cause(): Rule {
    return { fields: failure }
  },
  applicationFailureInfo: {
    fields: {
      type: 'name',
      nonRetryable: 'fact',
      nextRetryDelay: 'fact',
      category: 'fact',
      details: { payloads: () => shapes.failureDetail },
    },
  },
  timeoutFailureInfo: { fields: { timeoutType: 'fact' } },
  canceledFailureInfo: { fields: {} },
  terminatedFailureInfo: { fields: {} },
  serverFailureInfo: { fields: { nonRetryable: 'fact' } },
  resetWorkflowFailureInfo: { fields: {} },
  activityFailureInfo: {
    fields: {
      scheduledEventId: 'fact',
      startedEventId: 'fact',
      identity: 'identity',
      activityType: named,
      activityId: 'fact',
      retryState: 'fact',
    },
  },
}

const updateMeta: Rule = { fields: { updateId: 'update', identity: 'identity' } }
const updateRequest: Rule = {
  fields: {
    meta: updateMeta,
    input: {
      fields: {
        name: 'name',
        args: { payloads: (place) => updateAt(place)?.asks },
      },
    },
  },
}
const retryPolicy: Rule = {
  fields: {
    initialInterval: 'fact',
    backoffCoefficient: 'fact',
    maximumInterval: 'fact',
    maximumAttempts: 'fact',
    nonRetryableErrorTypes: { list: 'name' },
  },
}
/** Of a run, and of a child's. */
const inputOf: Rule = {
  payloads: ({ attributes }) => shapes.inputs[textAt(attributes, 'workflowType', 'name') ?? ''],
}
const memo: Rule = { fields: { fields: { each: shapes.memo } } }
const searchAttributes: Rule = { fields: { indexedFields: { each: shapes.searchAttributes } } }
const ofTask: Fields = { scheduledEventId: 'fact', startedEventId: 'fact', identity: 'identity' }
const byTask: Fields = { workflowTaskCompletedEventId: 'fact' }
const ofChild: Fields = { initiatedEventId: 'fact', workflowType: named }

/** By the event's name, as `nameOf` has it; an event that is not named here keeps its place and nothing else. */
export const eventFields: Readonly<Record<string, Fields>> = {
  WorkflowExecutionStarted: {
    workflowType: named,
    taskQueue: queue,
    input: inputOf,
    workflowExecutionTimeout: 'fact',
    workflowRunTimeout: 'fact',
    workflowTaskTimeout: 'fact',
    originalExecutionRunId: 'run',
    identity: 'identity',
    firstExecutionRunId: 'run',
    attempt: 'fact',
    workflowExecutionExpirationTime: 'fact',
    firstWorkflowTaskBackoff: 'fact',
    memo,
    searchAttributes,
    workflowId: 'workflow',
  },
  WorkflowTaskScheduled: { taskQueue: queue, startToCloseTimeout: 'fact', attempt: 'fact' },
  WorkflowTaskStarted: { scheduledEventId: 'fact', identity: 'identity', suggestContinueAsNew: 'fact' },
  WorkflowTaskCompleted: {
    ...ofTask,
    sdkMetadata: {
      fields: {
        coreUsedFlags: { list: 'fact' },
        langUsedFlags: { list: 'fact' },
        sdkName: 'name',
        sdkVersion: 'version',
      },
    },
    versioningBehavior: 'fact',
    workerDeploymentName: 'deployment',
    deploymentVersion: { fields: { deploymentName: 'deployment', buildId: 'version' } },
  },
  WorkflowTaskFailed: {
    ...ofTask,
    cause: 'fact',
    failure: { fields: failure },
    baseRunId: 'run',
    newRunId: 'run',
  },
  WorkflowTaskTimedOut: { scheduledEventId: 'fact', startedEventId: 'fact', timeoutType: 'fact' },
  ActivityTaskScheduled: {
    ...byTask,
    activityId: 'fact',
    activityType: named,
    taskQueue: queue,
    input: { payloads: ({ attributes }) => shapes.activities[activityIn(attributes)]?.takes },
    scheduleToCloseTimeout: 'fact',
    scheduleToStartTimeout: 'fact',
    startToCloseTimeout: 'fact',
    heartbeatTimeout: 'fact',
    retryPolicy,
    useWorkflowBuildId: 'fact',
  },
  ActivityTaskStarted: {
    scheduledEventId: 'fact',
    identity: 'identity',
    attempt: 'fact',
    lastFailure: { fields: failure },
  },
  ActivityTaskCompleted: {
    ...ofTask,
    result: {
      payloads: ({ history, attributes }) =>
        shapes.activities[activityIn(eventNamed(history, attributes, 'scheduledEventId'))]?.gives,
    },
  },
  ActivityTaskFailed: { ...ofTask, failure: { fields: failure }, retryState: 'fact' },
  ActivityTaskTimedOut: { ...ofTask, failure: { fields: failure }, retryState: 'fact' },
  ActivityTaskCancelRequested: { ...byTask, scheduledEventId: 'fact' },
  ActivityTaskCanceled: { ...ofTask, latestCancelRequestedEventId: 'fact' },
  TimerStarted: { ...byTask, timerId: 'fact', startToFireTimeout: 'fact' },
  TimerFired: { timerId: 'fact', startedEventId: 'fact' },
  TimerCanceled: { ...byTask, timerId: 'fact', startedEventId: 'fact', identity: 'identity' },
  MarkerRecorded: {
    ...byTask,
    markerName: 'name',
    details: {
      fields: {
        data: { payloads: () => shapes.localActivityMarker },
        // Of an announcement, which has none; another's would be replaced.
        result: { payloads: () => undefined },
        'patch-data': { payloads: () => shapes.patchMarker },
      },
    },
    failure: { fields: failure },
  },
  WorkflowExecutionSignaled: {
    signalName: 'signal',
    input: { payloads: ({ attributes }) => shapes.signals[textAt(attributes, 'signalName') ?? ''] },
    identity: 'identity',
  },
  WorkflowExecutionUpdateAdmitted: { request: updateRequest, origin: 'fact' },
  WorkflowExecutionUpdateAccepted: {
    protocolInstanceId: 'update',
    acceptedRequestMessageId: 'update',
    acceptedRequestSequencingEventId: 'fact',
    acceptedRequest: updateRequest,
  },
  WorkflowExecutionUpdateCompleted: {
    meta: updateMeta,
    acceptedEventId: 'fact',
    outcome: {
      fields: {
        success: {
          payloads: (place) => updateAt(place)?.answers,
        },
        failure: { fields: failure },
      },
    },
  },
  WorkflowPropertiesModified: { ...byTask, upsertedMemo: memo },
  UpsertWorkflowSearchAttributes: { ...byTask, searchAttributes },
  StartChildWorkflowExecutionInitiated: {
    ...byTask,
    workflowId: 'workflow',
    workflowType: named,
    taskQueue: queue,
    input: inputOf,
    workflowExecutionTimeout: 'fact',
    workflowRunTimeout: 'fact',
    workflowTaskTimeout: 'fact',
    parentClosePolicy: 'fact',
    workflowIdReusePolicy: 'fact',
    memo,
  },
  StartChildWorkflowExecutionFailed: { ...ofChild, ...byTask, workflowId: 'workflow', cause: 'fact' },
  ChildWorkflowExecutionStarted: {
    ...ofChild,
    workflowExecution: { fields: { workflowId: 'workflow', runId: 'run' } },
  },
  WorkflowExecutionCancelRequested: { cause: 'text', identity: 'identity' },
  WorkflowExecutionCompleted: {
    ...byTask,
    result: {
      payloads: ({ history }) =>
        shapes.results[textAt(attributesOf(history.events[0]), 'workflowType', 'name') ?? ''],
    },
  },
  WorkflowExecutionFailed: { ...byTask, failure: { fields: failure }, retryState: 'fact' },
  WorkflowExecutionCanceled: byTask,
  WorkflowExecutionTimedOut: { retryState: 'fact' },
  WorkflowExecutionTerminated: { reason: 'text', identity: 'identity' },
}

/** What stands around the attributes. `userMetadata` is told apart in `scrub.ts`. */
export const envelope: Fields = {
  eventId: 'fact',
  eventTime: 'fact',
  eventType: 'fact',
  workerMayIgnore: 'fact',
}

const activityIn = (attributes: JsonObject) => textAt(attributes, 'activityType', 'name') ?? ''
const updateAt = ({ history, attributes }: Place) => shapes.updates[updateNameOf(history, attributes) ?? '']

function eventNamed({ events }: History, attributes: JsonObject, field: string): JsonObject {
  return attributesOf(events[Number(textAt(attributes, field)) - 1])
}
