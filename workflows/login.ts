/** The story of one login: a code goes out, codes come in, one verdict (design 2). */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import { defineSearchAttributeKey } from '@temporalio/common'
import { decideStart, isDisabled } from '../domain/budget.ts'
import { isPast } from '../domain/deadline.ts'
import { isFinal } from '../domain/login.ts'
import { checkCode } from './checking.ts'
import { openMailbox, type Ending, type Mailbox } from './mailbox.ts'
import type { LoginInput, LoginRecord } from './messages.ts'
import { openRun, record, saveBudget, view, type Run } from './run.ts'
import { resendCode, sendFirstCode } from './sending.ts'

const statusAttribute = defineSearchAttributeKey('PosternStatus', 'KEYWORD')

export async function login(input: LoginInput): Promise<LoginRecord> {
  const run = openRun(input)
  const mailbox = openMailbox(run)
  const deadline = openDeadline()
  try {
    await sendFirstCode(run, mailbox)
    while (!isFinal(run.login.status)) await nextStep(run, mailbox, deadline)
  } catch (error) {
    if (!isCancellation(error)) throw error
    // Somebody canceled the workflow itself, which is an operator's doing: the app's cancel is an update.
    record(run, { type: 'login.failed', data: { reason: 'operator', cause: 'canceled' } })
  }
  return CancellationScope.nonCancellable(() => close(run, mailbox))
}

/** One message or the deadline, whichever comes first; one effect at a time. */
async function nextStep(run: Run, mailbox: Mailbox, deadline: Deadline): Promise<void> {
  if (run.login.expiresAt !== null) {
    deadline.arm(run.login.expiresAt)
    mailbox.started.resolve()
  }
  await condition(
    () =>
      mailbox.ending !== undefined ||
      deadline.isPast() ||
      mailbox.codes.length > 0 ||
      mailbox.resend !== undefined,
  )
  const submission = mailbox.ending || deadline.isPast() ? undefined : mailbox.codes.shift()
  if (mailbox.ending) {
    end(run, mailbox, mailbox.ending)
  } else if (deadline.isPast()) {
    record(run, { type: 'login.expired', data: { reason: 'deadline' } })
  } else if (submission) {
    mailbox.checking = submission
    const answer = await checkCode(run, submission.code)
    mailbox.checking = undefined
    mailbox.pendingCodes -= 1
    submission.answer.resolve(answer)
  } else if (mailbox.resend) {
    const { channel, answer } = mailbox.resend
    const result = await resendCode(run, mailbox, channel)
    mailbox.resend = undefined
    answer.resolve({ ...result, login: view(run) })
  }
}

/** A cancel, or a newer login. The newer one is asked again what the budget says: a send may just have gone out. */
function end(run: Run, mailbox: Mailbox, ending: Ending): void {
  if (ending.by === 'caller') return record(run, { type: 'login.canceled', data: { reason: 'caller' } })
  const decision = decideStart(run.budget, ending.purpose, Date.now(), run.input.policy)
  if (decision.outcome === 'granted') {
    return record(run, { type: 'login.superseded', data: { reason: 'newer_login' } })
  }
  mailbox.ending = undefined
  for (const answer of ending.answers) answer.resolve({ outcome: 'denied', denial: decision.denial })
}

/** Answers everybody, leaves the budget to the next run, and stays open while the number is disabled (ATT-2). */
async function close(run: Run, mailbox: Mailbox): Promise<LoginRecord> {
  saveBudget(run)
  upsertSearchAttributes([{ key: statusAttribute, value: run.login.status }])
  mailbox.started.resolve()
  mailbox.closed.resolve()
  const login = view(run)
  mailbox.checking?.answer.resolve({ outcome: 'closed', login })
  for (const { answer } of mailbox.codes.splice(0)) answer.resolve({ outcome: 'closed', login })
  mailbox.resend?.answer.resolve({ outcome: 'closed', login })
  if (mailbox.ending?.by === 'newer_login') {
    for (const answer of mailbox.ending.answers) answer.resolve({ outcome: 'closed', budget: run.budget })
  }
  if (isDisabled(run.budget)) {
    await condition(() => !isDisabled(run.budget))
    saveBudget(run)
  }
  await condition(allHandlersFinished)
  return { login, events: run.events }
}

type Deadline = { arm(at: string): void; isPast(): boolean }

/** One timer for the newest deadline; it is left to itself at the end, which saves an event. */
function openDeadline(): Deadline {
  let armedFor: string | undefined
  let rung: string | undefined
  let timer: CancellationScope | undefined
  return {
    arm(at) {
      if (at === armedFor) return
      timer?.cancel()
      timer = new CancellationScope()
      armedFor = at
      const summary = `code expires ${at.slice(11, 19)} UTC`
      timer
        .run(() => sleep(Math.max(1, Date.parse(at) - Date.now()), { summary }))
        .then(
          () => (rung = at),
          () => undefined,
        )
    },
    isPast: () => armedFor !== undefined && (rung === armedFor || isPast(Date.parse(armedFor), Date.now())),
  }
}
