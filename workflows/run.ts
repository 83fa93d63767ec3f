/** What one run knows: its events, the login they fold to, the number's budget, and what is under way. */
import { setCurrentDetails, upsertMemo, workflowInfo } from '@temporalio/workflow'
import { isDisabled, type Budget } from '../domain/budget.ts'
import { apply, begin, isFinal, startedEvent, toEvent } from '../domain/login.ts'
import type { Login, LoginEvent, LoginFact, SendFailure } from '../domain/login.ts'
import { DISABLED_NOTE, tellLogin } from '../domain/story.ts'
import type { LoginInput } from './messages.ts'
import { countEvent } from './metrics.ts'

export type Run = {
  readonly input: LoginInput
  /** When the server took the start, by its clock. */
  readonly startedAt: number
  readonly events: LoginEvent[]
  /** All events folded; `view` adds what is under way. */
  login: Login
  budget: Budget
  /** The budget that the memo holds. */
  savedBudget: Budget | undefined
  /** What is under way; changed by `setBusy` only. */
  busy: 'sending' | 'checking' | undefined
  /** Names the code at the provider. Set only by a send of this login that asked for a new code (design idea 3). */
  challenge: string | undefined
  firstSentAt: number | undefined
  /** Why the newest send brought no code. */
  sendFailure: { readonly failure: SendFailure; readonly cause: string } | undefined
}

export function openRun(input: LoginInput): Run {
  const startedAt = workflowInfo().startTime.getTime()
  const started = startedEvent(input, startedAt)
  const run: Run = {
    input,
    startedAt,
    events: [started],
    login: begin(input.loginId, started),
    budget: input.budget,
    savedBudget: undefined,
    busy: undefined,
    challenge: undefined,
    firstSentAt: undefined,
    sendFailure: undefined,
  }
  countEvent(run, started)
  tell(run)
  return run
}

export function record(run: Run, fact: LoginFact): void {
  const event = toEvent(run.input.loginId, run.events, Date.now(), fact)
  run.events.push(event)
  run.login = apply(run.login, event)
  countEvent(run, event)
  tell(run)
}

export function setBusy(run: Run, busy: Run['busy']): void {
  run.busy = busy
  tell(run)
}

/** Keeps the UI's "current details": read when somebody looks, by a query that leaves no event. */
export function tell(run: Run): void {
  const told = tellLogin(view(run), run.events)
  // While a check is under way its failure is charged, not certain.
  const isCertain = run.busy === undefined || isFinal(run.login.status)
  setCurrentDetails(isCertain && isDisabled(run.budget) ? `${DISABLED_NOTE}\n\n${told}` : told)
}

/** The login as it is shown: an attempt under way is counted already. */
export function view(run: Run): Login {
  const { login, busy } = run
  if (isFinal(login.status) || busy === undefined) return login
  return busy === 'sending'
    ? { ...login, status: 'sending' }
    : { ...login, status: 'checking', attemptsLeft: login.attemptsLeft - 1 }
}

/** Makes the budget durable for the next start: with a send that it counts, the verdict of a check, an operator's clear. */
export function saveBudget(run: Run): void {
  if (run.savedBudget === run.budget) return
  upsertMemo({ budget: run.budget })
  run.savedBudget = run.budget
}

export function shortPhone(run: Run): string {
  return `••${run.input.maskedPhone.slice(-2)}`
}
