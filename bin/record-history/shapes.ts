/**
 * What the payloads of our workflows hold, member by member: what may stay, and what is replaced by what.
 * A member that is not named here is replaced; a member that the contract gains without a rule here does not compile.
 */
import type { CheckCodeInput, CheckCodeResult } from '../../activities/check-code.ts'
import type { DeliverEventInput } from '../../activities/deliver-event.ts'
import type { SendCodeInput, SendCodeResult } from '../../activities/send-code.ts'
import type { NotDoneDetail } from '../../domain/effect-failures.ts'
import type { LoginRecord } from '../../domain/login.ts'
import { ENABLE, FAILED, TAKEN, type DeliveryRecord } from '../../domain/webhook.ts'
import type {
  CancelAnswer,
  CodeAnswer,
  ReceiptMessage,
  ResendAnswer,
  ResendMessage,
  StartedAnswer,
  SupersedeAnswer,
} from '../../workflows/messages.ts'
import { budget, codeMessage, denial, event, login, loginInput, loginMemo } from './login-shapes.ts'
import type { Members, Shape } from './shape.ts'
import { delivery, deliveryAnswer, failingInput, webhookEvent, webhookMemo } from './webhook-shapes.ts'

/** A run's arguments, by workflow type: the members of all of them. */
export const inputs: Readonly<Record<string, Shape>> = {
  login: loginInput,
  clearNumber: { ...budget, by: 'person', why: 'text' },
  deliverEvent: delivery,
  endpointFailing: failingInput,
}

/** A run's result, by workflow type. */
export const results: Readonly<Record<string, Shape>> = {
  login: { login, events: [event] } as const satisfies Members<LoginRecord>,
  clearNumber: { budget },
  deliverEvent: {
    status: 'word',
    attempts: 'number',
    last: deliveryAnswer,
  } as const satisfies Members<DeliveryRecord>,
  endpointFailing: 'word',
}

/** Of every workflow type; no two have a member of one name. */
export const memo: Readonly<Record<string, Shape>> = {
  ...loginMemo,
  ...webhookMemo,
}

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
  [ENABLE]: {},
  [FAILED]: {},
  [TAKEN]: {},
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
    asks: {
      loginId: 'login',
      app: 'app',
      channel: 'word',
      fingerprint: 'key',
      request: 'text',
    } as const satisfies Members<ResendMessage>,
    answers: {
      outcome: 'word',
      login,
      fingerprint: 'key',
      request: 'text',
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
  deliverEvent: {
    takes: {
      eventId: 'event',
      endpointId: 'endpoint',
      event: webhookEvent,
    } as const satisfies Members<DeliverEventInput>,
    gives: deliveryAnswer,
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
