/**
 * `npm run sabotage`: breaks a scratch copy in one way after the other and reports which test noticed. A variant that
 * nothing notices is a failure: then the promise is not tested. `-- <words>` plays only the variants of these themes,
 * and those with one of these words in their name.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { writeSection } from './report.ts'
import { themes } from './sabotage/themes.ts'
import { applied, type Variant } from './sabotage/variant.ts'

type Result = { readonly ran: number; readonly red: readonly string[] }

const root = resolve(import.meta.dirname, '..')
const words = process.argv.slice(2)
const chosen = Object.entries(themes).flatMap(([theme, variants]) =>
  variants.filter(
    ({ name }) => words.length === 0 || words.some((word) => word === theme || name.includes(word)),
  ),
)
const scratch = mkdtempSync(join(tmpdir(), 'postern-sabotage-'))

try {
  copyTree()
  process.exitCode = play()
} finally {
  rmSync(scratch, { recursive: true })
}

function play(): number {
  const unfit = chosen.filter((variant) => broken(variant) === undefined)
  if (unfit.length > 0) {
    console.error(unfit.map(({ name, file }) => `“${name}” no longer fits ${file}`).join('\n'))
    return 1
  }
  console.log(`Unbroken first: ${chosen.length} variants, each named test must be green.`)
  const files = [...new Set(chosen.map(({ test }) => test))]
  const whole = run(
    files,
    chosen.map(({ title }) => title),
  )
  if (whole.ran < chosen.length / 2 || whole.red.length > 0) {
    console.error(`The tests are not green as they are: ${whole.red.join('; ') || 'they did not run'}`)
    return 1
  }
  const rows = chosen.map((variant) => {
    const { ran, red } = sabotaged(variant)
    const verdict = red.length > 0 ? `caught by “${red[0] ?? ''}”` : ran === 0 ? 'NOT RUN' : 'NOT CAUGHT'
    console.log(`${red.length > 0 ? 'ok  ' : 'FAIL'} ${variant.name}: ${verdict}`)
    return { variant, red, verdict }
  })
  const missed = rows.filter(({ red }) => red.length === 0).length
  console.log(`${rows.length - missed} of ${rows.length} variants were caught.`)
  if (words.length === 0)
    writeSection('sabotage', table(rows.map((row) => ({ ...row.variant, verdict: row.verdict }))))
  return missed === 0 ? 0 : 1
}

function sabotaged(variant: Variant): Result {
  const path = join(scratch, variant.file)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, broken(variant) ?? text)
  try {
    return run([variant.test], [variant.title])
  } finally {
    writeFileSync(path, text)
  }
}

function broken(variant: Variant): string | undefined {
  return applied(variant, readFileSync(join(scratch, variant.file), 'utf8'))
}

/** Runs the tests whose titles begin with one of `titles`; a file that does not load has a red test of its own. */
function run(files: readonly string[], titles: readonly string[]): Result {
  const report = join(scratch, 'report.json')
  const pattern = titles.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  rmSync(report, { force: true })
  const args = ['run', ...files, '-t', pattern, '--reporter=json', `--outputFile=${report}`]
  const vitest = join(scratch, 'node_modules/vitest/vitest.mjs')
  spawnSync(process.execPath, [vitest, ...args], { cwd: scratch, stdio: 'ignore', timeout: 300_000 })
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { assertionResults: { status: string; title: string }[] }[]
  }
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const done = tests.filter(({ status }) => status === 'passed' || status === 'failed')
  return { ran: done.length, red: done.filter(({ status }) => status === 'failed').map(({ title }) => title) }
}

/** What git knows and does not ignore, as it is in the working tree; the installed packages by a link. */
function copyTree(): void {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  // A file that is deleted and not committed is still listed.
  const files = listed.split('\n').filter((file) => file !== '' && existsSync(join(root, file)))
  for (const file of files) cpSync(join(root, file), join(scratch, file))
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'))
}

function table(rows: readonly (Variant & { readonly verdict: string })[]): string {
  const lines = rows.map(({ name, file, verdict }) => `| ${name} | \`${file}\` | ${verdict} |`)
  return ['| what was broken | where | verdict |', '|---|---|---|', ...lines].join('\n')
}
