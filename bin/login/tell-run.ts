/** A run's story for a terminal: a head, then a line or a few for each step. Nothing in it is only a colour. */
import { styleText } from 'node:util'
import { channelWords } from '../../domain/story.ts'
import { CLEAR_WORKFLOW_TYPE } from '../../workflows/messages.ts'
import { isOpen, statusOf, type RunStory, type Step } from './read-run.ts'
import { clock, oneLine, plain, tellBudget, tellPending, tellSpan, tellStep } from './tell-step.ts'

export type Telling = {
  readonly now: number
  /** Of the Temporal UI, without a slash at the end. */
  readonly uiUrl: string
  readonly namespace: string
  /** Under each step the whole address of its event. */
  readonly isLinked: boolean
  /** Whether a worker polls; `undefined` when nobody knows. */
  readonly isPolled: boolean | undefined
  readonly complaints: readonly string[]
  readonly paint: Paint
}

/** What a terminal can do and a file cannot. */
export type Paint = {
  readonly strong: (text: string) => string
  readonly link: (text: string, url: string) => string
}

export const noPaint: Paint = { strong: (text) => text, link: (text) => text }

/** OSC 8 is what terminals take for a link. `NO_COLOR` is honoured by `styleText`. */
export const terminalPaint: Paint = {
  strong: (text) => styleText('bold', text),
  link: (text, url) => `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`,
}

const WIDTH = 100

export function tellRun(story: RunStory, telling: Telling): readonly string[] {
  const { now, complaints, paint } = telling
  const page = pageOf(story, telling)
  const { budget, terms, endedAt = now } = story
  const lines = [
    ...headOf(story, telling).flatMap(([name, value]) => hang(`${name.padEnd(9)} `, value)),
    ...complaints.flatMap((complaint) => hang('unread    ', `${complaint}; told is what needs no key`)),
    '',
    `${'UTC'.padEnd(10)}${'since'.padEnd(10)}event, in the UI under …/history/events/{number}`,
    ...story.steps.flatMap((step) => tellStepLines(story, step, page, telling)),
    ...story.pending.flatMap((pending) =>
      hang(`${clock(now)}  ${'now'.padEnd(17)}`, tellPending(pending, now)),
    ),
  ]
  if (budget === undefined || terms === undefined) return lines
  const wait = budget.earliestSendAt > now ? `, next send not before ${clock(budget.earliestSendAt)}` : ''
  const left = `${tellBudget(budget, endedAt, terms)}${wait}`
  return [...lines, '', ...hang('budget left  ', left).map(paint.strong)]
}

/** One line: when, what became of it, which run, whose. */
export function tellOverview(story: RunStory): string {
  const { startedAt, runId, about } = story
  return [day(startedAt), clip(tellStatus(story), 29).padEnd(29), runId, oneLine(about?.app ?? '')]
    .join('  ')
    .trimEnd()
}

function headOf(story: RunStory, telling: Telling): readonly (readonly [name: string, value: string])[] {
  const { about, startedAt, endedAt, workerVersion, resetTo } = story
  const took = tellSpan((endedAt ?? telling.now) - startedAt)
  const rows: [string, string][] = [
    ['status', telling.paint.strong(tellStatus(story))],
    ['started', `${day(startedAt)} UTC`],
    ['ended', endedAt === undefined ? `not yet, open for ${took}` : `${day(endedAt)} UTC, after ${took}`],
    ['workflow', story.workflowId],
    ['run', story.runId],
    ['UI', pageOf(story, telling)],
  ]
  if (workerVersion !== undefined) rows.push(['version', oneLine(workerVersion)])
  if (resetTo !== undefined) rows.push(['reset to', `run ${oneLine(resetTo)}`])
  const stuck = whyStuck(story, telling)
  if (stuck !== undefined) rows.splice(1, 0, ['stuck', telling.paint.strong(stuck)])
  if (about === undefined) return rows
  return [
    ['login', oneLine(about.loginId)],
    ...rows.slice(0, 1),
    [
      'phone',
      `${plain(about.maskedPhone)} (${plain(about.country)}), ${channelWords[story.login?.channel ?? about.channel]}`,
    ],
    ['for', `${plain(about.brand)}: ${about.purpose}, asked for by the app ${oneLine(about.app)}`],
    ...rows.slice(1),
    [
      'before',
      about.previousRunId === null ? 'no run of this number' : `run ${oneLine(about.previousRunId)}`,
    ],
  ]
}

function tellStatus(story: RunStory): string {
  const { type, clearedBy, temporalStatus, listedStatus = temporalStatus, isNumberDisabled } = story
  if (type === CLEAR_WORKFLOW_TYPE) return `cleared by ${plain(clearedBy ?? 'somebody')}`
  const known = statusOf(story) ?? { status: listedStatus }
  const words = [known.status, known.reason].filter(Boolean).join(': ').replaceAll('_', ' ')
  if (isOpen(story) && isNumberDisabled) return `${words}; the number is disabled`
  return isOpen(story) || temporalStatus === 'completed' ? words : `${words} (${temporalStatus})`
}

/** An open login that no worker answers for: what an engineer must see first. */
function whyStuck(story: RunStory, { isPolled, now }: Telling): string | undefined {
  const [pending] = story.pending
  if (!isOpen(story) || story.login !== undefined) return undefined
  const worker =
    isPolled === undefined
      ? ''
      : isPolled
        ? '; a worker polls its task queue'
        : '; no worker polls its task queue'
  const failed = story.steps.findLast((step) => step.kind === 'task failed')
  const last = failed === undefined ? '' : `; the last failure that was recorded is #${failed.eventId}`
  return `${pending === undefined ? 'no worker answers for it' : tellPending(pending, now)}${worker}${last}`
}

function tellStepLines(story: RunStory, step: Step, page: string, { paint, isLinked }: Telling): string[] {
  const url = `${page}/events/${step.eventId}`
  const number = `#${step.eventId}`
  const isFact = step.kind === 'fact'
  const place = `${clock(step.at)}  ${since(step.at - story.startedAt).padEnd(9)} ${number.padEnd(isFact ? 5 : 7)}`
  const [first, ...more] = tellStep(step).flatMap((text, index) =>
    hang(index === 0 ? place : blank(place), text),
  )
  if (first === undefined) return []
  const linked = first.replace(number, () => paint.link(number, url))
  return [isFact ? paint.strong(linked) : linked, ...more, ...(isLinked ? [`${blank(place)}${url}`] : [])]
}

/** Lines of 100 characters at most, where words allow it; the first begins with `start`, the others under its end. */
function hang(start: string, text: string): string[] {
  const lines: string[] = []
  let line = start
  for (const word of text.split(' ')) {
    const isFull = line.length > start.length && line.length + word.length > WIDTH
    if (isFull) {
      lines.push(line.trimEnd())
      line = blank(start)
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()]
}

const blank = (text: string) => ' '.repeat(text.length)
const clip = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
const day = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

/** `+0.196`, `+5:12.345`. */
function since(ms: number): string {
  const seconds = (ms % 60_000) / 1000
  return ms < 60_000
    ? `+${seconds.toFixed(3)}`
    : `+${Math.floor(ms / 60_000)}:${seconds.toFixed(3).padStart(6, '0')}`
}

function pageOf({ workflowId, runId }: RunStory, { uiUrl, namespace }: Telling): string {
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`
}
