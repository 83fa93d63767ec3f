/** The table row by row, for the terminal and for its section of docs/faults.md. */
import type { Elsewhere } from './elsewhere.ts'
import { ROWS, type FaultRow } from './rows.ts'
import type { TestReport } from './run-vitest.ts'

export type Page = {
  readonly rows: readonly FaultRow[]
  /** What other suites prove. */
  readonly elsewhere: Elsewhere
  /** Tests that are of no row: the model's, and those of the instruments themselves. */
  readonly others: readonly TestReport[]
  readonly isPassed: boolean
  readonly seed: string
  /** Random sequences that the model was held against. */
  readonly modelRuns: string
}

export function toPage({ rows, elsewhere, others, isPassed, seed, modelRuns }: Page): string {
  const covered = rows.map(({ row }) => row)
  const uncovered = Array.from({ length: ROWS }, (_, n) => n + 1).filter((row) => !covered.includes(row))
  const missing = uncovered.filter((row) => !elsewhere.has(row))
  const total = rows.flatMap(({ tests }) => tests).length
  return `${isPassed ? 'Everything held.' : '**Something did not hold.**'} ${rows.length} rows, ${total} tests, seed ${seed}
(\`FAULTS_SEED=${seed} npm run faults\` throws the same dice again). The rows are those of the table of faults.

| row | what was injected | how often | what held | passed | seconds |
|---|---|---|---|---|---|
${rows.map(toLine).join('\n')}

Not run here, since their tests stand beside what they are about (\`npm test\`, \`npm run test:commands\`, \`npm run test:cluster\`, \`npm run test:compose\`):
${orNone(uncovered.flatMap((row) => toPlace(row, elsewhere.get(row))))}.

Without a test: ${orNone(missing.map((row) => `row ${row}`))}.

Besides: ${others.filter((test) => test.isPassed).length} of ${others.length} tests of the model (${modelRuns} random
sequences), of processes that drain, of the oracle and of the proxy passed.`
}

function toLine({ row, injected, observed, tests, durationMs }: FaultRow): string {
  const faults = [...injected].map(([fault, times]) => (times === 1 ? fault : `${fault} (${times})`))
  const total = [...injected.values()].reduce((sum, times) => sum + times, 0)
  const held = tests.map(({ behaviour, isPassed }) => (isPassed ? behaviour : `**FAILED: ${behaviour}**`))
  const seen = [...observed].map(([what, times]) => `(${what}: ${times})`)
  const passed = `${tests.filter(({ isPassed }) => isPassed).length} of ${tests.length}`
  const cells = [row, list(faults), total, list([...held, ...seen]), passed, (durationMs / 1000).toFixed(1)]
  return `| ${cells.join(' | ')} |`
}

function toPlace(row: number, paths: readonly string[] = []): string[] {
  return paths.length === 0 ? [] : [`row ${row} (${paths.map((path) => `\`${path}\``).join(', ')})`]
}

function orNone(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join(', ')
}

function list(items: readonly string[]): string {
  return items.map((item) => item.replaceAll('|', '\\|')).join('<br>')
}
