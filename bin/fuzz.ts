/**
 * `npm run fuzz`: schemathesis over `/openapi.json`, against an API of its own with sandbox, worker and Temporal
 * server. Ends with status 1 when an answer is a 5xx, not documented, or not of its schema.
 *
 * `npm run fuzz -- --seed 7 --seconds 600 --examples 200`
 */
import './dev/require-node.ts'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openTarget } from './fuzz/open-target.ts'
import { runSchemathesis } from './fuzz/run-schemathesis.ts'
import { findSchemathesis } from './fuzz/schemathesis.ts'

const { values } = parseArgs({
  options: {
    /** Of what is made up; told at the start, so that a run can be repeated. */
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    /** How long it may go on. */
    seconds: { type: 'string', default: '240' },
    /** For each operation and phase. */
    examples: { type: 'string', default: '50' },
  },
})
const report = (line: string) => console.log(`postern: ${line}`)
const folder = await mkdtemp(join(tmpdir(), 'postern-fuzz-'))
try {
  const command = await findSchemathesis(process.env, report)
  const target = await openTarget(folder, report)
  try {
    report(`fuzz ${target.url}, seed ${values.seed}`)
    const isClean = await runSchemathesis({ ...values, command, folder, ...target })
    const isAlive = (await fetch(`${target.url}/healthz`)).ok
    report(
      isClean && isAlive ? 'the fuzzer found nothing' : `the fuzzer found something: --seed ${values.seed}`,
    )
    process.exitCode = isClean && isAlive ? 0 : 1
  } finally {
    await target.close()
  }
} catch (error) {
  report(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
