/** `npm run bench`: what a login costs, beside a bare skeleton of the same Temporal steps; the table goes to docs/bench.md. */
import '../bin/dev/require-node.ts'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { givenVariables } from '../platform/config/parsers.ts'
import { compare } from './compare.ts'
import { parseOptions, usage, type BenchOptions } from './options.ts'
import { writeSection } from './page.ts'
import { toScale } from './scale.ts'
import { openStage } from './stage.ts'
import { toText, toWaitingText } from './table.ts'
import { measureWaiting } from './waiting.ts'

const DEFAULT_PAGE = resolve(import.meta.dirname, '../docs/bench.md')
const SCALE_PAGE = resolve(import.meta.dirname, '../docs/scale.md')
const report = (line: string) => console.error(`postern: ${line}`)

const options = readOptions()
try {
  process.exitCode = options !== undefined && (await run(options)) ? 0 : 1
} catch (error) {
  report(tell(error))
  process.exitCode = 1
}

function readOptions(): BenchOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${tell(error)}\n\n${usage}`)
    return undefined
  }
}

function tell(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** @returns whether every login was verified; a goal that is missed is told, and is no failure */
async function run(options: BenchOptions): Promise<boolean> {
  const { hasReceipts, hasTraces, profile, waiting, json, page = DEFAULT_PAGE } = options
  const isComparing = waiting === undefined
  const stage = await openStage({
    env: givenVariables(process.env),
    hasReceipts,
    hasTraces,
    hasSkeleton: isComparing,
    profile,
    report,
  })
  try {
    const keep = (section: 'compare' | 'waiting', text: string, results: object) => {
      console.log(text)
      writeSection(page, section, text)
      if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`)
    }
    if (isComparing) {
      const results = await compare(stage, options, report)
      keep('compare', toText(results), results)
      // A page of one's own is a trial, from which nothing is to be concluded.
      const scale = page === DEFAULT_PAGE ? toScale(results) : undefined
      if (scale !== undefined) writeSection(SCALE_PAGE, 'scale', scale)
      return results.levels.every((level) => [level.postern, level.skeleton].every(isWhole))
    }
    const results = await measureWaiting(stage, options, report)
    keep('waiting', toWaitingText(results), results)
    return results.startFailures.length + results.verifyFailures.length === 0
  } finally {
    await stage.close()
  }
}

function isWhole({ failures }: { readonly failures: readonly string[] }): boolean {
  return failures.length === 0
}
