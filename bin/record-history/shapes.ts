/**
 * What the payloads of our workflows hold, member by member: what may stay, and what is replaced by what.
 * A member that is not named here is replaced; a member that the contract gains without a rule here does not compile.
 */
import type { CheckCodeInput, CheckCodeResult } from '../../activities/check-code.ts'
import type { SendCodeInput, SendCodeResult } from '../../activities/send-code.ts'
import type { Ladder } from '../../domain/ladder.ts'
import type { Budget, Denial, Failures } from '../../domain/budget.ts'
import type { NotDoneDetail } from '../../domain/effect-failures.ts'
import type { Login, LoginEvent, LoginRecord } from '../../domain/login.ts'
import type { Policy, SendLimit } from '../../domain/policy.ts'
import type {
  CancelAnswer,
  CodeAnswer,
  CodeMessage,
  IdempotencyEntry,
  LoginInput,
  LoginMemo,
  ReceiptMessage,
  ResendAnswer,
  StartedAnswer,
  SupersedeAnswer,
} from '../../workflows/messages.ts'
import type { Leaf } from './leaves.ts'

/** Whatever has another form than its shape, and every member that is not named, is replaced as unknown. */
export type Shape = Leaf | readonly [Shape] | { readonly [member: string]: Shape }

/** A rule for every member that any variant of `T` has. */
type Members<T> = Record<T extends unknown ? keyof T : never, Shape>

const policy = {
  codeLength: 'number',
  codeValiditySeconds: 'number',
  resendIntervalSeconds: 'number',
  maxAttempts: 'number',
  maxResends: 'number',
  sendLimits: [{ sends: 'number', seconds: 'number' } satisfies Members<SendLimit>],
  enrolmentSendLimits: [{ sends: 'number', seconds: 'number' } satisfies Members<SendLimit>],
} as const satisfies Members<Policy>

const failures = { count: 'number', lastAt: 'number' } as const satisfies Members<Failures>

const budget = {
  sends: ['number'],
  enrolmentSends: ['number'],
  earliestSendAt: 'number',
  failures,
  enrolmentFailures: failures,
} as const satisfies Members<Budget>

const denial = { reason: 'word', retryAt: 'number' } as const satisfies Members<Denial>

const login = {
  id: 'login',
  status: 'word',
  reason: 'word',
  phone: 'mask',
  country: 'country',
  channel: 'word',
  brand: 'brand',
  purpose: 'word',
  userId: 'user',
  attemptsLeft: 'number',
  resendsLeft: 'number',
  resendAfter: 'time',
  expiresAt: 'time',
  createdAt: 'time',
  delivery: 'word',
  verifiedAt: 'time',
} as const satisfies Members<Login>

const event = {
  id: 'event',
  sequence: 'number',
  at: 'time',
  type: 'word',
  data: {
    phone: 'mask',
    country: 'country',
    channel: 'word',
    brand: 'brand',
    purpose: 'word',
    userId: 'user',
    attemptsLeft: 'number',
    resendsLeft: 'number',
    expiresAt: 'time',
    resendAfter: 'time',
    failure: 'word',
    cause: 'word',
    next: 'word',
    reason: 'word',
    spent: 'flag',
  } as const satisfies Members<LoginEvent['data']>,
} as const satisfies Members<LoginEvent>

const loginInput = {
  loginId: 'login',
  previousRunId: 'run',
  app: 'app',
  phone: 'phone',
  maskedPhone: 'mask',
  country: 'country',
  channel: 'word',
  brand: 'brand',
  language: 'language',
  userId: 'user',
  nonce: 'nonce',
  clientIp: 'address',
  purpose: 'word',
  policy,
  callbackUrl: 'url',
  smsTemplate: 'text',
  ladder: { whenUndelivered: 'word', receiptWaitSeconds: 'number' } satisfies Members<Ladder>,
  endpoints: ['endpoint'],
  budget,
} as const satisfies Members<LoginInput>

const codeMessage = {
  submissionId: 'update',
  loginId: 'login',
  app: 'app',
  code: 'code',
  fingerprint: 'key',
} as const satisfies Members<CodeMessage>

/** A run's first argument, by workflow type. */
export const inputs: Readonly<Record<string, Shape>> = { login: loginInput, clearNumber: budget }

/** A run's result, by workflow type. */
export const results: Readonly<Record<string, Shape>> = {
  login: { login, events: [event] } as const satisfies Members<LoginRecord>,
  clearNumber: { budget },
}

