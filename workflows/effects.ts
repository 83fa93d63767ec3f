/** What came of an effect: a result of ours, or how certain it is that nothing happened. The same for send and check. */
import { ActivityFailure, isCancellation } from '@temporalio/workflow'
import { ApplicationFailure, TimeoutFailure, TimeoutType } from '@temporalio/common'
import type { Activities } from '../activities/index.ts'
import {
  AFTER_RESET,
  NO_WORKER,
  NOT_DONE,
  NOT_OURS,
  TIME_UP,
  type NotDoneDetail,
} from '../domain/effect-failures.ts'

export type SendCodeResult = Awaited<ReturnType<Activities['sendCode']>>
export type CheckCodeResult = Awaited<ReturnType<Activities['checkCode']>>

export type EffectFailure =
  /** Certainly nothing. */
  | ({ readonly outcome: 'not_done' } & NotDoneDetail)
  | { readonly outcome: typeof AFTER_RESET }
  /** Perhaps: it was cut off, or our own code broke. */
  | { readonly outcome: 'unknown'; readonly cause: string }

/**
 * @param lost the cause to name when the effect may have happened.
 * @throws a cancellation, and what is no activity's failure.
 */
export function toEffectFailure(error: unknown, lost: string): EffectFailure {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
  const { cause } = error
  if (cause instanceof TimeoutFailure && cause.timeoutType === TimeoutType.SCHEDULE_TO_START) {
    return { outcome: 'not_done', cause: NO_WORKER }
  }
  if (cause instanceof TimeoutFailure && cause.timeoutType === TimeoutType.SCHEDULE_TO_CLOSE) {
    return { outcome: 'unknown', cause: TIME_UP }
  }
  if (!(cause instanceof ApplicationFailure)) return { outcome: 'unknown', cause: lost }
  switch (cause.type) {
    case AFTER_RESET:
      return { outcome: AFTER_RESET }
    case NOT_DONE:
      return { outcome: 'not_done', ...toDetail(cause.details?.[0]) }
    default:
      return { outcome: 'unknown', cause: lost }
  }
}

function toDetail(detail: unknown): NotDoneDetail {
  const { cause, retryAfterSeconds } = membersOf(detail)
  return {
    cause: typeof cause === 'string' ? cause : 'unknown',
    ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
  }
}

/** The result is none of ours: its payload was replaced on the way, or another than our worker answered. */
const notOurs = { outcome: 'unknown', cause: NOT_OURS } as const
type NotOurs = typeof notOurs

/** Takes a result for what it says only if it is one of ours; anything else may have happened. */
export function takeSent(result: unknown): SendCodeResult | NotOurs {
  return isSendCodeResult(result) ? result : notOurs
}

/** The same; what is not ours can never be `verified`. */
export function takeChecked(result: unknown): CheckCodeResult | NotOurs {
  return isCheckCodeResult(result) ? result : notOurs
}

type Shapes<R extends { readonly outcome: string }> = Record<
  R['outcome'],
  (members: Record<string, unknown>) => boolean
>

const sendShapes: Shapes<SendCodeResult> = {
  sent: ({ challenge, expiresAt, sentAt }) =>
    isText(challenge) &&
    (expiresAt === undefined || isText(expiresAt)) &&
    (sentAt === undefined || Number.isInteger(sentAt)),
  too_early: () => true,
  refused: ({ refusal }) => isText(refusal),
  unknown: ({ cause }) => isText(cause),
}

const checkShapes: Shapes<CheckCodeResult> = {
  verified: () => true,
  incorrect: ({ attempt }) => attempt === undefined || Number.isInteger(attempt),
  exhausted: () => true,
  expired: () => true,
  gone: () => true,
  unauthorized: () => true,
  refused: ({ refusal }) => isText(refusal),
  unknown: ({ cause }) => isText(cause),
}

const isSendCodeResult = (result: unknown): result is SendCodeResult => isShaped(sendShapes, result)
const isCheckCodeResult = (result: unknown): result is CheckCodeResult => isShaped(checkShapes, result)

function isShaped(shapes: Shapes<{ readonly outcome: string }>, result: unknown): boolean {
  const members = membersOf(result)
  const { outcome } = members
  return typeof outcome === 'string' && Object.hasOwn(shapes, outcome) && shapes[outcome]?.(members) === true
}

const isText = (value: unknown) => typeof value === 'string'

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
