import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { signIn } from './people.ts'
import { openStack, type Stack, type StackSettings } from './stack.ts'

/** The stack of a test file: up before its first test, whole again before each, gone after the last. */
export function useStack(settings: StackSettings = {}): () => Stack {
  let stack: Stack | undefined
  beforeAll(async () => {
    stack = await openStack(settings)
  })
  beforeEach(async () => {
    const isMended = await stack?.mend()
    if (stack === undefined || !isMended) return
    const up = stack
    await expect.poll(() => signIn(up, { patienceSeconds: 20 }), { timeout: 120_000 }).toBe('verified')
  })
  afterAll(() => stack?.close())
  return () => {
    if (stack === undefined) throw new Error('the stack is not up')
    return stack
  }
}
