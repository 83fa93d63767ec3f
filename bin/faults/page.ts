/** The table row by row, for the terminal and for docs/faults.md. */
import { ROWS, type FaultRow } from './rows.ts'
import type { TestReport } from './run-vitest.ts'

export type Page = {
  readonly rows: readonly FaultRow[]
  /** Tests that are of no row: the model's, and those of the instruments themselves. */
  readonly others: readonly TestReport[]
  readonly isPassed: boolean
  readonly seed: string
  readonly date: string
}

export function toPage({ rows, others, isPassed, seed, date }: Page): string {
  const covered = rows.map(({ row }) => row)
  const missing = Array.from({ length: ROWS }, (_, n) => n + 1).filter((row) => !covered.includes(row))
  return `# Faults

What was broken on purpose, and what held. Made by \`npm run faults\`; not to be edited. The rows are those of the
table of faults; the invariants are N (nothing lost), D (no double message), V (no false verdict) and A (attempts
accounted). In the rows' own tests an oracle reads 8x8's log, every history and every answer afterwards.

- ${isPassed ? 'Everything held.' : '**Something did not hold.**'}
- Date: ${date}
- Seed: ${seed} (\`FAULTS_SEED=${seed} npm run faults\` breaks the same things again)

| row | what was injected | how often | what held | passed | seconds |
|---|---|---|---|---|---|
${rows.map(toLine).join('\n')}

Without a test here: ${missing.length === 0 ? 'none' : missing.map((row) => `row ${row}`).join(', ')}.

Besides: ${others.filter((test) => test.isPassed).length} of ${others.length} tests of the model, of the oracle and of
the proxy passed.
`
}

function toLine({ row, injected, tests, durationMs }: FaultRow): string {
  const faults = [...injected].map(([fault, times]) => (times === 1 ? fault : `${fault} (${times})`))
  const total = [...injected.values()].reduce((sum, times) => sum + times, 0)
  const held = tests.map(({ behaviour, isPassed }) => (isPassed ? behaviour : `**FAILED: ${behaviour}**`))
  const passed = `${tests.filter(({ isPassed }) => isPassed).length} of ${tests.length}`
  const cells = [row, list(faults), total, list(held), passed, (durationMs / 1000).toFixed(1)]
  return `| ${cells.join(' | ')} |`
}

function list(items: readonly string[]): string {
  return items.map((item) => item.replaceAll('|', '\\|')).join('<br>')
}
