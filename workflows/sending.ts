/** How a code gets out: the first one, with the one repeat that a lost answer may cost, and a resend. */
import {
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow'
import { CancelledFailure } from '@temporalio/common'
import type { Activities } from '../activities/index.ts'
import { decideSend, decideStart, sendEnded, sendMayHaveLeft, sendNeverHappened } from '../domain/budget.ts'
import { isOwnRefusal, NUMBER_TYPE } from '../domain/blocks.ts'
import { deadlineOf } from '../domain/deadline.ts'
import type { Channel, FailReason, SendFailure } from '../domain/login.ts'
import { channelWords } from '../domain/story.ts'
import { guardedSendOptions, sendOptions, SEND_CALL_MS } from './activity-options.ts'
import { takeSent, toEffectFailure } from './effects.ts'
import { isEnding, type Mailbox } from './mailbox.ts'
import { record, saveBudget, setBusy, shortPhone, type Run } from './run.ts'

type Sent = Extract<ReturnType<typeof takeSent>, { outcome: 'sent' }>
type Failed = { readonly outcome: 'failed'; readonly failure: SendFailure; readonly cause: string }
type ResendResult = Failed | { readonly outcome: 'sent' | 'closed' }
type SendResult = Sent | Failed | { readonly outcome: 'after-reset' }

/**
 * Sends the login's first code, always asking for a new one, until a challenge is ours (design idea 3).
 *
 * A lost answer is repeated at once while 8x8's own interval still stops a second message, and once more, charged, when
 * the interval has passed: so at most one message too many. Ends the login when no code can be sent.
 */
export async function sendFirstCode(run: Run, mailbox: Mailbox): Promise<void> {
  const { policy, purpose, channel } = run.input
  const intervalMs = policy.resendIntervalSeconds * 1000
  const giveUpAt = run.startedAt + policy.codeValiditySeconds * 1000
  const isTooLate = () => Date.now() >= giveUpAt
  if (isTooLate()) {
    expire(run)
    return
  }

  // The API decided by its own clock; the server's may differ, and it is the server's that counts.
  let decision = decideStart(run.budget, purpose, Date.now(), policy)
  if (decision.outcome === 'denied' && (decision.denial.retryAt ?? giveUpAt) < giveUpAt) {
    await waitUntil(decision.denial.retryAt ?? giveUpAt, mailbox)
    if (isEnding(mailbox)) return
    // Only now may a worker be there again.
    if (isTooLate()) {
      expire(run)
      return
    }
    decision = decideStart(run.budget, purpose, Date.now(), policy)
  }
  if (isEnding(mailbox)) return
  if (decision.outcome === 'denied') {
    fail(run, 'provider_unavailable', `budget_${decision.denial.reason}`)
    return
  }
  run.budget = decision.budget
  // The start's memo has the charge, unless an operator's clear has written another since.
  if (run.savedBudget !== undefined) saveBudget(run)

  const firstAt = Date.now()
  let result = await send(run, mailbox, channel, true, giveUpAt)
  if (wasNotSent(result)) run.budget = sendNeverHappened(run.budget, purpose)
  const isFirstLost = isLost(result)
  const guardedUntil = Math.min(firstAt + intervalMs - SEND_CALL_MS, giveUpAt)
  if (isFirstLost && !isEnding(mailbox) && Date.now() < guardedUntil) {
    record(run, failed(result, channel, run.login.resendsLeft))
    result = await send(run, mailbox, channel, true, giveUpAt, guardedUntil)
  }
  const mayGoAgain = isLost(result) || isTooEarly(result) || (isFirstLost && neverLeft(result))
  if (mayGoAgain && !isEnding(mailbox) && run.budget.earliestSendAt < giveUpAt) {
    record(run, failed(result, channel, run.login.resendsLeft))
    await waitUntil(run.budget.earliestSendAt, mailbox)
    if (isEnding(mailbox)) return
    if (isTooLate()) {
      expire(run)
      return
    }
    const again = decideSend(run.budget, purpose, Date.now(), policy)
    if (again.outcome === 'denied') {
      fail(run, 'provider_unavailable', `budget_${again.denial.reason}`)
      return
    }
    run.budget = again.budget
    saveBudget(run)
    result = await send(run, mailbox, channel, true, giveUpAt)
    if (wasNotSent(result)) run.budget = sendNeverHappened(run.budget, purpose)
  }

  if (result.outcome === 'sent') accept(run, result, channel)
  else if (result.outcome === 'after-reset') fail(run, 'operator', 'reset')
  else if (result !== interrupted && mailbox.ending?.by !== 'caller') {
    record(run, failed(result, channel, run.login.resendsLeft))
    // Nobody refused the first one, which may have left.
    const isOurs = isFirstLost && wasOurs(result)
    const reason = isOurs ? 'provider_unavailable' : failReason(result.failure)
    if (isTooLate() && reason === 'provider_unavailable') expire(run)
    else fail(run, reason, result.cause)
  }
}

/**
 * Sends the same code again, perhaps by another channel; the challenge stays ours, so nothing is asked anew.
 * A resend that fails leaves the login as it was: the first code is still good.
 */
export async function resendCode(run: Run, mailbox: Mailbox, channel: Channel): Promise<ResendResult> {
  const { policy, purpose } = run.input
  const decision = decideSend(run.budget, purpose, Date.now(), policy)
  if (decision.outcome === 'granted') run.budget = decision.budget
  saveBudget(run)
  const deadline = Date.parse(run.login.expiresAt ?? '')
  const result = await send(run, mailbox, channel, false, Math.min(Date.now() + SEND_CALL_MS, deadline))
  const resendsLeft = run.login.resendsLeft - 1
  if (result.outcome === 'after-reset') {
    fail(run, 'operator', 'reset')
    return { outcome: 'closed' }
  }
  if (result.outcome === 'failed') {
    const spent = !wasNotSent(result)
    if (!spent) run.budget = sendNeverHappened(run.budget, purpose)
    record(
      run,
      failed(result, channel, spent ? resendsLeft : run.login.resendsLeft, run.budget.earliestSendAt),
    )
    return result
  }
  if (result.challenge !== run.challenge) {
    const foreign: Failed = { outcome: 'failed', failure: 'refused', cause: 'contract' }
    record(run, failed(foreign, channel, resendsLeft, run.budget.earliestSendAt))
    return foreign
  }
  accept(run, result, channel, resendsLeft)
  return { outcome: 'sent' }
}

/**
 * One send activity, with Temporal's own repeats of what certainly did not happen, or with `guardedUntil` none after that
 * time. Interrupted by an ending.
 */
async function send(
  run: Run,
  mailbox: Mailbox,
  channel: Channel,
  newCode: boolean,
  giveUpAt: number,
  guardedUntil?: number,
): Promise<SendResult> {
  const {
    phone,
    brand,
    language,
    clientIp,
    callbackUrl,
    smsTemplate: template,
    policy,
    purpose,
    app,
    country,
  } = run.input
  const summary = `${channelWords[channel]} to ${shortPhone(run)}${newCode ? '' : ', the same code again'}`
  const remainingMs = Math.max(1, (guardedUntil ?? giveUpAt) - Date.now())
  const options = guardedUntil === undefined ? sendOptions : guardedSendOptions
  const { sendCode } = proxyActivities<Activities>(options(remainingMs, summary))
  setBusy(run, 'sending')
  const saved = run.savedBudget
  mailbox.sendScope = new CancellationScope()
  const result = await mailbox.sendScope
    .run(() =>
      sendCode({
        phone,
        channel,
        brand,
        ...(language === undefined ? {} : { language }),
        ...(clientIp === undefined ? {} : { clientIp }),
        ...(callbackUrl === undefined ? {} : { callbackUrl }),
        ...(template === undefined || channel === 'call' ? {} : { template }),
        newCode,
        codeLength: policy.codeLength,
        validitySeconds: policy.codeValiditySeconds,
        resendIntervalSeconds: policy.resendIntervalSeconds,
        originalRunId: workflowInfo().originalExecutionRunId,
        giveUpAt,
        app,
        country,
      }),
    )
    .then(toResult, toFailure)
  mailbox.sendScope = undefined
  setBusy(run, undefined)
  if (result === interrupted && !isEnding(mailbox)) throw new CancelledFailure('canceled by an operator')
  // After an interrupted one the interval counts from its beginning: whoever interrupted it was granted that.
  if (result === interrupted) run.budget = sendMayHaveLeft(run.budget, purpose, Date.now())
  else if (!neverLeft(result)) run.budget = sendEnded(run.budget, purpose, Date.now(), policy)
  // An operator's clear has written the memo meanwhile, without the end of this send.
  if (run.savedBudget !== saved) saveBudget(run)
  // That the newest one never left says nothing of one before it that may have.
  const mayHaveLeft = run.sendFailure?.failure === 'unknown' && wasNotSent(result)
  if (!mayHaveLeft) run.sendFailure = result.outcome === 'failed' ? result : undefined
  return result
}

function toResult(taken: unknown): SendResult {
  const result = takeSent(taken)
  switch (result.outcome) {
    case 'sent':
      return result
    case 'refused': {
      const { refusal } = result
      const isPhone = refusal === 'phone' || refusal === NUMBER_TYPE
      return { outcome: 'failed', failure: isPhone ? 'phone' : 'refused', cause: refusal }
    }
    case 'too_early':
      return {
        outcome: 'failed',
        failure: 'too_early',
        cause: result.codeClass === undefined ? 'interval' : 'forbidden',
      }
    case 'unknown':
      return { outcome: 'failed', failure: 'unknown', cause: result.cause }
  }
}

/** Nobody waits for the end of that send, so it counts: its message may have left, or be leaving. */
const interrupted: SendResult = { outcome: 'failed', failure: 'unknown', cause: 'canceled' }

function toFailure(error: unknown): SendResult {
  if (isCancellation(error)) return interrupted
  const failure = toEffectFailure(error, 'worker')
  if (failure.outcome === 'after-reset') return failure
  return { outcome: 'failed', failure: failure.outcome, cause: failure.cause }
}

function accept(run: Run, sent: Sent, channel: Channel, resendsLeft = run.login.resendsLeft): void {
  const { policy } = run.input
  // Not by when this is noticed: a worker may have been away since.
  const sentAt = Math.min(sent.sentAt ?? Date.now(), Date.now())
  run.challenge = sent.challenge
  run.firstSentAt ??= sentAt
  const deadline = deadlineOf(sent.expiresAt, sentAt, run.firstSentAt, policy)
  const resendAfter = new Date(run.budget.earliestSendAt).toISOString()
  record(run, {
    type: 'login.code_sent',
    data: { channel, expiresAt: new Date(deadline).toISOString(), resendAfter, resendsLeft },
  })
}

function failed(result: SendResult, channel: Channel, resendsLeft: number, resendAt?: number) {
  const { failure, cause } =
    result.outcome === 'failed' ? result : { failure: 'unknown' as const, cause: 'unknown' }
  return {
    type: 'login.send_failed' as const,
    data: {
      channel,
      failure,
      cause,
      resendsLeft,
      ...(resendAt === undefined ? {} : { resendAfter: new Date(resendAt).toISOString() }),
    },
  }
}

function expire(run: Run): void {
  record(run, { type: 'login.expired', data: { reason: 'deadline' } })
}

function fail(run: Run, reason: FailReason, cause: string): void {
  record(run, { type: 'login.failed', data: { reason, cause } })
}

function failReason(failure: SendFailure): FailReason {
  if (failure === 'phone') return 'phone_refused'
  return failure === 'refused' ? 'provider_refused' : 'provider_unavailable'
}

const isLost = (result: SendResult) => result.outcome === 'failed' && result.failure === 'unknown'
const neverLeft = (result: SendResult) => result.outcome === 'failed' && result.failure === 'not_done'
const isTooEarly = (result: SendResult) => result.outcome === 'failed' && result.failure === 'too_early'
const wasOurs = (result: SendResult) => result.outcome === 'failed' && isOwnRefusal(result.cause)
/** No message was taken, by 8x8's own word or for certain: the number gets its send back. */
const wasNotSent = (result: SendResult) => isTooEarly(result) || neverLeft(result) || wasOurs(result)

/** Waits for a time, or for whatever ends the login before. */
async function waitUntil(at: number, mailbox: Mailbox): Promise<void> {
  await condition(() => isEnding(mailbox), Math.max(1, at - Date.now()), {
    summary: 'until the number may be sent to again',
  })
}
