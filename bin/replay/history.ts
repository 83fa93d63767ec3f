/** A run's history as JSON, whole enough to be replayed. */
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import {
  at,
  elementsOf,
  isArray,
  isObject,
  objectAt,
  parseJson,
  textAt,
  type Json,
  type JsonObject,
} from './json.ts'

/** Events in their order, 1, 2, 3…; payloads as Temporal stores them, or as its UI shows them (`payloads.ts`). */
export type History = { readonly events: readonly JsonObject[] }

/** This is no history that can be replayed; the message says why, and holds nothing of what it says. */
export class UnreadableError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnreadableError'
  }
}

/**
 * Reads what `temporal workflow show --output json` and the UI's download write: `{"events": […]}`, or the array.
 *
 * @throws UnreadableError
 */
export function parseHistory(text: string): History {
  let json: Json
  try {
    json = parseJson(text)
  } catch {
    throw new UnreadableError('it is not JSON')
  }
  const events = isArray(json) ? json : elementsOf(at(json, 'events'))
  if (events.length === 0 || !events.every(isObject))
    throw new UnreadableError('it is not a history: no events')
  const history = { events }
  checkWhole(history)
  return history
}

/** As the server sends it. @throws UnreadableError */
export function toHistory(history: Parameters<typeof historyToJSON>[0]): History {
  return parseHistory(historyToJSON(history))
}

/** `WorkflowExecutionStarted`, as the Temporal CLI and UI write it; `undefined` for an event without attributes. */
export function nameOf(event: JsonObject | undefined): string | undefined {
  const key = attributesKey(event)
  return key && key.charAt(0).toUpperCase() + key.slice(1).replace(/EventAttributes$/, '')
}

export function attributesOf(event: JsonObject | undefined): JsonObject {
  return objectAt(event, attributesKey(event) ?? '')
}

export function attributesKey(event: JsonObject | undefined): string | undefined {
  return Object.keys(event ?? {}).find((key) => key.endsWith('EventAttributes'))
}

export const workflowIdOf = ({ events }: History) => textAt(attributesOf(events[0]), 'workflowId')

/** Of a run that an operator's reset has made: the run that its history began with. */
export const runIdOf = ({ events }: History) => textAt(attributesOf(events[0]), 'originalExecutionRunId')

/** The name of the update that an event is about, by its attributes: admitted, accepted, or completed. */
export function updateNameOf(history: History, attributes: JsonObject): string | undefined {
  const { events } = history
  const accepted = Number(textAt(attributes, 'acceptedEventId'))
  if (accepted > 0) return updateNameOf(history, attributesOf(events[accepted - 1]))
  const asked =
    textAt(attributes, 'acceptedRequest', 'input', 'name') ?? textAt(attributes, 'request', 'input', 'name')
  if (asked !== undefined) return asked
  // After a reset, the request stands with the admission and no longer with the acceptance.
  const id = textAt(attributes, 'protocolInstanceId')
  const admitted = events
    .map(attributesOf)
    .find((other) => id && textAt(other, 'request', 'meta', 'updateId') === id)
  return textAt(admitted, 'request', 'input', 'name')
}

const endsOfTask = new Set([
  'WorkflowTaskCompleted',
  'WorkflowTaskFailed',
  'WorkflowTaskTimedOut',
  'WorkflowExecutionTerminated',
  'WorkflowExecutionTimedOut',
])

/**
 * What is less than this stops the SDK's replay for good (measured with 1.24.0): its native part panics, prints the
 * events, and never answers.
 */
function checkWhole(history: History): void {
  const { events } = history
  events.forEach(({ eventId }, index) => {
    if (Number(eventId) !== index + 1)
      throw new UnreadableError(`event ${index + 1} is missing or out of place`)
  })
  const names = events.map(nameOf)
  names.forEach((name, index) => {
    if (!name) throw new UnreadableError(`event ${index + 1} has no attributes`)
    const next = names[index + 1]
    if (name === 'WorkflowTaskStarted' && next !== undefined && !endsOfTask.has(next))
      throw new UnreadableError(`event ${index + 2} cannot follow a WorkflowTaskStarted`)
  })
  const isBegun = nameOf(events[0]) === 'WorkflowExecutionStarted' && runIdOf(history)
  if (!isBegun || !textAt(attributesOf(events[0]), 'workflowType', 'name'))
    throw new UnreadableError('it does not begin with the start of a workflow')
  if (events.length === 1)
    throw new UnreadableError('no worker has been asked for yet, so there is nothing to replay')
}
