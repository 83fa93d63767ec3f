/** Everything that may be said to a login. Handlers only take messages in; the story in login.ts acts on them. */
import { ApplicationFailure } from '@temporalio/common'
import { setHandler, type CancellationScope } from '@temporalio/workflow'
import { clearFailures, decideSend, decideStart, type Purpose } from '../domain/budget.ts'
import { isFinal, type Channel } from '../domain/login.ts'
import { MOST_RECEIPTS } from '../domain/receipt.ts'
import * as messages from './messages.ts'
import type {
  CancelAnswer,
  CodeAnswer,
  CodeMessage,
  OfLogin,
  ReceiptMessage,
  ResendAnswer,
  ResendMessage,
  StartedAnswer,
  SupersedeAnswer,
} from './messages.ts'
import { saveBudget, tell, view, type Run } from './run.ts'

/**
 * An answer that is still to come. Not the SDK's `Trigger`: a cancellation of the workflow would break that off, and
 * nobody takes the rejection of a signal's. `close` in login.ts answers whoever is left.
 */
export type Answer<T> = { readonly promise: Promise<T>; readonly resolve: (value: T) => void }
const openAnswer = <T>(): Answer<T> => Promise.withResolvers<T>()

export type Submission = { readonly code: string; readonly answer: Answer<CodeAnswer> }
export type Resend = { readonly channel: Channel; readonly answer: Answer<ResendAnswer> }
/** `answers` are of newer logins, which wait for the end of this one. */
export type Ending = { readonly answers: Answer<SupersedeAnswer>[] } & (
  { readonly by: 'caller' } | { readonly by: 'newer_login'; readonly purpose: Purpose }
)

export type Mailbox = {
  /** Codes in the order of their arrival, without the one being checked. */
  readonly codes: Submission[]
  /** The one being checked. */
  checking: Submission | undefined
  /** Codes that have been taken in and not answered. */
  pendingCodes: number
  resend: Resend | undefined
  /** What 8x8 said of messages, each once, not yet looked at. */
  readonly receipts: ReceiptMessage[]
  /** What is to end the login as soon as no effect is under way. */
  ending: Ending | undefined
  /** A send that an ending may interrupt. */
  sendScope: CancellationScope | undefined
  /** Resolved when the first send has been decided, or the login has ended. */
  readonly started: Answer<void>
  readonly closed: Answer<void>
}

