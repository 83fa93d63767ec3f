/** What happened, in words: the first line is the step, further ones say what came of it. */
import { isOwnRefusal } from '../../domain/blocks.ts'
import {
  decideStart,
  isDisabled,
  waitAfterFailures,
  type Budget,
  type Failures,
} from '../../domain/budget.ts'
import type { SendLimit } from '../../domain/policy.ts'
import { tellEvent } from '../../domain/story.ts'
import type { Failure } from './open-payloads.ts'
import type { Happening } from './read-event.ts'
import type { Pending, Step, Terms } from './read-run.ts'

const DAY_MS = 86_400_000

/** Of day, in UTC. */
export const clock = (at: number) => new Date(at).toISOString().slice(11, 19)

export function tellStep(step: Step): readonly string[] {
  switch (step.kind) {
    case 'fact':
      return [tellEvent(step.event)]
    case 'decided':
      return [
        ...tellDecision(step.before, step.at, step.terms),
        ...tellChange(step.before, step.after, step.at),
      ]
    case 'budget':
      return tellChange(step.before, step.after, step.at)
    case 'clearing':
      return [`${said(step.by)} asks to forgive the number’s failures: ${said(step.why)}`]
    default:
      return [tellHappening(step)]
  }
}

function tellHappening(step: Exclude<Happening, { kind: 'budget' }>): string {
  switch (step.kind) {
    case 'signal': {
      const what = step.name === 'userCode' ? (step.remark ?? 'a code came in') : 'a message came in'
      return `signal ${plain(step.name)} from ${oneLine(step.from)}: ${what}`
    }
    case 'receipt':
      return `8x8 says of the ${words(step.channel)}: ${words(step.state)}${inBrackets(step.cause)}`
    case 'update':
      return `update ${plain(step.name)}: ${tellWish(step)}`
    case 'answer':
      return `update ${plain(step.name)} is answered: ${words(step.outcome)}${inBrackets(step.why)}`
    case 'scheduled':
      return `${plain(step.activity)} is to be done${after(': ', step.summary)}`
    case 'tried again':
      return `${plain(step.activity)}: try ${step.attempt}; the one before: ${tellFailure(step.failure)}`
    case 'answered': {
      const answer = isOwnRefusal(step.cause)
        ? 'not asked of 8x8'
        : (answers[step.outcome] ?? words(step.outcome))
      return `${plain(step.activity)}: ${answer}${inBrackets(step.cause)}${inTime(step.ms)}`
    }
    case 'not answered':
      return `${plain(step.activity)} ends without an answer: ${tellFailure(step.failure)}${inTime(step.ms)}`
    case 'timer':
      return `timer ${timers[step.was]}${after(': ', step.summary)}`
    case 'task failed': {
      const by = step.by === '' ? '' : ` at ${oneLine(step.by)}`
      const what = [step.cause, step.failure?.type].filter(Boolean).join(', ')
      return `workflow task failed${by} (${plain(what)})${after(': ', hidden(step.failure?.message))}`
    }
    case 'reset':
      return `reset by an operator from run ${oneLine(step.from)}${after(': ', step.failure?.message)}`
    case 'ended': {
      const by = step.by === undefined ? '' : ` by ${oneLine(step.by)}`
      return `${plain(step.how)}${by}${after(': ', step.why)}`
    }
    case 'other':
      return plain(step.type)
  }
}

/** What an open run waits for, and how it fares. */
export function tellPending(pending: Pending, now: number): string {
  if (pending.kind === 'activity') {
    const state = pending.isTaken ? ' under way' : ', no worker has taken it'
    const next = pending.nextAt === undefined ? state : ` from ${clock(pending.nextAt)}`
    const failed = pending.failure ? `; the one before: ${tellFailure(pending.failure)}` : ''
    return `${plain(pending.activity)}: try ${pending.attempt}${next}${failed}`
  }
  const since = `${clock(pending.since)} UTC, ${tellSpan(now - pending.since)} ago`
  const tries = pending.attempt > 1 ? `; it has failed ${times(pending.attempt - 1)} in a row` : ''
  const state = pending.isTaken
    ? 'a worker has taken the workflow task of'
    : 'no worker has taken the workflow task of'
  return `${state} ${since}${tries}`
}

/** `1 of 3 sends in 10 min, …; 2 failures in a row`, at that time. */
export function tellBudget(budget: Budget, at: number, { policy, purpose }: Terms): string {
  const window = (what: string, sends: readonly number[]) => (limit: SendLimit, index: number) => {
    const noun = index === 0 ? ` ${what}` : ''
    return `${countSince(sends, at - limit.seconds * 1000)} of ${limit.sends}${noun} in ${span(limit.seconds)}`
  }
  const isEnrolment = purpose === 'enrolment'
  const windows = [
    ...policy.sendLimits.map(window('sends', budget.sends)),
    ...(isEnrolment ? policy.enrolmentSendLimits.map(window('enrolments', budget.enrolmentSends)) : []),
  ]
  const failures = tellFailures(isEnrolment ? budget.enrolmentFailures : budget.failures)
  const disabled = isDisabled(budget) ? ', the number is disabled' : ''
  return `${windows.join(', ')}; ${failures}${disabled}`
}

