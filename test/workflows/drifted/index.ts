/** A copy of the workflows that somebody changed without thinking of runs in flight: replay must refuse it. */
import { sleep } from '@temporalio/workflow'
import type { Budget } from '../../../domain/budget.ts'
import { clearNumber as clearing } from '../../../workflows/clear-number.ts'
import { login as story } from '../../../workflows/login.ts'
import type { LoginInput, LoginRecord } from '../../../workflows/messages.ts'

export async function login(input: LoginInput): Promise<LoginRecord> {
  await sleep('1 second')
  return story(input)
}

export async function clearNumber(budget: Budget): Promise<{ readonly budget: Budget }> {
  await sleep('1 second')
  return clearing(budget)
}
