/**
 * `npm run sabotage`: breaks a scratch copy in one way after the other and reports which test noticed. A variant that
 * nothing notices is a failure: then the promise is not tested. `-- <word>` plays only variants with it in their name.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { writeSection } from './report.ts'
import { variants, type Variant } from './sabotage/variants.ts'

type Result = { readonly ran: number; readonly red: readonly string[] }

const root = resolve(import.meta.dirname, '..')
const only = process.argv[2]
const chosen = variants.filter(({ name }) => only === undefined || name.includes(only))
const scratch = mkdtempSync(join(tmpdir(), 'postern-sabotage-'))

try {
  copyTree()
  process.exitCode = play()
} finally {
  rmSync(scratch, { recursive: true })
}

function play(): number {
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
  if (only === undefined)
    writeSection('sabotage', table(rows.map((row) => ({ ...row.variant, verdict: row.verdict }))))
  return missed === 0 ? 0 : 1
}

function sabotaged({ file, from, to, test, title, name }: Variant): Result {
  const path = join(scratch, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`“${name}” no longer fits ${file}`)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  try {
    return run([test], [title])
  } finally {
    writeFileSync(path, text)
  }
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
  for (const file of listed.split('\n').filter(Boolean)) cpSync(join(root, file), join(scratch, file))
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'))
}

function table(rows: readonly (Variant & { readonly verdict: string })[]): string {
  const lines = rows.map(({ name, file, verdict }) => `| ${name} | \`${file}\` | ${verdict} |`)
  return ['| what was broken | where | verdict |', '|---|---|---|', ...lines].join('\n')
}
