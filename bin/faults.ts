/** `npm run faults`: every fault row, quick and slow, and the model at length; the table goes to docs/faults.md. */
import './dev/require-node.ts'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rowsElsewhere } from './faults/elsewhere.ts'
import { toPage } from './faults/page.ts'
import { toRows } from './faults/rows.ts'
import { runVitest } from './faults/run-vitest.ts'
import { writeSection } from './report.ts'

const DEFAULT_MODEL_RUNS = '1000'
const DEFAULT_SEED = '20300101'

const hasModel = existsSync(new URL('../test/model/', import.meta.url))
const seed = process.env.FAULTS_SEED ?? DEFAULT_SEED
const modelRuns = process.env.MODEL_RUNS ?? DEFAULT_MODEL_RUNS
const env = { ...process.env, FAULTS_SEED: seed, MODEL_RUNS: modelRuns }

console.log(`postern: faults, seed ${seed}`)
const runs = [
  await runVitest(['test/faults/'], env),
  await runVitest(['--config', 'test/commands.config.ts', '--root', '.', 'test/faults/'], env),
  await runVitest(['--config', 'test/faults/slow/vitest.config.ts'], env),
  ...(hasModel ? [await runVitest(['test/model/'], env)] : []),
]
const tests = runs.flatMap((run) => run.tests)
const rows = toRows(tests)
const isPassed = runs.every((run) => run.isPassed)
const others = tests.filter(({ title }) => !/\brow \d+/.test(title))
const elsewhere = rowsElsewhere(fileURLToPath(new URL('../', import.meta.url)))
const text = toPage({ rows, elsewhere, others, isPassed, seed, modelRuns: hasModel ? modelRuns : '0' })
writeSection('faults', text)

console.log(`\n${text}\n`)
console.log(isPassed ? 'postern: every row held' : `postern: not every row held; FAULTS_SEED=${seed}`)
process.exitCode = isPassed ? 0 : 1