function tellDecision(before: Budget, at: number, terms: Terms): readonly string[] {
  const decision = decideStart(before, terms.purpose, at, terms.policy)
  const budget = tellBudget(before, at, terms)
  if (decision.outcome === 'granted') return [`start granted: ${budget}`]
  const { reason, retryAt } = decision.denial
  const until = retryAt === undefined ? '' : ` until ${clock(retryAt)}`
  return [
    `start granted by the API, and too early by the server’s clock (${words(reason)}${until}): ${budget}`,
  ]
}

function tellChange(before: Budget | undefined, after: Budget, at: number): readonly string[] {
  if (before === undefined) return ['budget: what it was before does not open']
  const inDay = (sends: readonly number[]) => countSince(sends, at - DAY_MS)
  const parts = [
    step('sends in 24 h', inDay(before.sends), inDay(after.sends)),
    step('enrolments in 24 h', inDay(before.enrolmentSends), inDay(after.enrolmentSends)),
    step('failures', before.failures.count, after.failures.count),
    waitOf(before.failures, after.failures, 'start'),
    step('failures of enrolments', before.enrolmentFailures.count, after.enrolmentFailures.count),
    waitOf(before.enrolmentFailures, after.enrolmentFailures, 'enrolment'),
    ...(before.earliestSendAt === after.earliestSendAt
      ? []
      : [`next send not before ${clock(after.earliestSendAt)}`]),
    ...(!isDisabled(before) && isDisabled(after) ? ['the number is disabled'] : []),
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? [] : [`budget: ${parts.join(', ')}`]
}

function step(what: string, before: number, after: number): string | undefined {
  return before === after ? undefined : `${what} ${before} → ${after}`
}

function waitOf(before: Failures, after: Failures, what: string): string | undefined {
  const wait = waitAfterFailures(after.count)
  return after.count > before.count && wait > 0
    ? `no ${what} before ${clock(after.lastAt + wait * 1000)}`
    : undefined
}

const countSince = (sends: readonly number[], since: number) => sends.filter((at) => at > since).length
function tellFailures({ count }: Failures): string {
  return count === 0 ? 'no failures' : `${count} failure${count === 1 ? '' : 's'} in a row`
}

function tellWish({ name, wish }: Extract<Happening, { kind: 'update' }>): string {
  switch (name) {
    case 'started':
      return 'the caller waits for the first code'
    case 'submitCode':
      return 'a code came in'
    case 'resend':
      return wish.channel === undefined
        ? 'the code is wanted again'
        : `the code is wanted again, by ${said(wish.channel)}`
    case 'cancel':
      return 'the caller ends the login'
    case 'supersede':
      return 'a newer login asks to take its place'
    case 'clear':
      return `${said(wish.by)} forgives the number’s failures: ${said(wish.why)}`
    default:
      return 'a message came in'
  }
}

const answers: Readonly<Record<string, string>> = {
  sent: '8x8 took the message',
  too_early: '8x8 says that it is too early',
  refused: '8x8 refuses',
  verified: '8x8 says that the code is right',
  incorrect: '8x8 says that the code is wrong',
  exhausted: '8x8 says that no attempt is left',
  expired: '8x8 says that the code has expired',
  gone: '8x8 knows no such code',
  unauthorized: '8x8 refuses our key',
  unknown: 'it may have happened or not',
  sealed: 'an answer, which does not open',
}

const timers = { set: 'is set', over: 'is over', dropped: 'is dropped' }

function tellFailure(failure: Failure | undefined): string {
  return failure === undefined ? 'no failure is known' : `${plain(failure.type)}${inBrackets(failure.cause)}`
}

const said = (value: unknown) => (typeof value === 'string' ? plain(value) : 'somebody')
const words = (code: string) => plain(code).replaceAll('_', ' ')
const after = (separator: string, text: string | undefined) => (text ? `${separator}${plain(text)}` : '')
const inBrackets = (text: string | undefined) => (text ? ` (${words(text)})` : '')
const inTime = (ms: number | undefined) => (ms === undefined ? '' : `, after ${tellSpan(ms)}`)
const times = (count: number) => (count === 1 ? 'once' : `${count} times`)

/** `94 ms`, `12.3 s`, `5 min 12 s`, `2 h 5 min`. */
export function tellSpan(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

function span(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}

/** Somebody else's text, for a terminal: one line, without control characters. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Z}]+/gu, ' ').trim()
}

/** The same where a person may have written a number: none as long as a phone's stays. */
export function plain(text: string): string {
  const masked = oneLine(text).replace(/\p{Nd}(?:[^\p{L}\p{Nd}]{0,2}\p{Nd}){6,}/gu, (digits) =>
    digits.replace(/\p{Nd}/gu, '•'),
  )
  return masked.length > 300 ? `${masked.slice(0, 300)}…` : masked
}

/** A message of the SDK may repeat a payload, and so a code: no number of four digits or more stays. */
function hidden(message: string | undefined): string | undefined {
  return message?.replace(/(?<!\p{L})\d{4,}/gu, (digits) => '•'.repeat(digits.length))
}
