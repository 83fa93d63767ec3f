/** The SDK's message about a divergence (TMPRL1100), as two plain lines: what the history says, and what the code did. */
import { attributesOf, nameOf, type History } from './history.ts'
import { textAt } from './json.ts'
import { tellEvent } from './tell.ts'

export type Divergence = {
  /** The event with its id, its type, and what it is about. */
  readonly history: string
  readonly code: string
}

/**
 * @param message as version 1.24.0 of the SDK words it; what it repeats of the history is left out
 * @param diverges whether the history cut after its n-th event diverges too, for messages that name no event
 */
export async function explain(
  message: string,
  history: History,
  diverges: (events: number) => Promise<boolean>,
): Promise<Divergence> {
  const named = /HistoryEvent\(id: (\d+),|HistoryEvent \{ event_id: (\d+),/.exec(message)
  const id = Number(named?.[1] ?? named?.[2] ?? (await firstDiverging(history, diverges)))
  // Code that breaks, breaks before its first command: the next one of the history is what it did not come to.
  const index = named ? id - 1 : history.events.findIndex((event, at) => at >= id - 1 && isCommand(event))
  const found = index < 0 ? id - 1 : index
  const told = tellEvent(history, found)
  return {
    history: `event ${found + 1} ${nameOf(history.events[found]) ?? ''}${told && `: ${told}`}`,
    code: codeIn(message),
  }
}

/** Found by halving: once a history diverges, all longer cuts of it do. The shortest cut that replays has two events. */
async function firstDiverging(
  { events }: History,
  diverges: (events: number) => Promise<boolean>,
): Promise<number> {
  let replays = 1
  let diverging = events.length
  while (diverging - replays > 1) {
    const middle = Math.ceil((replays + diverging) / 2)
    if (await diverges(middle)) diverging = middle
    else replays = middle
  }
  return diverging
}

function isCommand(event: History['events'][number]): boolean {
  return (
    textAt(attributesOf(event), 'workflowTaskCompletedEventId') !== undefined ||
    nameOf(event) === 'WorkflowExecutionUpdateAccepted'
  )
}

function codeIn(message: string): string {
  for (const [pattern, tell] of readings) {
    const found = pattern.exec(message)
    if (found) return tell(found[1] ?? '', found[2] ?? '')
  }
  // What follows a brace or a colon may be the event itself, with all that is in it.
  return `did otherwise: ${/TMPRL1100\] [^:]*: ([^{:"]*)/.exec(message)?.[1]?.trim() ?? 'the SDK does not say what'}`
}

const readings: readonly (readonly [RegExp, (first: string, second: string) => string])[] = [
  [
    /(?:type|id) of (?:scheduled event|recorded marker) '[^']*' does not match (?:activity|child workflow) (type|id) of (?:local )?(?:activity )?command '([\w-]*)'/,
    (what, name) =>
      what === 'type'
        ? `schedules ${name} in its place`
        : `schedules one of another id, ${name}, in its place`,
  ],
  [
    /([\w ]+?) ?[Mm]achine does not handle/,
    (machine) => `${commands[machine.trim()] ?? `asks for something else (${machine})`} in its place`,
  ],
  [/No command scheduled for event/, () => 'makes no command in its place'],
  [/could not find a matching command/, () => 'never asked for what it answers'],
  [/patch marker encountered for change ([\w.-]+),/, (patch) => `does not ask for the patch ${patch}`],
  [
    /Failed to initialize workflow of type '(\w+)': no such function/,
    (type) => `has no workflow type ${type}`,
  ],
  [
    /stack_trace: ".*?\\n\\n(\w*Error|\w+Failure|\w+): .*?((?:workflows|domain)\/[\w/-]+\.ts:\d+)/,
    (error, place) => `breaks with ${error} at ${place}`,
  ],
  [/stack_trace: ".*?\\n\\n(\w*Error|\w+Failure): /, (error) => `breaks with ${error}`],
]

/** The SDK's names of what a command of the code is waiting in. */
const commands: Readonly<Record<string, string>> = {
  Activity: 'schedules an activity',
  'Local activity': 'schedules a local activity',
  Timer: 'starts a timer',
  Update: 'accepts or answers an update',
  UpsertWorkflowSearchAttributes: 'sets search attributes',
  ModifyWorkflowProperties: 'changes the memo',
  'Complete workflow': 'completes the workflow',
  'Fail workflow': 'fails the workflow',
  'Cancel workflow': 'ends the workflow as canceled',
  'Continue as new workflow': 'continues as new',
  'Child workflow': 'starts a child workflow',
  'Signal external WF': 'signals another workflow',
  'Cancel external WF': 'cancels another workflow',
  'Nexus operation': 'starts a Nexus operation',
}
