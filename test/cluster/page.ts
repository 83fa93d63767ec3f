/** docs/cluster.md: prose by hand, and below its last heading what the last whole run did and measured. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { toRows, type FaultRow } from '../../bin/faults/rows.ts'
import type { TestReport } from '../../bin/faults/run-vitest.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** Tables in Markdown, of what a test has measured. */
    measured?: string[]
  }
}

const file = resolve(import.meta.dirname, '../../docs/cluster.md')
const HEADING = '## The last run\n'

/** Writes the page when every file of the folder was run; a run of one file proves too little. */
export function createPageReporter(): Reporter {
  return {
    onTestRunEnd(modules) {
      const all = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.cluster.ts'))
      const text = toText(modules)
      process.stdout.write(`\n${text}\n`)
      if (modules.length < all.length) return
      const [prose = ''] = readFileSync(file, 'utf8').split(HEADING, 1)
      writeFileSync(file, `${prose}${HEADING}\n${text}`)
    },
  }
}

function toText(modules: readonly TestModule[]): string {
  const tests = modules.flatMap(({ children }) => [...children.allTests()])
  const reports = tests.map((test): TestReport => ({
    title: test.fullName,
    isPassed: test.result().state === 'passed',
    durationMs: test.diagnostic()?.duration ?? 0,
    injected: test.meta().injected ?? [],
    observed: test.meta().observed ?? [],
  }))
  const isPassed = reports.length > 0 && reports.every((report) => report.isPassed)
  const others = reports.filter(({ title }) => !/\brow \d+/.test(title))
  const measured = tests.flatMap((test) => test.meta().measured ?? [])
  return `${new Date().toISOString().slice(0, 10)}. ${isPassed ? 'Everything held.' : '**Something did not hold.**'}

| row | what was done, and how often | what held | what came of it | seconds |
|---|---|---|---|---|
${toRows(reports).map(toLine).join('\n')}

Besides, without a fault:

${others.map((test) => `- ${tell(test.title, test.isPassed)}`).join('\n')}

${measured.join('\n\n')}
`
}

function toLine({ row, injected, observed, tests, durationMs }: FaultRow): string {
  const held = tests.map(({ behaviour, isPassed }) => tell(behaviour, isPassed))
  const cells = [row, counted(injected), held.join('<br>'), counted(observed), (durationMs / 1000).toFixed(0)]
  return `| ${cells.join(' | ')} |`
}

function tell(behaviour: string, isPassed: boolean): string {
  return isPassed ? behaviour : `**FAILED: ${behaviour}**`
}

function counted(things: ReadonlyMap<string, number>): string {
  return [...things].map(([thing, times]) => (times === 1 ? thing : `${thing} (${times})`)).join('<br>')
}
