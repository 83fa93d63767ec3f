/** What goes over the wire, as `/openapi.json` has it; a test compares the two member by member. */

export type Channel = 'sms' | 'call'
export type Purpose = 'login' | 'enrolment'

/** A verdict, or another end; a login never leaves one of these. */
export type FinalStatus = 'verified' | 'failed' | 'expired' | 'canceled' | 'superseded'
export type LoginStatus = 'sending' | 'waiting_for_code' | 'checking' | FinalStatus

export type LoginReason =
  | 'too_many_attempts'
  | 'phone_refused'
  | 'provider_refused'
  | 'provider_unavailable'
  | 'operator'
  | 'deadline'
  | 'caller'
  | 'newer_login'

/** Times are ISO 8601 in UTC; `phone` is masked but for its last two digits. */
export type Login = {
  readonly id: string
  readonly status: LoginStatus
  readonly reason?: LoginReason
  readonly phone: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly channel: Channel
  readonly brand: string
  readonly purpose: Purpose
  readonly userId?: string
  readonly attemptsLeft: number
  readonly resendsLeft: number
  /** No resend before; null until a code was sent. */
  readonly resendAfter: string | null
  /** The deadline; null until a code was sent. */
  readonly expiresAt: string | null
  readonly createdAt: string
  readonly delivery: 'unknown' | 'sent' | 'delivered' | 'undelivered'
  readonly verifiedAt?: string
}

/** A login as its start answers: with the token that a browser may have, which is good for this login alone. */
export type StartedLogin = Login & { readonly clientToken: string }

/** A login that may carry its proof: the assertion, once it is verified; see `verifyAssertion`. */
export type ProvenLogin = Login & { readonly assertion?: string }

/** What a number may still cost, over all apps of the sub-account; `phone` is masked. */
export type NumberBudget = {
  readonly phone: string
  readonly sendsLeft: number
  /** No start before; null when one may start now, or only an operator can help. */
  readonly blockedUntil: string | null
  /** What stands in the way of a start now. */
  readonly reason:
    'interval' | 'sends' | 'enrolment_sends' | 'failures' | 'enrolment_failures' | 'disabled' | null
  /** Consecutive failed checks. */
  readonly failures: number
  /** Until an operator clears it. */
  readonly disabled: boolean
}

/** The body of a start. */
export type StartLogin = {
  /** In E.164, or national together with `country`. */
  readonly phone: string
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string
  /** Default: `sms`. */
  readonly channel?: Channel
  /** The product name in the message, 1–30 characters; default: the app's. */
  readonly brand?: string
  /** A language tag, such as `pt-BR`. */
  readonly language?: string
  /** Your name for the user, 1–128 characters; becomes `sub` of the assertion. */
  readonly userId?: string
  /** 1–256 characters, made new for each login and kept in the user's session; comes back in the assertion. */
  readonly nonce?: string
  /** The end user's address, as your app saw it. */
  readonly clientIp?: string
  /** `enrolment`: the number is being confirmed for the first time. Default: `login`. */
  readonly purpose?: Purpose
}

type Happened =
  | {
      readonly type: 'login.started'
      readonly data: Pick<
        Login,
        'phone' | 'country' | 'channel' | 'brand' | 'purpose' | 'userId' | 'attemptsLeft' | 'resendsLeft'
      >
    }
  | {
      readonly type: 'login.code_sent'
      readonly data: {
        readonly channel: Channel
        readonly expiresAt: string
        readonly resendAfter: string
        readonly resendsLeft: number
      }
    }
  | {
      readonly type: 'login.send_failed'
      readonly data: {
        readonly channel: Channel
        readonly failure: 'phone' | 'refused' | 'too_early' | 'not_done' | 'unknown'
        readonly cause: string
        readonly resendsLeft: number
        readonly resendAfter?: string
      }
    }
  | { readonly type: 'login.delivered'; readonly data: { readonly channel: Channel } }
  | {
      readonly type: 'login.undelivered'
      readonly data: {
        readonly channel: Channel
        readonly cause?: string
        readonly next?: 'call_offered' | 'call_made'
      }
    }
  | { readonly type: 'login.code_rejected'; readonly data: { readonly attemptsLeft: number } }
  | {
      readonly type: 'login.check_failed'
      readonly data: { readonly cause: string; readonly spent: boolean; readonly attemptsLeft: number }
    }
  | { readonly type: 'login.verified'; readonly data: { readonly channel: Channel } }
  | {
      readonly type: 'login.failed'
      readonly data: { readonly reason: LoginReason; readonly cause?: string }
    }
  | { readonly type: 'login.expired'; readonly data: { readonly reason: LoginReason } }
  | { readonly type: 'login.canceled'; readonly data: { readonly reason: LoginReason } }
  | { readonly type: 'login.superseded'; readonly data: { readonly reason: LoginReason } }

/** What happened to a login; `sequence` rises by one from 1. */
export type LoginEvent = Happened & {
  readonly id: string
  readonly sequence: number
  readonly at: string
}

/** What a webhook brings, of which `docs/webhooks.md` tells the rest; `phone` is masked. */
export type WebhookEvent =
  | {
      readonly type: LoginEvent['type']
      /** When it happened. */
      readonly timestamp: string
      readonly data: WebhookLogin
    }
  | {
      readonly type: 'webhook.test'
      readonly timestamp: string
      readonly data: { readonly endpoint: string }
    }

/** The login as it stood when the message was made, and the members of the event itself. */
export type WebhookLogin = Pick<
  Login,
  'status' | 'reason' | 'channel' | 'phone' | 'country' | 'purpose' | 'userId'
> & {
  readonly app: string
  readonly loginId: string
  readonly sequence: number
  readonly [member: string]: unknown
}

export type ProblemCode =
  | 'malformed-json'
  | 'unauthorized'
  | 'forbidden'
  | 'phone-not-allowed'
  | 'not-found'
  | 'method-not-allowed'
  | 'login-closed'
  | 'resends-exhausted'
  | 'login-expired'
  | 'payload-too-large'
  | 'unsupported-media-type'
  | 'invalid-request'
  | 'phone-invalid'
  | 'idempotency-conflict'
  | 'code-incorrect'
  | 'too-many-requests'
  | 'resend-too-early'
  | 'internal-error'
  | 'provider-refused'
  | 'code-check-unavailable'
  | 'provider-unavailable'
  | 'service-unavailable'

/** RFC 9457; which code carries which of the last four is in `docs/errors.md`. */
export type Problem = {
  readonly type: string
  readonly code: ProblemCode
  readonly status: number
  readonly title: string
  readonly detail: string
  /** The request's id, for whoever reads our log. */
  readonly instance: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
  readonly reason?: string
  /** The login's status; `status` is HTTP's. */
  readonly loginStatus?: string
  readonly attemptsLeft?: number
}