export const memo: Readonly<Record<string, Shape>> = {
  loginId: 'login',
  previousRunId: 'run',
  app: 'app',
  budget,
  idempotencyKeys: [
    {
      key: 'key',
      fingerprint: 'key',
      loginId: 'login',
      at: 'number',
    } as const satisfies Members<IdempotencyEntry>,
  ],
} as const satisfies Members<LoginMemo>

/** `TemporalChangeVersion` holds the names of patches. */
export const searchAttributes: Readonly<Record<string, Shape>> = {
  PosternApp: 'app',
  PosternCountry: 'country',
  PosternStatus: 'word',
  TemporalChangeVersion: ['word'],
}

export const signals: Readonly<Record<string, Shape>> = {
  userCode: codeMessage,
  receipt: {
    loginId: 'login',
    receiptId: 'receipt',
    channel: 'word',
    state: 'word',
    cause: 'word',
  } as const satisfies Members<ReceiptMessage>,
}

/** An update's argument and its answer, by the update's name. */
export const updates: Readonly<Record<string, { readonly asks: Shape; readonly answers: Shape }>> = {
  started: {
    asks: {},
    answers: {
      loginId: 'login',
      login,
      // The workflow keeps the whole result of the send, `outcome` included.
      failure: { outcome: 'word', failure: 'word', cause: 'word' },
    } as const satisfies Members<StartedAnswer>,
  },
  submitCode: {
    asks: codeMessage,
    answers: {
      outcome: 'word',
      login,
      terms: { phone: 'phone', nonce: 'nonce' },
      fingerprint: 'key',
      retryAfterSeconds: 'number',
    } as const satisfies Members<CodeAnswer>,
  },
  resend: {
    asks: { loginId: 'login', app: 'app', channel: 'word', fingerprint: 'key' },
    answers: {
      outcome: 'word',
      login,
      fingerprint: 'key',
      retryAt: 'number',
      denial,
      failure: 'word',
      cause: 'word',
    } as const satisfies Members<ResendAnswer>,
  },
  cancel: {
    asks: { loginId: 'login', app: 'app' },
    answers: { outcome: 'word', login } as const satisfies Members<CancelAnswer>,
  },
  supersede: {
    asks: { purpose: 'word' },
    answers: { outcome: 'word', budget, denial } as const satisfies Members<SupersedeAnswer>,
  },
  clear: { asks: { by: 'person', why: 'text' }, answers: { budget } },
}

/** An activity's argument and its result, by the activity's type. */
export const activities: Readonly<Record<string, { readonly takes: Shape; readonly gives: Shape }>> = {
  sendCode: {
    takes: {
      phone: 'phone',
      channel: 'word',
      brand: 'brand',
      language: 'language',
      clientIp: 'address',
      template: 'text',
      callbackUrl: 'url',
      newCode: 'flag',
      codeLength: 'number',
      validitySeconds: 'number',
      resendIntervalSeconds: 'number',
      originalRunId: 'run',
      giveUpAt: 'number',
      app: 'app',
      country: 'country',
    } as const satisfies Members<SendCodeInput>,
    gives: {
      outcome: 'word',
      challenge: 'challenge',
      expiresAt: 'time',
      sentAt: 'number',
      resendAfter: 'time',
      codeClass: 'word',
      refusal: 'word',
      cause: 'word',
    } as const satisfies Members<SendCodeResult>,
  },
  checkCode: {
    takes: {
      phone: 'phone',
      challenge: 'challenge',
      code: 'code',
      originalRunId: 'run',
      app: 'app',
      country: 'country',
      channel: 'word',
    } as const satisfies Members<CheckCodeInput>,
    gives: {
      outcome: 'word',
      attempt: 'number',
      refusal: 'word',
      cause: 'word',
    } as const satisfies Members<CheckCodeResult>,
  },
}

/** The first detail of a failure of ours. */
export const failureDetail: Shape = {
  cause: 'word',
  retryAfterSeconds: 'number',
} as const satisfies Members<NotDoneDetail>

/** The SDK's own note of a patch. */
export const patchMarker: Shape = { id: 'word', deprecated: 'flag' }

const moment = { seconds: 'number', nanos: 'number' } as const

/** The SDK's own note of a local activity. `backoff`: it failed, and a timer of that length comes before its next try. */
export const localActivityMarker: Shape = {
  seq: 'number',
  attempt: 'number',
  activity_id: 'fact',
  activity_type: 'name',
  complete_time: moment,
  backoff: moment,
  original_schedule_time: moment,
}
