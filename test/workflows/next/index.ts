/** The workflow as its next version might be: it does one thing more at the start, which no recorded login did. */
import { upsertMemo } from '@temporalio/workflow'
import { login as story } from '../../../workflows/login.ts'
import type { LoginInput, LoginRecord } from '../../../workflows/messages.ts'

export { clearNumber } from '../../../workflows/clear-number.ts'

export async function login(input: LoginInput): Promise<LoginRecord> {
  upsertMemo({ begunBy: 'next' })
  return story(input)
}
