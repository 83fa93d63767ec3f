/** What a login's payloads are made of. */
import type { Ladder } from '../../domain/ladder.ts'
import type { Budget, Denial, Failures } from '../../domain/budget.ts'
import type { Login, LoginEvent } from '../../domain/login.ts'
import type { Policy, SendLimit } from '../../domain/policy.ts'
import type { CodeMessage, IdempotencyEntry, LoginInput, LoginMemo } from '../../workflows/messages.ts'
import type { Members } from './shape.ts'

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

export const budget = {
  sends: ['number'],
  enrolmentSends: ['number'],
  earliestSendAt: 'number',
  failures,
  enrolmentFailures: failures,
} as const satisfies Members<Budget>

export const denial = { reason: 'word', retryAt: 'number' } as const satisfies Members<Denial>

export const login = {
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

export const event = {
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

export const loginInput = {
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

export const codeMessage = {
  submissionId: 'update',
  loginId: 'login',
  app: 'app',
  code: 'code',
  fingerprint: 'key',
} as const satisfies Members<CodeMessage>

export const loginMemo = {
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
