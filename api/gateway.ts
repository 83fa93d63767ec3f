/** What the HTTP side may ask of logins. `login-gateway.ts` keeps these promises with Temporal. */
import type { App as ConfiguredApp } from '../domain/app.ts'
import type { Budget, Denial, Purpose } from '../domain/budget.ts'
import type { Admission } from '../domain/limits.ts'
import type { Channel, Login, LoginEvent } from '../domain/login.ts'
import type { Phone } from '../domain/phone.ts'
import type {
  CancelAnswer,
  CodeAnswer,
  ReceiptMessage,
  ResendAnswer,
  StartedAnswer,
  Terms,
} from '../workflows/messages.ts'

/** What logins know of their app. Without a ladder nothing follows on a message that does not arrive. */
export type App = Pick<ConfiguredApp, 'name' | 'subAccountId' | 'policy'> &
  Partial<Pick<ConfiguredApp, 'ladder' | 'domain'>> & {
    /** None when left out. */
    readonly endpoints?: readonly Pick<ConfiguredApp['endpoints'][number], 'id'>[]
  }

/** From the header `Idempotency-Key`: HMACs of (app, endpoint, key) and of the body (see `identity.ts`). */
export type Idempotency = { readonly key: string; readonly fingerprint: string }

export type StartRequest = {
  readonly phone: Phone
  readonly channel: Channel
  readonly brand: string
  readonly language?: string
  readonly userId?: string
  readonly nonce?: string
  readonly clientIp?: string
  readonly purpose: Purpose
  /** Where 8x8 may tell what becomes of the messages of the login with this id. */
  readonly callbackUrl?: (loginId: string) => string
  readonly idempotency?: Idempotency
  /** Asked once, after the number's own budget has said yes and before anything is started. */
  readonly admit?: () => Promise<Admission>
  /** How long to wait for the first code to go out, in seconds: 0 answers as soon as the login is durable. */
  readonly waitSeconds: number
}

/** The service cannot say, because Temporal or a worker does not answer; nothing is taken for granted. */
export type Unavailable = { readonly outcome: 'unavailable' }
/** No such login, or another app's. */
export type NotFound = { readonly outcome: 'not-found' }
/** The login takes nothing of this form: a code has as many digits as the app's codes had when it was started. */
export type Invalid = { readonly outcome: 'invalid' }
export type Conflict = { readonly outcome: 'idempotency-conflict' }

export type StartResult =
  /**
   * `login.status` is `sending` when 8x8 has not answered in time; `failure` says why no code went out. `isRepetition`:
   * an earlier request with the same key started it.
   */
  | ({ readonly outcome: 'started'; readonly isRepetition?: boolean } & StartedAnswer)
  | { readonly outcome: 'denied'; readonly denial: Denial }
  | { readonly outcome: 'not-admitted'; readonly admission: Exclude<Admission, { outcome: 'granted' }> }
  | Conflict
  | Unavailable

export type ReadResult =
  /** `isCrowded`: as many reads of the login were held already as may be, and so this one was not. */
  { readonly outcome: 'login'; readonly login: Login; readonly isCrowded?: boolean } | NotFound | Unavailable

export type EventsResult =
  { readonly outcome: 'events'; readonly events: readonly LoginEvent[] } | NotFound | Unavailable

/** One listener's place in a login's timeline. */
export type Following = {
  /**
   * What comes next, as soon as there is something: one event or more, oldest first. `undefined` when no more comes
   * from here: the login is final, Temporal is away, or `leave` was called.
   */
  next(): Promise<readonly LoginEvent[] | undefined>
  /** Stops listening at once. */
  leave(): void
}

export type FollowResult =
  | { readonly outcome: 'following'; readonly following: Following }
  /** The login is final and all of its events are known already. */
  | { readonly outcome: 'over' }
  /** As many listen to the login already as may. */
  | { readonly outcome: 'too-many' }
  | NotFound
  | Unavailable

export type TermsResult = ({ readonly outcome: 'terms' } & Terms) | NotFound | Unavailable

