/** One run of vitest, and what its JSON reporter says of it. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type TestReport = {
  readonly title: string
  readonly isPassed: boolean
  readonly durationMs: number
  /** One entry each time something was broken; empty when the test does not say. */
  readonly injected: readonly string[]
  /** One entry each time something noteworthy came of it. */
  readonly observed: readonly string[]
}

export type VitestRun = {
  /** Its own verdict: a file that does not load, or a setup that fails, has no test to fail. */
  readonly isPassed: boolean
  readonly tests: readonly TestReport[]
}

type Reported = {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly duration?: number
      readonly meta?: { readonly injected?: readonly string[]; readonly observed?: readonly string[] }
    }[]
  }[]
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** @param args after `vitest run`; progress goes to our own output */
export async function runVitest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<VitestRun> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-faults-'))
  const report = join(folder, 'report.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const child = spawn(process.execPath, [vitest, 'run', ...args, ...reporters], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', resolve)
    })
    const text = await readFile(report, 'utf8').catch(() => '{"testResults":[]}')
    const tests = (JSON.parse(text) as Reported).testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .map(({ fullName, status: outcome, duration = 0, meta }) => ({
        title: fullName,
        isPassed: outcome === 'passed',
        durationMs: duration,
        injected: meta?.injected ?? [],
        observed: meta?.observed ?? [],
      }))
    return { isPassed: status === 0 && tests.length > 0 && tests.every(({ isPassed }) => isPassed), tests }
  } finally {
    await rm(folder, { recursive: true })
  }
}
