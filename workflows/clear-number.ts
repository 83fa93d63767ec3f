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
 * @param _clearing by whom and why, as in the update, for whoever reads the history while no worker has that
 */
export async function clearNumber(budget: Budget, _clearing?: unknown): Promise<{ readonly budget: Budget }> {
  let isCleared = false
  setCurrentDetails(CLEARING_AWAITED)
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
