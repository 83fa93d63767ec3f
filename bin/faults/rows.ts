/** Tests sorted into the rows of the table of faults, by what their titles say: `row 22: …`, `row 33, 34: …`. */
import type { TestReport } from './run-vitest.ts'

export type FaultRow = {
  readonly row: number
  /** What was broken, and how often. */
  readonly injected: ReadonlyMap<string, number>
  /** What came of it, and how often. */
  readonly observed: ReadonlyMap<string, number>
  /** What must hold, a sentence a test. */
  readonly tests: readonly { readonly behaviour: string; readonly isPassed: boolean }[]
  readonly durationMs: number
}

/** How many rows the table of faults has (requirements, "Faults"). */
export const ROWS = 52

export function toRows(tests: readonly TestReport[]): FaultRow[] {
  const numbers = Array.from({ length: ROWS }, (_, n) => n + 1)
  return numbers.flatMap((row) => {
    const own = tests.flatMap((test) => {
      const named = namedIn(test.title)
      return named.rows.includes(row) ? [{ ...test, behaviour: named.behaviour }] : []
    })
    if (own.length === 0) return []
    const injected = counted(own.flatMap(faultsOf))
    const observed = counted(own.flatMap((test) => test.observed))
    const durationMs = own.reduce((sum, test) => sum + test.durationMs, 0)
    return [{ row, injected, observed, tests: own, durationMs }]
  })
}

function counted(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** A test that does not say what it broke has broken what its title is about, once. */
function faultsOf({ injected, behaviour }: TestReport & { readonly behaviour: string }): readonly string[] {
  return injected.length > 0 ? injected : [behaviour.split(/[:,;]/, 1).join('')]
}

function namedIn(title: string): { readonly rows: readonly number[]; readonly behaviour: string } {
  const [, rows = '', behaviour = title] = /\brow (\d+(?:, \d+)*): (.*)$/.exec(title) ?? []
  return { rows: rows.split(', ').map(Number), behaviour }
}
