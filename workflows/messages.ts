/**
 * The contract of the workflow type `login`: what goes in, what may be said to it, what comes back.
 * API, command-line tools and tests speak to a login in these words only.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { Budget, Denial, Purpose } from '../domain/budget.ts'
import type { Channel, Login, LoginEvent, LoginRecord, SendFailure } from '../domain/login.ts'
import type { Ladder } from '../domain/ladder.ts'
import type { Policy } from '../domain/policy.ts'

export const WORKFLOW_TYPE = 'login'
export const CLEAR_WORKFLOW_TYPE = 'clearNumber'
export const TASK_QUEUE = 'logins'

/** Search attributes, plain text on the server: nothing that names a person may stand in them. */
export const SEARCH_ATTRIBUTES = ['PosternApp', 'PosternCountry', 'PosternStatus'] as const

export type LoginInput = {
  readonly loginId: string
  /** The run whose budget this start was decided on; the newest one before it. */
  readonly previousRunId: string | null
  readonly app: string
  /** E.164. Everything shown says `maskedPhone`. */
  readonly phone: string
  readonly maskedPhone: string
  readonly country: string
  readonly channel: Channel
  readonly brand: string
  readonly language?: string
  readonly userId?: string
  readonly nonce?: string
  readonly clientIp?: string
  readonly purpose: Purpose
  readonly policy: Policy
  /** Where 8x8 tells what becomes of the messages; it carries a token of this login alone. */
  readonly callbackUrl?: string
  /** The text of an SMS, with `{brand}` and `{code}`; absent, the provider's own. */
  readonly smsTemplate?: string
  /** What follows when a message does not arrive; absent, nothing does. */
  readonly ladder?: Ladder
  /** Names of the app's webhook endpoints; absent when it has none, and then nothing is announced. */
  readonly endpoints?: readonly string[]
  /** The number's budget before this login; the workflow decides on it once more, by the server's clock. */
  readonly budget: Budget
}

/**
 * The memo of a run, set with its start and so known without a worker (design idea 4).
 * Only `budget` changes later, by `upsertMemo`: before a send that it counts, with the verdict of a check, and when an
 * operator clears it.
 */
export type LoginMemo = {
  readonly loginId: string
  readonly previousRunId: string | null
  readonly app: string
  readonly budget: Budget
  /** Idempotency keys of starts, newest first: at most 10, at most 24 h old. */
  readonly idempotencyKeys: readonly IdempotencyEntry[]
}

/** `key` and `fingerprint` are HMACs (app, endpoint, key; and the body); `at` is milliseconds since the epoch. */
export type IdempotencyEntry = {
  readonly key: string
  readonly fingerprint: string
  readonly loginId: string
  readonly at: number
}

/** `after:{run id}`: with update-with-start this is the compare-and-swap of design 2, Start. */
export function startedUpdateId(previousRunId: string | null): string {
  return `after:${previousRunId ?? 'none'}`
}

export type CodeMessage = {
  /** A repeated submission with this id is the same submission. Left out, each is its own. */
  readonly submissionId?: string
  /** Refused when it names another login. May be left out, for the Temporal CLI. */
  readonly loginId?: string
  /** Refused when it names another app than the login's. May be left out, as above. */
  readonly app?: string
  readonly code: string
  /** Of the request that brought it; its answer carries the same, whoever asks for it again. */
  readonly fingerprint?: string
}

/** What 8x8 says of a message under way: a hint, which never verifies, fails or extends a login (BIND-5, WHI-2). */
export type ReceiptMessage = {
  readonly loginId: string
  /** The same receipt has the same id, however often and in whatever order it comes. */
  readonly receiptId: string
  readonly channel: Channel
  readonly state: 'sent' | 'delivered' | 'undelivered' | 'unknown'
  /** Why it did not arrive, in our words: lower case and underscores, at most 40 characters. */
  readonly cause?: string
}

