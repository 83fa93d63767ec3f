/**
 * One judge for every fault: reads what is left of a run and says which of the invariants N, D, V and A it breaks
 * (requirements, "Faults"). It trusts what 8x8 and Temporal have written down, not what our code says of itself.
 */
import { isFinal, type LoginEventType } from '../../domain/login.ts'
import { MAX_LOGIN_SECONDS } from '../../domain/policy.ts'
import type { LoggedRequest } from '../../sandbox/request-log.ts'
import type { Effect, Evidence, RunEvidence, Told } from './evidence.ts'

export type Violation = {
  readonly invariant: 'N' | 'D' | 'V' | 'A'
  readonly what: string
  readonly evidence: unknown
}

export type Terms = {
  /** How long no worker was there, or no server; deadlines are late by that much at most. Default 0. */
  readonly outageMs?: number
  /** Every login must have ended. Default `false`. */
  readonly isOver?: boolean
}

const GRACE_MS = 60_000
const MOST_SENDS = 5
const MOST_CHECKS_OF_A_SESSION = 5
/** A request is logged when it arrives and guarded when it has been read. */
const LOG_SLACK_MS = 250

const terminal: readonly LoginEventType[] = [
  'login.verified',
  'login.failed',
  'login.expired',
  'login.canceled',
  'login.superseded',
]

/** One login with all that belongs to it; more runs than one are an operator's resets. */
type Case = {
  readonly id: string
  readonly runs: readonly RunEvidence[]
  readonly sends: readonly Readonly<LoggedRequest>[]
  readonly checks: readonly (readonly [request: Readonly<LoggedRequest>, intent: Effect])[]
  readonly told: readonly Told[]
}

/** @returns nothing when all invariants hold */
export function judge(evidence: Evidence, terms: Terms = {}): Violation[] {
  const { cases, strays } = sort(evidence)
  return [
    ...strays,
    ...cases.flatMap((it) => [
      ...nothingLost(it, evidence.at, terms),
      ...noDoubleSend(it),
      ...noFalseVerdict(it),
      ...attemptsAccounted(it),
    ]),
    ...numbersWithinLimits(evidence),
    ...toldAreKept(evidence),
  ]
}

/** Whose request it was: a request without an intent that was durable before it is a violation by itself. */
function sort({ requests, runs, told }: Evidence): { cases: Case[]; strays: Violation[] } {
  const strays: Violation[] = []
  const sends = new Map<string, Readonly<LoggedRequest>[]>()
  const checks = new Map<string, [Readonly<LoggedRequest>, Effect][]>()
  const intents = runs
    .flatMap((run) => run.effects.map((effect) => ({ ...effect, run })))
    .sort((a, b) => a.scheduledAt - b.scheduledAt)
  for (const request of requests) {
    const before = intents.filter(({ scheduledAt }) => scheduledAt <= Date.parse(request.at))
    if (request.operation === 'read') {
      strays.push({ invariant: 'V', what: 'a session was read without a code', evidence: request })
    } else if (request.operation === 'send') {
      const intent = before.findLast(
        ({ type, run }) => type === 'sendCode' && run.input.phone === request.phone,
      )
      if (intent) push(sends, intent.run.input.loginId, request)
      else strays.push({ invariant: 'D', what: 'a send without an intent', evidence: request })
    } else {
      const intent = before.findLast(
        ({ type, challenge, code }) =>
          type === 'checkCode' && challenge === request.sessionId && code === request.code,
      )
      if (intent) push(checks, intent.run.input.loginId, [request, intent])
      else strays.push({ invariant: 'A', what: 'a check without an intent', evidence: request })
    }
  }
  const ids = [...new Set(runs.map(({ input }) => input.loginId))]
  const cases = ids.map((id) => ({
    id,
    runs: runs.filter(({ input }) => input.loginId === id),
    sends: sends.get(id) ?? [],
    checks: checks.get(id) ?? [],
    told: told.filter(({ login }) => login?.id === id),
  }))
  return { cases, strays }
}

function push<T>(lists: Map<string, T[]>, id: string, item: T): void {
  lists.set(id, [...(lists.get(id) ?? []), item])
}

