/** A copy of the workflows with a mistake, and without one of them. */
import { condition } from '@temporalio/workflow'
import type { LoginInput } from '../../../workflows/messages.ts'

export async function login(input: LoginInput): Promise<void> {
  await condition(() => true)
  // A message that must not be passed on.
  if (input.phone !== '') throw new TypeError(`a mistake with ${input.phone}`)
}
