/** What a fault test broke, and with which dice: `npm run faults` prints both. */
import type { TaskMeta } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** One entry each time something was broken. */
    injected?: string[]
    /** One entry each time something noteworthy came of it. */
    observed?: string[]
  }
}

/** Notes in the test's own report that these faults were injected. */
export function injected(task: { readonly meta: TaskMeta }, ...faults: readonly string[]): void {
  task.meta.injected = [...(task.meta.injected ?? []), ...faults]
}

/** Notes what came of them. */
export function observed(task: { readonly meta: TaskMeta }, ...events: readonly string[]): void {
  task.meta.observed = [...(task.meta.observed ?? []), ...events]
}

/** `FAULTS_SEED`, a whole number; the same seed breaks the same things in the same order. Default 20300101. */
export const seed = Number(process.env.FAULTS_SEED ?? 20_300_101)

/** mulberry32: numbers from 0 up to, not including, 1. */
export function createDice(from: number = seed): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
