/** All that a login does to the world; the workflow knows only the type of this. */
import { checkCode } from './check-code.ts'
import type { EightByEight } from './eight-by-eight/types.ts'
import { sendCode } from './send-code.ts'

export type ActivityDeps = { readonly eightByEight: EightByEight }

export type Activities = ReturnType<typeof createActivities>

export function createActivities(deps: ActivityDeps) {
  return { sendCode: sendCode(deps), checkCode: checkCode(deps) }
}
