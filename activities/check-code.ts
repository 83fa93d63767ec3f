/** Asks 8x8 about a submitted code, once. There is no read without a code, here or anywhere (BIND-5). */
import type { Channel } from '../domain/login.ts'
import type { CheckOutcome, CheckRequest } from './eight-by-eight/types.ts'
import type { ActivityDeps } from './index.ts'
import { log } from './log.ts'
import { logNotDone, notDone, once, refuseAfterReset } from './refusals.ts'
import { ownSubAccount } from './sub-account.ts'

export type CheckCodeInput = CheckRequest & {
  readonly originalRunId: string
  /** For the conversion. */
  readonly app: string
  readonly country: string
  readonly channel: Channel
}

export type CheckCodeResult = Exclude<CheckOutcome, { outcome: 'not_done' }>

/** @throws ApplicationFailure `not-done` (retryable), `after-reset`, `broken`. */
export function checkCode({ eightByEight, conversion }: ActivityDeps) {
  return async ({
    originalRunId,
    app,
    country,
    channel,
    ...request
  }: CheckCodeInput): Promise<CheckCodeResult> =>
    once(async () => {
      refuseAfterReset(originalRunId)
      const checked = await eightByEight(ownSubAccount()).check(request)
      if (checked.outcome === 'unauthorized') log.error({}, '8x8 refuses our key: no code can be checked')
      if (checked.outcome === 'unknown' && checked.cause === 'mismatch') {
        log.error({}, '8x8 answered about another login; not believed')
      }
      if (checked.outcome === 'unknown' && checked.cause === 'unknown_status') {
        log.error({}, '8x8 answered with a status that is unknown to us; not believed')
      }
      const subject = { e164: request.phone, app, country, channel }
      if (checked.outcome === 'verified') conversion.verified(subject)
      if (checked.outcome === 'incorrect' || checked.outcome === 'exhausted') conversion.wrong()
      if (checked.outcome !== 'not_done') return checked
      logNotDone('check', checked.cause)
      throw notDone(checked.cause, checked.retryAfterSeconds, retryDelay(checked.retryAfterSeconds))
    })
}

/** The submitter is waiting: a wait longer than a moment is his to make, so Temporal finds no time for it. */
function retryDelay(retryAfterSeconds: number | undefined): number | undefined {
  return retryAfterSeconds === undefined ? undefined : Math.max(1, retryAfterSeconds) * 1000
}
