/** A copy of the workflow that somebody changed without thinking of logins in flight: replay must refuse it. */
import { sleep } from '@temporalio/workflow'
import { login as story } from '../../../workflows/login.ts'
import type { LoginInput, LoginRecord } from '../../../workflows/messages.ts'

export async function login(input: LoginInput): Promise<LoginRecord> {
  await sleep('1 second')
  return story(input)
}