/** Newest first. Never a part of what was asked for: a login that cannot be read makes it `unavailable`. */
export type ListResult = { readonly outcome: 'logins'; readonly logins: readonly Login[] } | Unavailable

export type CodeResult =
  | { readonly outcome: 'answered'; readonly answer: CodeAnswer }
  /** Taken in, and no verdict yet: to be read again. */
  | { readonly outcome: 'pending'; readonly login: Login }
  /** More codes at once than attempts left, or than Temporal takes. */
  | { readonly outcome: 'too-many' }
  | Invalid
  | NotFound
  | Conflict
  | Unavailable

export type ResendResult =
  /** `isRepetition`: another request with the same key had the message sent, and was counted. */
  | { readonly outcome: 'answered'; readonly answer: ResendAnswer; readonly isRepetition?: boolean }
  | { readonly outcome: 'pending'; readonly login: Login }
  | { readonly outcome: 'too-many' }
  | NotFound
  | Conflict
  | Unavailable

export type CancelResult =
  | { readonly outcome: 'answered'; readonly answer: CancelAnswer }
  | { readonly outcome: 'pending'; readonly login: Login }
  | NotFound
  | Unavailable

export type NumberResult =
  | {
      readonly outcome: 'number'
      /** What of it counts now. */
      readonly budget: Budget
      /** What a start with the purpose `login` would be told now. */
      readonly denial?: Denial
      readonly sendsLeft: number
    }
  | Unavailable

/** Whom a receipt is about: a login, or whichever is a number's newest. */
export type ReceiptAddressee =
  { readonly loginId: string } | { readonly subAccountId: string; readonly phone: Phone }

export type ReceiptResult =
  /** It is durable, now or since an earlier time. */
  | { readonly outcome: 'kept' }
  /** The login is closed or gone, or the number never had one. */
  | { readonly outcome: 'nobody' }
  /** The login has had more of them than any honest one. */
  | { readonly outcome: 'surplus' }
  | Unavailable

/** Who forgives a number's failures, and why; both are kept in the history. */
export type Clearing = { readonly by: string; readonly why: string }

export type LoginGateway = {
  start(app: App, request: StartRequest): Promise<StartResult>
  /** `waitSeconds` (0–30) holds the answer until the status changes; `signal` ends that, for who has hung up. */
  read(app: App, loginId: string, waitSeconds: number, signal?: AbortSignal): Promise<ReadResult>
  events(app: App, loginId: string): Promise<EventsResult>
  /** For the assertion alone. */
  terms(app: Pick<App, 'name'>, loginId: string): Promise<TermsResult>
  /** The events after the one with the id `after`, and from the first when there is none such. */
  follow(app: App, loginId: string, after?: string): Promise<FollowResult>
  /** The app's own logins of a number, `limit` (1–20) at most. */
  list(app: App, phone: Phone, limit: number): Promise<ListResult>
  /** `respondAsync`: a code that has no verdict yet is `pending` as soon as it is durable. */
  submitCode(
    app: App,
    loginId: string,
    request: { readonly code: string; readonly idempotency?: Idempotency; readonly respondAsync: boolean },
  ): Promise<CodeResult>
  resend(
    app: App,
    loginId: string,
    request: { readonly channel?: Channel; readonly idempotency?: Idempotency },
  ): Promise<ResendResult>
  cancel(app: App, loginId: string): Promise<CancelResult>
  /** Keeps a receipt for its login, which takes it as a hint; the same `receiptId` is kept once. Answers within 3 s. */
  receipt(addressee: ReceiptAddressee, receipt: Omit<ReceiptMessage, 'loginId'>): Promise<ReceiptResult>
  number(subAccountId: string, phone: Phone): Promise<NumberResult>
  clearNumber(subAccountId: string, phone: Phone, clearing: Clearing): Promise<NumberResult>
  /** Whether Temporal answers and a worker polls. */
  ready(): Promise<{ readonly temporal: boolean; readonly worker: boolean }>
}
