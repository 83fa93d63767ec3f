/** Sends a code, once. What may be repeated, the failure's class says; the workflow decides on the rest. */
import { log } from '@temporalio/activity'
import type { ActivityDeps } from './index.ts'
import type { SendOutcome, SendRequest } from './eight-by-eight/types.ts'
import { notDone, once, refuseAfterReset } from './refusals.ts'

export type SendCodeInput = SendRequest & {
  readonly originalRunId: string
  /** Milliseconds since the epoch after which no message may go out. */
  readonly giveUpAt: number
}

export type SendCodeResult = Exclude<SendOutcome, { outcome: 'not_done' }>

/** Room for one call before `giveUpAt`, in milliseconds. */
const ROOM_FOR_A_CALL_MS = 3000

/** @throws ApplicationFailure `not-done` (retryable), `after-reset`, `broken`. */
export function sendCode({ eightByEight }: ActivityDeps) {
  return async ({ originalRunId, giveUpAt, ...request }: SendCodeInput): Promise<SendCodeResult> =>
    once(async () => {
      refuseAfterReset(originalRunId)
      const sent = await eightByEight.send(request)
      if (sent.outcome === 'refused' && sent.refusal !== 'phone') {
        log.error('8x8 refuses to send: check the account and its configuration', { refusal: sent.refusal })
      }
      if (sent.outcome !== 'not_done') return sent
      log.warn('8x8 was not reached', { operation: 'send', cause: sent.cause })
      throw notDone(sent.cause, sent.retryAfterSeconds, retryDelay(sent.retryAfterSeconds, giveUpAt))
    })
}

/** As 8x8 asks, but at least a second, and in time for one more call (fault row 27). */
function retryDelay(retryAfterSeconds: number | undefined, giveUpAt: number): number | undefined {
  if (retryAfterSeconds === undefined) return undefined
  const left = giveUpAt - Date.now() - ROOM_FOR_A_CALL_MS
  return Math.max(1000, Math.min(retryAfterSeconds * 1000, left))
}
