/**
 * An operator's word between two logins: a run of the number's own workflow that only leaves a cleared budget.
 * While a login is open, its update `clear` does the same.
 */
import { allHandlersFinished, condition, setCurrentDetails, setHandler } from '@temporalio/workflow'
import type { Budget } from '../domain/budget.ts'
import { CLEARING_AWAITED, tellClearing } from '../domain/story.ts'
import { clearUpdate } from './messages.ts'

/**
 * @param budget what the memo of this run says, failures forgiven
 * @param said by whom and why, as in the update: Temporal forgets an update that no worker has taken, and the run must
 * not be in the number's way for that
 */
export async function clearNumber(budget: Budget, said?: unknown): Promise<{ readonly budget: Budget }> {
  let isCleared = said !== undefined
  setCurrentDetails(said === undefined ? CLEARING_AWAITED : tellClearing(said))
  setHandler(
    clearUpdate,
    (clearing: unknown) => {
      isCleared = true
      setCurrentDetails(tellClearing(clearing))
      return { budget }
    },
    { description: 'An operator forgives the number’s failures; says who and why.' },
  )
  await condition(() => isCleared)
  await condition(allHandlersFinished)
  return { budget }
}
