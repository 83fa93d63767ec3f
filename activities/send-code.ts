/** Sends a code, once. What may be repeated, the failure's class says; the workflow decides on the rest. */
import { activityInfo } from '@temporalio/activity'
import { BLOCKED, findBlock, NUMBER_TYPE } from '../domain/blocks.ts'
import { isAllowedType } from '../domain/phone.ts'
import type { ActivityDeps } from './index.ts'
import type { SendOutcome, SendRequest } from './eight-by-eight/types.ts'
import { log } from './log.ts'
import { logNotDone, notDone, notDoneAndOver, once, refuseAfterReset } from './refusals.ts'
import { ownSubAccount } from './sub-account.ts'

export type SendCodeInput = SendRequest & {
  /** For the kill switch and the conversion. */
  readonly app: string
  readonly country: string
  readonly originalRunId: string
  /** Milliseconds since the epoch after which no message may go out. */
  readonly giveUpAt: number
}

export type SendCodeResult =
  | Exclude<SendOutcome, { outcome: 'not_done' | 'sent' }>
  | (Extract<SendOutcome, { outcome: 'sent' }> & {
      /**
       * When this attempt was scheduled, by the Temporal server's clock, in milliseconds since the epoch; absent in
       * logins that began before it was told.
       */
      readonly sentAt?: number
    })
  /** Not by 8x8, which was not asked; final, as every refusal is. */
  | { readonly outcome: 'refused'; readonly refusal: typeof BLOCKED | typeof NUMBER_TYPE }

/** Room for one call before `giveUpAt`, in milliseconds. */
const ROOM_FOR_A_CALL_MS = 3000

/** @throws ApplicationFailure `not-done` (retryable), `after-reset`, `broken`. */
export function sendCode({ eightByEight, blocks, conversion }: ActivityDeps) {
  return async ({
    originalRunId,
    giveUpAt,
    app,
    country,
    ...request
  }: SendCodeInput): Promise<SendCodeResult> =>
    once(async () => {
      refuseAfterReset(originalRunId)
      const { phone: e164, channel } = request
      if (findBlock(blocks(), { e164, app, country, channel }, Date.now())) {
        log.warn({ app, country, channel }, 'a send was stopped by a block of an operator')
        return { outcome: 'refused', refusal: BLOCKED }
      }
      // A login that began with a call to a landline may ask for a resend by SMS.
      if (!isAllowedType({ e164 }, channel)) return { outcome: 'refused', refusal: NUMBER_TYPE }
      const sent = await eightByEight(ownSubAccount()).send(request)
      if (sent.outcome === 'refused' && sent.refusal !== 'phone') {
        log.error({ refusal: sent.refusal }, '8x8 refuses to send: check the account and its configuration')
      }
      if (sent.outcome === 'too_early' && sent.codeClass !== undefined) {
        logForbidden(sent.codeClass, isLastTry(request, giveUpAt))
      }
      if (sent.outcome === 'sent') {
        conversion.sent({ e164, app, country, channel })
        return { ...sent, sentAt: activityInfo().currentAttemptScheduledTimestampMs }
      }
      if (sent.outcome !== 'not_done') return sent
      logNotDone('send', sent.cause)
      // A login whose send is being repeated has been waiting already; a new one is told at once.
      if (sent.cause === 'open' && activityInfo().attempt === 1) throw notDoneAndOver(sent.cause)
      throw notDone(sent.cause, sent.retryAfterSeconds, retryDelay(sent.retryAfterSeconds, giveUpAt))
    })
}

/** As 8x8 asks, but at least a second, and in time for one more call (fault row 27). */
function retryDelay(retryAfterSeconds: number | undefined, giveUpAt: number): number | undefined {
  if (retryAfterSeconds === undefined) return undefined
  const left = giveUpAt - Date.now() - ROOM_FOR_A_CALL_MS
  return Math.max(1000, Math.min(retryAfterSeconds * 1000, left))
}

/** A 403 is taken for the interval, as 8x8 documents it; an operator must not be left with that guess. */
function logForbidden(codeClass: string, isLast: boolean): void {
  const fields = { status: 403, codeClass }
  if (!isLast) log.warn(fields, '8x8 forbids a send and does not say why: taken for its interval')
  else
    log.error(fields, '8x8 forbids sending and does not say why: check the account and its allowed addresses')
}

/** The workflow waits for the interval once, and only while there is time (design 2, Retry classes). */
function isLastTry(
  { newCode, validitySeconds, resendIntervalSeconds }: SendRequest,
  giveUpAt: number,
): boolean {
  const startedAt = giveUpAt - validitySeconds * 1000
  const intervalMs = resendIntervalSeconds * 1000
  return newCode && (Date.now() >= startedAt + intervalMs || Date.now() + intervalMs >= giveUpAt)
}