/** What a message is about. Refused when the run is another login's, or another app's. */
export type OfLogin = { readonly loginId: string; readonly app?: string }

/** Every answer carries the login at that moment, so that a repeated request gets the same answer for ever. */
type Answered = { readonly login: Login }

export type StartedAnswer = Answered & {
  readonly loginId: string
  /** Why no code went out, when none did. */
  readonly failure?: { readonly failure: SendFailure; readonly cause: string }
}

/** What a login was started with and nobody is shown. `phone` is E.164. */
export type Terms = { readonly phone: string; readonly nonce?: string }

export type CodeAnswer = Answered & {
  /** `closed`: the login was final before this code was looked at. `unavailable`: no verdict; submit it again. */
  readonly outcome: 'verified' | 'incorrect' | 'closed' | 'unavailable'
  /** With `verified`: what the proof of it says and nobody is shown. */
  readonly terms?: Terms
  readonly fingerprint?: string
  readonly retryAfterSeconds?: number
}

export type ResendMessage = OfLogin & {
  /** Left out, the login's last one. */
  readonly channel?: Channel
  readonly fingerprint?: string
  /** Names the request; the answer carries the same, so that whoever repeats it knows that it was counted before. */
  readonly request?: string
}

export type ResendAnswer = Answered &
  Pick<ResendMessage, 'fingerprint' | 'request'> &
  (
    | { readonly outcome: 'sent' | 'exhausted' | 'closed' }
    | { readonly outcome: 'too_early'; readonly retryAt: number }
    | { readonly outcome: 'denied'; readonly denial: Denial }
    | { readonly outcome: 'failed'; readonly failure: SendFailure; readonly cause: string }
  )

export type CancelAnswer = Answered & { readonly outcome: 'canceled' | 'closed' }

export type SupersedeAnswer =
  /** `closed`: it had ended, by this or otherwise; `budget` is final and the next start is decided on it. */
  | { readonly outcome: 'closed'; readonly budget: Budget }
  | { readonly outcome: 'denied'; readonly denial: Denial }

/** A signal, because an engineer may submit a code by the CLI or the UI, without waiting for the verdict. */
export const userCodeSignal = defineSignal<[CodeMessage]>('userCode')

/** A signal, because 8x8 wants no answer but that it is kept. */
export const receiptSignal = defineSignal<[ReceiptMessage]>('receipt')

/** Answers when 8x8 has taken the code or refused it; an update, so that one HTTP call can say which. */
export const startedUpdate = defineUpdate<StartedAnswer>('started')

/** An update as opposed to the signal, because HTTP's caller gets the verdict in the same call. */
export const submitCodeUpdate = defineUpdate<CodeAnswer, [CodeMessage]>('submitCode')

/**
 * The failure type of a resend or a supersede that the budget denies, and of a code, a resend or a cancel for a login that is over: a
 * validator's word, with the whole answer as its first detail. Nothing is recorded of it, so however often somebody
 * asks, the history does not grow.
 */
export const DENIED = 'denied'

/** An update, because the caller must learn whether a message went out, and if not, when to come back. */
export const resendUpdate = defineUpdate<ResendAnswer, [ResendMessage]>('resend')

/** An update, because a login that has been verified meanwhile cannot be canceled, and the caller must know. */
export const cancelUpdate = defineUpdate<CancelAnswer, [OfLogin]>('cancel')

/** An update, because the next start needs the final budget that this one leaves. */
export const supersedeUpdate = defineUpdate<SupersedeAnswer, [{ readonly purpose: Purpose }]>('supersede')

/** An operator's word that a number's failures are forgiven; an update, so that who and why are in the history. */
export const clearUpdate = defineUpdate<
  { readonly budget: Budget },
  [{ readonly by: string; readonly why: string }]
>('clear')

export const loginQuery = defineQuery<Login>('login')
export const eventsQuery = defineQuery<readonly LoginEvent[]>('events')

export type { LoginRecord }
