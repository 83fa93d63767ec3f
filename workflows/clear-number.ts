/**
 * An operator's word between two logins: a run of the number's own workflow that only leaves a cleared budget.
 * While a login is open, its update `clear` does the same.
 */
import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow'
import type { Budget } from '../domain/budget.ts'
import { clearUpdate } from './messages.ts'

/** @param budget what the memo of this run says, failures forgiven; by whom and why is in the update. */
export async function clearNumber(budget: Budget): Promise<{ readonly budget: Budget }> {
  let isCleared = false
  setHandler(clearUpdate, () => {
    isCleared = true
    return { budget }
  })
  await condition(() => isCleared)
  await condition(allHandlersFinished)
  return { budget }
}