/** Sets every handler; to be called before the first `await`, so that a message sent with the start counts. */
export function openMailbox(run: Run): Mailbox {
  const mailbox: Mailbox = {
    codes: [],
    checking: undefined,
    pendingCodes: 0,
    resend: undefined,
    receipts: [],
    ending: undefined,
    sendScope: undefined,
    started: openAnswer(),
    closed: openAnswer(),
  }
  const submissions = new Map<string, Promise<CodeAnswer>>()
  const { loginId, app, policy, purpose } = run.input
  const codePattern = new RegExp(`^[0-9]{${policy.codeLength}}$`)
  const closed = () => isFinal(run.login.status)
  const forThisLogin = (message: Partial<OfLogin>) =>
    (message.loginId ?? loginId) === loginId && (message.app ?? app) === app

  function submit({ submissionId, code, fingerprint }: CodeMessage): Promise<CodeAnswer> {
    const known = submissionId === undefined ? undefined : submissions.get(submissionId)
    if (known) return known
    const closedAlready = closedAnswer({ fingerprint })
    if (closedAlready) return Promise.resolve(closedAlready)
    const submission: Submission = { code, answer: openAnswer() }
    mailbox.codes.push(submission)
    mailbox.pendingCodes += 1
    const answered = submission.answer.promise.then((answer) => withFingerprint(answer, fingerprint))
    if (submissionId !== undefined) submissions.set(submissionId, answered)
    return answered
  }

  const isKnown = ({ submissionId }: CodeMessage) =>
    submissionId !== undefined && submissions.has(submissionId)

  /** What keeps a code out of the mailbox, if anything; it then costs no attempt and no event. */
  function objection(message: unknown): string | undefined {
    if (!isCodeMessage(message) || !codePattern.test(message.code)) return 'invalid-request'
    if (!forThisLogin(message)) return 'not-found'
    const isFull = !closed() && !isKnown(message) && mailbox.pendingCodes >= run.login.attemptsLeft
    return isFull ? 'too-many-requests' : undefined
  }

  /**
   * What a login that is over answers: refused, so that it leaves no event. A disabled number's run stays open for long,
   * and the server takes 2000 updates of a run and no more, an operator's `clear` among them.
   */
  function closedAnswer({ fingerprint }: { readonly fingerprint: string | undefined }) {
    if (!closed()) return undefined
    return withFingerprint({ outcome: 'closed' as const, login: view(run) }, fingerprint)
  }

  setHandler(
    messages.userCodeSignal,
    (message) => {
      if (objection(message) === undefined) void submit(message)
    },
    { description: 'A code that the user typed: {"code": "123456"}. The verdict is in the query `login`.' },
  )

  setHandler(messages.submitCodeUpdate, (message) => submit(message), {
    description: 'A code that the user typed; answers with the verdict.',
    validator(message: CodeMessage) {
      refuse(objection(message))
      if (!isKnown(message)) deny(closedAnswer({ fingerprint: message.fingerprint }))
    },
  })

  const receiptIds = new Set<string>()
  setHandler(
    messages.receiptSignal,
    (message: unknown) => {
      if (!isReceiptMessage(message) || message.loginId !== loginId || closed()) return
      if (receiptIds.has(message.receiptId) || receiptIds.size >= MOST_RECEIPTS) return
      receiptIds.add(message.receiptId)
      mailbox.receipts.push(message)
    },
    { description: 'What 8x8 says became of a message. It verifies, fails and extends nothing.' },
  )

  setHandler(
    messages.startedUpdate,
    async (): Promise<StartedAnswer> => {
      await mailbox.started.promise
      return { loginId, login: view(run), ...(run.sendFailure ? { failure: run.sendFailure } : {}) }
    },
    { description: 'Answers when the first code was taken by the provider, or refused.' },
  )

  setHandler(
    messages.resendUpdate,
    async ({ channel = run.login.channel, fingerprint, request }) => {
      const closedAlready = closedAnswer({ fingerprint })
      if (closedAlready) return closedAlready
      const answer = openAnswer<ResendAnswer>()
      mailbox.resend = { channel, answer }
      const answered = withFingerprint(await answer.promise, fingerprint)
      return request === undefined ? answered : { ...answered, request }
    },
    {
      description: 'Sends the code again, perhaps by another channel.',
      validator(message: ResendMessage) {
        refuse(forThisLogin(message) ? undefined : 'not-found')
        deny(closedAnswer({ fingerprint: message.fingerprint }))
        const refusal = resendRefusal()
        deny(refusal && withFingerprint(refusal, message.fingerprint))
      },
    },
  )

  function resendRefusal(): ResendAnswer | undefined {
    const now = Date.now()
    const login = view(run)
    const isSending = login.status === 'sending' || mailbox.resend !== undefined
    const tooEarlyUntil = isSending ? now + policy.resendIntervalSeconds * 1000 : run.budget.earliestSendAt
    if (login.resendsLeft === 0) return { outcome: 'exhausted', login }
    if (now < tooEarlyUntil) return { outcome: 'too_early', retryAt: tooEarlyUntil, login }
    const decision = decideSend(run.budget, purpose, now, policy)
    return decision.outcome === 'denied' ? { outcome: 'denied', denial: decision.denial, login } : undefined
  }

  setHandler(
    messages.cancelUpdate,
    async (): Promise<CancelAnswer> => {
      if (!closed()) {
        // A newer login may yet be denied; its owner's word is final.
        mailbox.ending = { by: 'caller', answers: mailbox.ending?.answers ?? [] }
        mailbox.sendScope?.cancel()
        await mailbox.closed.promise
      }
      return canceledAnswer()
    },
    {
      description: 'Ends the login at its owner’s word.',
      validator(message: OfLogin) {
        refuse(forThisLogin(message) ? undefined : 'not-found')
        deny(closed() ? canceledAnswer() : undefined)
      },
    },
  )

  function canceledAnswer(): CancelAnswer {
    return { outcome: run.login.status === 'canceled' ? 'canceled' : 'closed', login: view(run) }
  }

  setHandler(
    messages.supersedeUpdate,
    async (next): Promise<SupersedeAnswer> => {
      if (closed()) return { outcome: 'closed', budget: run.budget }
      mailbox.ending ??= { by: 'newer_login', purpose: next.purpose, answers: [] }
      if (mailbox.ending.by === 'newer_login') {
        const answer = openAnswer<SupersedeAnswer>()
        mailbox.ending.answers.push(answer)
        mailbox.sendScope?.cancel()
        return await answer.promise
      }
      await mailbox.closed.promise
      return { outcome: 'closed', budget: run.budget }
    },
    {
      description:
        'A newer login for this number: ends this one, if the number’s budget allows the newer one.',
      validator(next: { readonly purpose: Purpose }) {
        const decision = decideStart(run.budget, next.purpose, Date.now(), policy)
        const isInTheWay = next.purpose === 'enrolment' && !closed()
        const denial =
          decision.outcome === 'denied' ? decision.denial : isInTheWay ? liveLogin(run) : undefined
        deny(denial && ({ outcome: 'denied', denial } satisfies SupersedeAnswer))
      },
    },
  )

  setHandler(
    messages.clearUpdate,
    () => {
      run.budget = clearFailures(run.budget)
      // At once: the next start reads the memo, and this login may wait for long.
      saveBudget(run)
      tell(run)
      return { budget: run.budget }
    },
    {
      description: 'An operator forgives the number’s failures; says who and why.',
      validator: ({ by, why }: { readonly by: string; readonly why: string }) =>
        refuse(by.trim() === '' || why.trim() === '' ? 'invalid-request' : undefined),
    },
  )

  setHandler(messages.loginQuery, () => view(run), { description: 'The login as its owner sees it.' })
  setHandler(messages.eventsQuery, () => run.events, { description: 'All that happened to it, in order.' })
  return mailbox
}