/** N: one run, one end, in time. */
function nothingLost({ id, runs }: Case, at: number, { outageMs = 0, isOver = false }: Terms): Violation[] {
  const found: Violation[] = []
  const say = (what: string, evidence: unknown) => found.push({ invariant: 'N', what, evidence })
  const own = runs.filter(({ runId, originalRunId }) => runId === originalRunId)
  if (own.length !== 1) say(`login ${id} has ${own.length} runs`, own)
  for (const run of runs) {
    const { record, status, closedAt, isDisabled } = run
    const latest = deadlineOf(run) + GRACE_MS + outageMs
    if (status === 'open' && isOver && !isDisabled) say(`login ${id} has not ended`, run)
    if ((closedAt ?? at) > latest && !isDisabled) say(`login ${id} ended late or not at all`, run)
    if (status === 'failed' || status === 'canceled' || (status === 'completed' && record === null)) {
      say(`login ${id} was closed as ${status}, without a story`, run)
    }
    if (record === null) continue
    const ends = record.events.filter(({ type }) => terminal.includes(type))
    if (ends.length !== 1) say(`login ${id} has ${ends.length} terminal events`, record)
    if (ends[0]?.type !== `login.${record.login.status}`)
      say(`login ${id} ended otherwise than it says`, record)
    const isInOrder = record.events.every(({ sequence }, n) => sequence === n + 1)
    if (!isInOrder) say(`login ${id} has lost an event`, record)
  }
  return found
}

/** D: one message, one for each resend granted, and one more when an answer was lost. */
function noDoubleSend({ id, runs, sends }: Case): Violation[] {
  const accepted = sends.filter((send) => send.accepted)
  const resends = Math.max(...runs.map(({ resendsGranted }) => resendsGranted))
  const isAmbiguous = runs.some(({ effects }) => effects.some(isLostSend))
  const most = Math.min(MOST_SENDS, 1 + resends + (isAmbiguous ? 1 : 0))
  if (accepted.length <= most) return []
  return [
    {
      invariant: 'D',
      what: `login ${id} sent ${accepted.length} messages, at most ${most}`,
      evidence: accepted,
    },
  ]
}

function isLostSend({ type, end }: Effect): boolean {
  const isKnown = ['completed sent', 'completed refused', 'completed too_early', 'failed not-done']
  return type === 'sendCode' && !isKnown.includes(end) && end !== 'timed out SCHEDULE_TO_START'
}

/** D: the number's windows and interval, whatever logins the sends belong to (FRD-2). */
function numbersWithinLimits({ requests, runs }: Evidence): Violation[] {
  const accepted = requests.filter(
    ({ operation, accepted: isAccepted }) => operation === 'send' && isAccepted,
  )
  return [...new Set(accepted.map(({ phone }) => phone))].flatMap((phone) => {
    const policy = runs.find(({ input }) => input.phone === phone)?.input.policy
    const times = accepted.filter((send) => send.phone === phone).map(({ at }) => Date.parse(at))
    if (policy === undefined) return []
    const interval = { sends: 1, seconds: policy.resendIntervalSeconds - LOG_SLACK_MS / 1000 }
    return [interval, ...policy.sendLimits].flatMap(({ sends, seconds }): Violation[] => {
      const isOver = times.some((at, n) => at < (times[n - sends] ?? -Infinity) + seconds * 1000)
      const what = `a number was sent more than ${sends} messages in ${seconds} s`
      return isOver ? [{ invariant: 'D', what, evidence: times }] : []
    })
  })
}

/** V: verified only by this login's own code, judged by 8x8 in a session of this login's own, in time. */
function noFalseVerdict({ id, runs, sends, checks, told }: Case): Violation[] {
  const found: Violation[] = []
  const say = (what: string, evidence: unknown) => found.push({ invariant: 'V', what, evidence })
  const reached = checks.filter(([request]) => !isCertainlyNotJudged(request))
  for (const [session, count] of countBy(reached.map(([request]) => request.sessionId ?? ''))) {
    if (count > MOST_CHECKS_OF_A_SESSION) say(`session ${session} was asked ${count} times`, checks)
  }
  const { maxAttempts = 0 } = runs[0]?.input.policy ?? {}
  if (reached.length > maxAttempts) say(`login ${id} was checked ${reached.length} times`, checks)

  const records = runs.flatMap(({ record }) => record ?? [])
  const isVerified =
    records.some(({ login }) => login.status === 'verified') ||
    told.some(({ login }) => login?.status === 'verified')
  if (!isVerified) return found
  const proof = checks.some(([request, intent]) => {
    const session = sends.filter((send) => send.accepted && send.sessionId === request.sessionId)
    const isOwn = session.some((send) => asksForNewCode(send) && send.phone === runs[0]?.input.phone)
    const right = session.findLast(({ at }) => at <= request.at)?.code
    const isRight = request.accepted && request.status === 'VERIFIED' && request.code === right
    return isOwn && isRight && intent.scheduledAt < deadlineAt(runs, intent.scheduledAt)
  })
  if (!proof)
    say(`login ${id} is verified, and 8x8 did not judge its own right code in time`, { sends, checks })
  const isSaidSo = runs.some(({ effects }) => effects.some(({ end }) => end === 'completed verified'))
  if (!isSaidSo) say(`login ${id} is verified, and no answer of 8x8 said so`, runs)
  return found
}

