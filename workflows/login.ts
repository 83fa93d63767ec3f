/** The story of one login: a code goes out, codes come in, one verdict (design 2). */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import { defineSearchAttributeKey } from '@temporalio/common'
import { decideStart, isDisabled } from '../domain/budget.ts'
import { isFinal } from '../domain/login.ts'
import { openAlarm, type Alarm } from './alarm.ts'
import { openAnnouncer, type Announcer } from './announcing.ts'
import { checkCode } from './checking.ts'
import { openDelivery, type Delivery } from './delivery.ts'
import { openMailbox, type Ending, type Mailbox } from './mailbox.ts'
import type { LoginInput, LoginRecord } from './messages.ts'
import { openRun, record, saveBudget, view, type Run } from './run.ts'
import { resendCode, sendFirstCode } from './sending.ts'

const statusAttribute = defineSearchAttributeKey('PosternStatus', 'KEYWORD')

export async function login(input: LoginInput): Promise<LoginRecord> {
  const run = openRun(input)
  const mailbox = openMailbox(run)
  const deadline = openAlarm('code expires')
  const delivery = openDelivery(run, mailbox)
  const announcer = openAnnouncer(run)
  try {
    await sendFirstCode(run, mailbox)
    while (!isFinal(run.login.status)) await nextStep(run, mailbox, deadline, delivery)
  } catch (error) {
    if (!isCancellation(error)) throw error
    // Somebody canceled the workflow itself, which is an operator's doing: the app's cancel is an update.
    record(run, { type: 'login.failed', data: { reason: 'operator', cause: 'canceled' } })
  }
  return CancellationScope.nonCancellable(() => close(run, mailbox, announcer))
}

/**
 * One message, the deadline, or what a missing message asks for, whichever comes first; one effect at a time.
 * In one function: another `await` between an answer and the next step would reorder the commands of runs in flight.
 */
async function nextStep(run: Run, mailbox: Mailbox, deadline: Alarm, delivery: Delivery): Promise<void> {
  if (run.login.expiresAt !== null) {
    deadline.arm(run.login.expiresAt)
    mailbox.started.resolve()
  }
  delivery.watch()
  await condition(
    () =>
      mailbox.ending !== undefined ||
      deadline.isPast() ||
      mailbox.codes.length > 0 ||
      mailbox.resend !== undefined ||
      delivery.isDue(),
  )
  // A task that is lost and comes again, with an ending beside the same news, must not give the ending the place of an
  // event that was announced; nor, when the time is over, the news that of the end.
  if (!deadline.isPast()) delivery.takeNews()
  if (mailbox.ending) {
    end(run, mailbox, mailbox.ending)
    return
  }
  if (deadline.isPast()) {
    record(run, { type: 'login.expired', data: { reason: 'deadline' } })
    return
  }
  const submission = mailbox.codes.shift()
  if (submission) {
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
  } else if (delivery.isCallDue()) {
    await delivery.call()
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
async function close(run: Run, mailbox: Mailbox, announcer: Announcer): Promise<LoginRecord> {
  saveBudget(run)
  upsertSearchAttributes([{ key: statusAttribute, value: run.login.status }])
  mailbox.started.resolve()
  mailbox.closed.resolve()
  const login = view(run)
  mailbox.checking?.answer.resolve({ outcome: 'closed', login })
  for (const { answer } of mailbox.codes.splice(0)) answer.resolve({ outcome: 'closed', login })
  mailbox.resend?.answer.resolve({ outcome: 'closed', login })
  for (const answer of mailbox.ending?.answers ?? []) {
    answer.resolve({ outcome: 'closed', budget: run.budget })
  }
  if (isDisabled(run.budget)) await condition(() => !isDisabled(run.budget))
  await announcer.done()
  await condition(allHandlersFinished)
  return { login, events: run.events }
}
