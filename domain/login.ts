/**
 * A login in our words: the events that happened to it, and the fold that makes its present state of them.
 * Everything shown outside is derived from these events (design idea 5).
 */
import type { Purpose } from './budget.ts'
import type { Policy } from './policy.ts'

export type Channel = 'sms' | 'call'

export const finalStatuses = ['verified', 'failed', 'expired', 'canceled', 'superseded'] as const
export type FinalStatus = (typeof finalStatuses)[number]
export const loginStatuses = ['sending', 'waiting_for_code', 'checking', ...finalStatuses] as const
export type LoginStatus = (typeof loginStatuses)[number]

/** Why a login failed; the first part of the closed list of reasons why one ended other than by success. */
export const failReasons = [
  'too_many_attempts',
  'phone_refused',
  'provider_refused',
  'provider_unavailable',
  'operator',
] as const
export type FailReason = (typeof failReasons)[number]
export const loginReasons = [...failReasons, 'deadline', 'caller', 'newer_login'] as const
export type LoginReason = (typeof loginReasons)[number]

/** A login as its owner sees it. Times are ISO 8601 in UTC; `phone` is masked but for its last two digits. */
export type Login = {
  readonly id: string
  readonly status: LoginStatus
  readonly reason?: LoginReason
  readonly phone: string
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

/** Why a send brought no code, as far as we can tell. Only `unknown` may have reached the phone. */
export type SendFailure = 'phone' | 'refused' | 'too_early' | 'not_done' | 'unknown'

type Happened =
  | {
      type: 'login.started'
      data: Pick<
        Login,
        'phone' | 'country' | 'channel' | 'brand' | 'purpose' | 'attemptsLeft' | 'resendsLeft' | 'userId'
      >
    }
  | {
      type: 'login.code_sent'
      data: { channel: Channel; expiresAt: string; resendAfter: string; resendsLeft: number }
    }
  | {
      type: 'login.send_failed'
      data: {
        channel: Channel
        failure: SendFailure
        cause: string
        resendsLeft: number
        resendAfter?: string
      }
    }
  | { type: 'login.delivered'; data: { channel: Channel } }
  | {
      type: 'login.undelivered'
      data: {
        channel: Channel
        /**
         * Why no call follows, if one was wanted (`CallRefusal` in ladder.ts); otherwise why the
         * message did not arrive, as far as 8x8 told, and `no_receipt` when it told nothing in time.
         */
        cause?: string
        /**
         * What follows. `call_made`: as soon as the interval allows, unless the login ends, the message arrives
         * after all or the app sends again before.
         */
        next?: 'call_offered' | 'call_made'
      }
    }
  | { type: 'login.code_rejected'; data: { attemptsLeft: number } }
  | { type: 'login.check_failed'; data: { cause: string; spent: boolean; attemptsLeft: number } }
  | { type: 'login.verified'; data: { channel: Channel } }
  | { type: 'login.failed'; data: { reason: FailReason; cause?: string } }
  | { type: 'login.expired'; data: { reason: 'deadline' } }
  | { type: 'login.canceled'; data: { reason: 'caller' } }
  | { type: 'login.superseded'; data: { reason: 'newer_login' } }

/** What happened, before it has its place in the sequence. */
export type LoginFact = Happened

type Placed = { readonly id: string; readonly sequence: number; readonly at: string }

/** `sequence` rises by one from 1; `id` is `eventPrefix` of the login and the sequence. */
export type LoginEvent = Happened & Placed

export type LoginEventType = LoginEvent['type']

/** A run's result: all that a closed login has to tell, without a worker. */
export type LoginRecord = { readonly login: Login; readonly events: readonly LoginEvent[] }

export function isFinal(status: LoginStatus): status is FinalStatus {
  return status !== 'sending' && status !== 'waiting_for_code' && status !== 'checking'
}

/** What the ids of all events of a login begin with. */
export const eventPrefix = (loginId: string) => `evt_${loginId.replace(/^lg_/, '')}_`

/** `undefined` for an event that is of no login, such as a test of an endpoint. */
export function loginIdOf(eventId: string): string | undefined {
  const [, rest] = /^evt_(.+)_\d+$/.exec(eventId) ?? []
  return rest && `lg_${rest}`
}

/** Gives a fact its place after `events`; `at` is milliseconds since the epoch. */
export function toEvent<F extends LoginFact>(
  loginId: string,
  { length }: Pick<readonly LoginEvent[], 'length'>,
  at: number,
  fact: F,
): F & Placed {
  const sequence = length + 1
  const id = `${eventPrefix(loginId)}${sequence}`
  return { id, sequence, at: new Date(at).toISOString(), ...fact }
}

/** The login as it stands after all of its events. The first must be `login.started`. */
export function fold(loginId: string, events: readonly LoginEvent[]): Login {
  const [first, ...rest] = events
  if (first?.type !== 'login.started') throw new Error('a login begins with login.started')
  return rest.reduce(apply, begin(loginId, first))
}

/** One event on; a final login stays as it is but for its delivery. */
export function apply(login: Login, event: LoginEvent): Login {
  switch (event.type) {
    case 'login.delivered':
    case 'login.undelivered': {
      const delivery = event.type === 'login.delivered' ? 'delivered' : 'undelivered'
      // 8x8 may have called of itself where an SMS was asked for.
      return { ...login, delivery, ...(isFinal(login.status) ? {} : { channel: event.data.channel }) }
    }
    default:
      return isFinal(login.status) ? login : progress(login, event)
  }
}

/** What a login begins with: all that its first event tells. */
export type LoginTerms = {
  readonly loginId: string
  readonly maskedPhone: string
  readonly country: string
  readonly channel: Channel
  readonly brand: string
  readonly purpose: Purpose
  readonly userId?: string
  readonly policy: Pick<Policy, 'maxAttempts' | 'maxResends'>
}

/** The first event, from what the login is started with. */
export function startedEvent(terms: LoginTerms, at: number): Extract<LoginEvent, { type: 'login.started' }> {
  const { loginId, maskedPhone: phone, country, channel, brand, purpose, userId, policy } = terms
  return toEvent(loginId, [], at, {
    type: 'login.started',
    data: {
      phone,
      country,
      channel,
      brand,
      purpose,
      ...(userId === undefined ? {} : { userId }),
      attemptsLeft: policy.maxAttempts,
      resendsLeft: policy.maxResends,
    },
  })
}

/** The state after the first event. */
export function begin(loginId: string, event: Extract<LoginEvent, { type: 'login.started' }>): Login {
  return {
    id: loginId,
    status: 'sending',
    ...event.data,
    resendAfter: null,
    expiresAt: null,
    createdAt: event.at,
    delivery: 'unknown',
  }
}

/** What is left never rises: no event gives an attempt or a resend back that an earlier one spent. */
function progress(login: Login, event: LoginEvent): Login {
  switch (event.type) {
    case 'login.code_sent': {
      const { channel, expiresAt, resendAfter } = event.data
      const resendsLeft = Math.min(login.resendsLeft, event.data.resendsLeft)
      const status = 'waiting_for_code'
      return { ...login, status, channel, expiresAt, resendAfter, resendsLeft, delivery: 'sent' }
    }
    case 'login.send_failed': {
      const { resendAfter = login.resendAfter } = event.data
      const resendsLeft = Math.min(login.resendsLeft, event.data.resendsLeft)
      return { ...login, resendsLeft, resendAfter }
    }
    case 'login.code_rejected':
    case 'login.check_failed':
      return { ...login, attemptsLeft: Math.min(login.attemptsLeft, event.data.attemptsLeft) }
    case 'login.verified':
      return { ...login, status: 'verified', verifiedAt: event.at }
    case 'login.failed':
      return { ...login, status: 'failed', reason: event.data.reason }
    case 'login.expired':
      return { ...login, status: 'expired', reason: event.data.reason }
    case 'login.canceled':
      return { ...login, status: 'canceled', reason: event.data.reason }
    case 'login.superseded':
      return { ...login, status: 'superseded', reason: event.data.reason }
    case 'login.started':
    case 'login.delivered':
    case 'login.undelivered':
      return login
  }
}
