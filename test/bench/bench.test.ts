/** The bench as a person runs it, as small as it gets: nothing is said of how fast anything was. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Results, Side } from '../../bench/results.ts'
import type { WaitingResults } from '../../bench/waiting.ts'

const bench = resolve(import.meta.dirname, '../../bench/bench.ts')

/** A run with a page and a report of its own. */
async function run(...args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [page, json] = [join(folder, 'page.md'), join(folder, 'report.json')]
  const { PATH, HOME } = process.env
  const ended = await new Promise<{ status: number; out: string; error: string }>((done) => {
    const all = [bench, ...args, '--page', page, '--json', json]
    const child = execFile(process.execPath, all, { env: { PATH, HOME } }, (_error, out, error) => {
      done({ status: child.exitCode ?? -1, out, error })
    })
  })
  expect(ended).toMatchObject({ status: 0 })
  const report: unknown = JSON.parse(await readFile(json, 'utf8'))
  return { report, out: ended.out.trim(), page: await readFile(page, 'utf8') }
}

const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value)

/** Every number of a side that is not above zero. */
function missingOf({ cpuMs, ...side }: Side, parts: readonly string[]): string[] {
  const numbers = {
    perSecond: side.perSecond,
    seconds: side.seconds,
    startP50: side.start.p50,
    startP99: side.start.p99,
    codeP50: side.code.p50,
    codeP99: side.code.p99,
    historyBytes: side.historyBytes,
  }
  const absent = Object.entries(numbers).filter(([, value]) => !isNumber(value) || value <= 0)
  const isLinux = process.platform === 'linux'
  const known = Object.entries(cpuMs).flatMap(([part, ms]) => (isNumber(ms) ? [part] : []))
  const unknown = parts.filter((part) => isLinux && !known.includes(part))
  return [...absent.map(([name]) => name), ...unknown]
}

test('three logins of each give a report with every number, and the page that a person reads', async () => {
  const args = ['--logins', '3', '--levels', '1,2', '--warm-up', '1', '--traces']
  const { report: read, out, page } = await run(...args)
  const report = read as Results
  expect(report.levels.map(({ atOnce }) => atOnce)).toEqual([1, 2])
  for (const { postern, skeleton, ratios } of report.levels) {
    expect(missingOf(postern, ['api', 'worker', 'server', 'bench'])).toEqual([])
    expect(missingOf(skeleton, ['worker', 'server', 'bench'])).toEqual([])
    expect([postern.logins, skeleton.logins]).toEqual([3, 3])
    expect([...postern.failures, ...skeleton.failures]).toEqual([])
    expect(Object.values(ratios).every(isNumber)).toBe(true)
    expect(postern.events.most).toBeLessThanOrEqual(30)
    expect(skeleton.events.most).toBeLessThan(postern.events.most)
  }
  expect(out).toContain('| 2 | Postern |')
  expect(page).toContain(out)
}, 120_000)

test('three logins that wait are all verified, and the memory of worker and server is told', async () => {
  const { report: read, out, page } = await run('--waiting', '3', '--warm-up', '1')
  const report = read as WaitingResults
  expect(report).toMatchObject({ asked: 3, waited: 3, verified: 3, leftOut: 0 })
  expect([...report.startFailures, ...report.verifyFailures]).toEqual([])
  const parts = report.memory.map(({ part }) => part)
  expect(parts).toEqual(process.platform === 'linux' ? ['api', 'worker', 'server'] : [])
  expect(page).toContain(out)
}, 120_000)
