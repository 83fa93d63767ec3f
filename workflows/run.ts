/** What one run knows: its events, the login they fold to, the number's budget, and what is under way. */
import { upsertMemo, workflowInfo } from '@temporalio/workflow'
import type { Budget } from '../domain/budget.ts'
import { apply, begin, isFinal, startedEvent, toEvent } from '../domain/login.ts'
import type { Channel, Login, LoginEvent, LoginFact, SendFailure } from '../domain/login.ts'
import type { LoginInput } from './messages.ts'

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
  return {
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
}

export function record(run: Run, fact: LoginFact): void {
  const event = toEvent(run.input.loginId, run.events, Date.now(), fact)
  run.events.push(event)
  run.login = apply(run.login, event)
}

/** The login as it is shown: an attempt under way is counted already. */
export function view(run: Run): Login {
  const { login, busy } = run
  if (isFinal(login.status) || busy === undefined) return login
  return busy === 'sending'
    ? { ...login, status: 'sending' }
    : { ...login, status: 'checking', attemptsLeft: login.attemptsLeft - 1 }
}

/** Makes the budget durable for the next start; in the same workflow task as the effect that it counts. */
export function saveBudget(run: Run): void {
  if (run.savedBudget === run.budget) return
  upsertMemo({ budget: run.budget })
  run.savedBudget = run.budget
}

export function shortPhone(run: Run): string {
  return `••${run.input.maskedPhone.slice(-2)}`
}

export const channelWords: Record<Channel, string> = { sms: 'SMS', call: 'Voice call' }