/** A: what reached 8x8 had been counted, and what was counted is off what is left. */
function attemptsAccounted({ id, runs, checks }: Case): Violation[] {
  const reached = checks.filter(([request]) => !isCertainlyNotJudged(request))
  // A reset run's history begins with a copy of the events before it.
  const counted = Math.max(...runs.map(({ effects }) => effects.filter(isSpentCheck).length))
  const uncounted: Violation = {
    invariant: 'A',
    what: `login ${id} had ${reached.length} codes checked and counted ${counted}`,
    evidence: { checks, runs },
  }
  const unspent = runs.flatMap(({ input, record, effects }): Violation[] => {
    if (record === null) return []
    const spent = effects.filter(
      (effect) => isSpentCheck(effect) && !costsNothing.includes(effect.end),
    ).length
    if (input.policy.maxAttempts - record.login.attemptsLeft >= spent) return []
    return [{ invariant: 'A', what: `login ${id} has more attempts left than it should`, evidence: record }]
  })
  return [...(reached.length > counted ? [uncounted] : []), ...unspent]
}

/** Verdicts after which nobody counts. */
const costsNothing = ['completed verified', 'completed expired']

function isSpentCheck({ type, end }: Effect): boolean {
  const isGivenBack = ['completed unauthorized', 'failed not-done', 'failed after-reset']
  return type === 'checkCode' && !isGivenBack.includes(end) && end !== 'timed out SCHEDULE_TO_START'
}

/** 401, 403 and 429 say that the code was not looked at (ATT-6). */
function isCertainlyNotJudged({ accepted, answered }: Readonly<LoggedRequest>): boolean {
  return !accepted && (answered === 401 || answered === 403 || answered === 429)
}

/** N and V: what a caller was told exists, and a final word stands. */
function toldAreKept({ told, runs }: Evidence): Violation[] {
  return told.flatMap((answer): Violation[] => {
    const { login } = answer
    if (login === null) return []
    const own = runs.filter(({ input }) => input.loginId === login.id)
    if (own.length === 0) return [{ invariant: 'N', what: `login ${login.id} is lost`, evidence: answer }]
    if (!isFinal(login.status)) return []
    const isKept = own.some(
      ({ record, status, isDisabled }) =>
        isDisabled || finalStatusOf(record?.login.status, status) === login.status,
    )
    if (isKept) return []
    const invariant = login.status === 'verified' ? 'V' : 'N'
    const what = `a caller was told that ${login.id} is ${login.status}, and it is not`
    return [{ invariant, what, evidence: { answer, own } }]
  })
}

/** Temporal's close status wins over the story (design 2, End). */
function finalStatusOf(recorded: string | undefined, status: RunEvidence['status']): string | undefined {
  if (status === 'terminated') return 'failed'
  return status === 'timed out' ? 'expired' : recorded
}

function asksForNewCode({ body }: Readonly<LoggedRequest>): boolean {
  const { resetSession, createNew } = body as { resetSession?: unknown; createNew?: unknown }
  return resetSession === true || createNew === true
}

function deadlineOf({ input, record, startedAt }: RunEvidence): number {
  if (record?.login.expiresAt) return Date.parse(record.login.expiresAt)
  const seconds = record === null ? MAX_LOGIN_SECONDS : 0
  return startedAt + (input.policy.codeValiditySeconds + seconds) * 1000
}

/** The deadline as it stood then: the newest code's, and never more than ten minutes after the first. */
function deadlineAt(runs: readonly RunEvidence[], at: number): number {
  const codes = runs.flatMap(
    ({ record }) =>
      record?.events.flatMap((event) =>
        event.type === 'login.code_sent' && Date.parse(event.at) <= at
          ? [{ at: Date.parse(event.at), until: Date.parse(event.data.expiresAt) }]
          : [],
      ) ?? [],
  )
  const [first, last] = [codes[0], codes.at(-1)]
  if (first === undefined || last === undefined) return -Infinity
  return Math.min(last.until, first.at + MAX_LOGIN_SECONDS * 1000)
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