/** A live login is in the way of an enrolment until it ends of itself. */
function liveLogin(run: Run) {
  const retryAt = run.login.expiresAt === null ? Date.now() + 1000 : Date.parse(run.login.expiresAt)
  return { reason: 'interval' as const, retryAt }
}

/** A signal may bring anything, and a handler that throws would stop the login's workflow tasks. */
function isCodeMessage(message: unknown): message is CodeMessage {
  if (typeof message !== 'object' || message === null) return false
  const { code, submissionId, loginId, app, fingerprint } = message as Record<string, unknown>
  const isOptionalText = (value: unknown) => value === undefined || typeof value === 'string'
  return typeof code === 'string' && [submissionId, loginId, app, fingerprint].every(isOptionalText)
}

function isReceiptMessage(message: unknown): message is ReceiptMessage {
  if (typeof message !== 'object' || message === null) return false
  const { loginId, receiptId, channel, state, cause } = message as Record<string, unknown>
  const isOneOf = (words: readonly string[], value: unknown) => words.some((word) => word === value)
  return (
    typeof loginId === 'string' &&
    typeof receiptId === 'string' &&
    isOneOf(['sms', 'call'], channel) &&
    isOneOf(['sent', 'delivered', 'undelivered', 'unknown'], state) &&
    (cause === undefined || (typeof cause === 'string' && /^[a-z0-9_]{1,40}$/.test(cause)))
  )
}

export function isEnding(mailbox: Mailbox): boolean {
  return mailbox.ending !== undefined
}

function withFingerprint<A extends object>(answer: A, fingerprint: string | undefined): A {
  return fingerprint === undefined ? answer : { ...answer, fingerprint }
}

/** Says an answer that leaves nothing in the history. */
function deny(answer: object | undefined): void {
  if (answer !== undefined) throw ApplicationFailure.nonRetryable('refused', messages.DENIED, answer)
}

function refuse(type: string | undefined): void {
  if (type !== undefined) throw ApplicationFailure.nonRetryable('refused', type)
}
