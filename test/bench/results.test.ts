/** From rounds to the table: sums, ratios, goals, and what is said when something is missing. */
import { describe, expect, test } from 'vitest'
import type { Machine } from '../../bench/machine.ts'
import { withSection } from '../../bench/page.ts'
import {
  toGoals,
  toPairs,
  toRatios,
  toSide,
  type Level,
  type Results,
  type Side,
} from '../../bench/results.ts'
import { chooseLogins, planRounds, type Round } from '../../bench/rounds.ts'
import { toText, toWaitingText } from '../../bench/table.ts'
import { parseStat } from '../../bench/usage.ts'
import type { WaitingResults } from '../../bench/waiting.ts'

const round = (startMs: readonly number[], changes: Partial<Round> = {}): Round => ({
  seconds: 2,
  startMs,
  codeMs: startMs.map((ms) => ms * 2),
  cpuMs: { worker: 40, server: 20 },
  workflowIds: [],
  failures: [],
  ...changes,
})

const side = (changes: Partial<Side> = {}): Side => ({
  ...toSide([round([10, 20, 30])], [{ events: 28, bytes: 7000, actions: 8 }]),
  ...changes,
})

const level = (atOnce: number, postern: Partial<Side> = {}, skeleton: Partial<Side> = {}): Level => ({
  atOnce,
  pairs: [],
  postern: side(postern),
  skeleton: side(skeleton),
})

const machine: Machine = {
  cores: 2,
  cpu: 'A CPU',
  memoryGiB: 4,
  node: 'v1',
  sdk: '2',
  server: '3',
  load: 0.25,
}

const results = (levels: readonly Level[]): Results => ({
  at: '2027-01-02T03:04:05.678Z',
  machine,
  options: { warmUp: 0, seed: 1 },
  hasReceipts: false,
  hasTraces: false,
  levels: levels.map((each) => ({ ...each, ratios: toRatios(each) })),
  goals: toGoals(levels),
})

const rowsOf = (text: string) => text.split('\n').filter((line) => line.startsWith('|'))

describe('rounds become one side', () => {
  test('whose rate is over the rounds’ time, and whose CPU is over the logins that were verified', () => {
    const rounds = [round([10, 20, 30]), round([40], { failures: ['lost'] })]
    const histories = [
      { events: 28, bytes: 7000, actions: 8 },
      { events: 30, bytes: 8000, actions: 9 },
    ]
    expect(toSide(rounds, histories)).toEqual({
      logins: 4,
      failures: ['lost'],
      seconds: 4,
      perSecond: 1,
      start: { p50: 20, p99: 40 },
      code: { p50: 40, p99: 80 },
      cpuMs: { worker: 20, server: 10 },
      events: { mean: 29, most: 30 },
      historyBytes: 7500,
      actions: 8.5,
    })
  })

  test('every login is in a round, of four a lane at least where there are so many, and in twelve at most', () => {
    expect(planRounds(768, 1)).toEqual(Array(12).fill(64))
    expect(planRounds(768, 64)).toEqual([256, 256, 256])
    expect(planRounds(10, 2)).toEqual([10])
    expect(planRounds(3, 64)).toEqual([3])
    expect(planRounds(100, 8)).toEqual([33, 33, 34])
  })

  test('unless it is said how many, there are enough for twelve rounds at every level', () => {
    expect([1, 16, 64, 100].map(chooseLogins)).toEqual([768, 768, 3072, 4800])
    expect(planRounds(chooseLogins(64), 64)).toEqual(Array(12).fill(256))
  })
})

test('a ratio is Postern’s by the skeleton’s', () => {
  const times = { start: { p50: 10, p99: 30 }, code: { p50: 5, p99: 8 } }
  const faster = { start: { p50: 8, p99: 10 }, code: { p50: 4, p99: 2 } }
  expect(toRatios(level(1, { perSecond: 17, ...times }, { perSecond: 20, ...faster }))).toEqual({
    perSecond: 0.85,
    startP50: 1.25,
    startP99: 3,
    codeP50: 1.25,
    codeP99: 4,
  })
})

test('a pair of rounds has ratios of its own, and the middle half of them is told beside the whole', () => {
  const ours = [round([13, 20]), round([10]), round([30]), round([40])]
  const bare = [round([10]), round([10]), round([10]), round([10])]
  const pairs = toPairs(ours, bare)
  expect(pairs.map(({ startP50 }) => startP50)).toEqual([1.3, 1, 3, 4])
  expect(pairs.map(({ perSecond }) => perSecond)).toEqual([2, 1, 1, 1])
  expect(pairs.map(({ codeP50 }) => codeP50)).toEqual([1.3, 1, 3, 4])
  const [, , start] = toGoals([{ ...level(1), pairs }])
  expect(start?.measured).toBe('1.00 (1.30 to 3.00)')
})

describe('a goal', () => {
  const isMetAt = (levels: readonly Level[]) => toGoals(levels).map(({ isMet }) => isMet)

  test('is met on its border', () => {
    const slow = { start: { p50: 13, p99: 1 }, code: { p50: 13, p99: 1 } }
    const quick = { start: { p50: 10, p99: 1 }, code: { p50: 10, p99: 1 } }
    const rate = [{ perSecond: 85 }, { perSecond: 100 }] as const
    const events = { events: { mean: 28, most: 30 } }
    expect(
      isMetAt([level(1, { ...slow, ...events }, quick), level(16, ...rate), level(64, ...rate)]),
    ).toEqual([true, true, true, true, true])
  })

  test('is missed beyond it', () => {
    const slow = { start: { p50: 13.1, p99: 1 }, code: { p50: 13.1, p99: 1 } }
    const quick = { start: { p50: 10, p99: 1 }, code: { p50: 10, p99: 1 } }
    const rate = [{ perSecond: 84 }, { perSecond: 100 }] as const
    const events = { events: { mean: 28, most: 31 } }
    expect(
      isMetAt([level(1, { ...slow, ...events }, quick), level(16, ...rate), level(64, ...rate)]),
    ).toEqual([false, false, false, false, false])
  })

  test('is neither when its level was not measured', () => {
    expect(isMetAt([level(2)])).toEqual([undefined, undefined, undefined, undefined, true])
    expect(toText(results([level(2)]))).toContain('| not measured | not measured |')
  })
})

describe('the table', () => {
  test('has three rows a level, all of one width, with every number in its column', () => {
    const text = toText(results([level(1), level(16, { perSecond: 3 }, { perSecond: 4 })]))
    const [head, , ...rows] = rowsOf(text)
    expect(head).toBe(
      '| at once |  | logins/s | start p50 | start p99 | code p50 | code p99 | CPU api | CPU worker | CPU server | CPU bench | events | bytes | actions |',
    )
    expect(rows.slice(0, 6)).toEqual([
      '| 1 | Postern | 1.5 | 20.0 | 30.0 | 40.0 | 60.0 |  | 13.3 | 6.7 |  | 28.0 | 7000 | 8.0 |',
      '|  | skeleton | 1.5 | 20.0 | 30.0 | 40.0 | 60.0 |  | 13.3 | 6.7 |  | 28.0 | 7000 | 8.0 |',
      '|  | ratio | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 |  |  |  |  |  |  |  |',
      '| 16 | Postern | 3.0 | 20.0 | 30.0 | 40.0 | 60.0 |  | 13.3 | 6.7 |  | 28.0 | 7000 | 8.0 |',
      '|  | skeleton | 4.0 | 20.0 | 30.0 | 40.0 | 60.0 |  | 13.3 | 6.7 |  | 28.0 | 7000 | 8.0 |',
      '|  | ratio | 0.75 | 1.00 | 1.00 | 1.00 | 1.00 |  |  |  |  |  |  |  |',
    ])
    expect(text).toContain(
      '2027-01-02, 2 cores (A CPU), 4 GiB; Node v1, Temporal SDK 2, server 3; load before the run 0.3.',
    )
    expect(text).toContain('Logins of each: 3 at 1, 3 at 16 at once, after 0 to warm up; seed 1;')
    expect(text).toContain('No login failed.')
  })

  test('says which goal is met and which is not', () => {
    const text = toText(results([level(16, { perSecond: 3 }, { perSecond: 4 })]))
    expect(text).toContain(
      "| logins a second at 16 at once: at least 0.85 of the skeleton's | 0.75 | **not met** |",
    )
    expect(text).toContain('| events a login: at most 30 | 28 | met |')
  })

  test('says that logins failed, and how', () => {
    const failures = ['late', 'late', 'refused']
    expect(toText(results([level(1, { failures })]))).toContain('**3 logins failed** (late; refused).')
  })

  test('says that CPU is not known where it is not', () => {
    expect(toText(results([level(1, { cpuMs: {} })]))).toContain('cannot be measured on this system')
    expect(toText(results([level(1)]))).not.toContain('cannot be measured')
  })
})

describe('the page of logins that wait', () => {
  const waiting: WaitingResults = {
    at: '2027-01-02T03:04:05.678Z',
    machine,
    seed: 1,
    asked: 10_000,
    atOnce: 32,
    startSeconds: 300,
    startFailures: [],
    waited: 10_000,
    verifySeconds: 200,
    verifyFailures: [],
    verified: 9_990,
    leftOut: 10,
    memory: [{ part: 'worker', beforeBytes: 2 ** 28, afterBytes: 2 ** 29, bytesEach: 26_843 }],
  }

  test('has the memory for each, and what became of all', () => {
    const text = toWaitingText(waiting)
    expect(text).toContain('| worker | 256 MiB | 512 MiB | 26.2 KiB |')
    expect(text).toContain(
      '9990 of these were then verified, in 200 s, and 10 were left out for lack of time',
    )
    expect(text).toContain('| 10000 of 10000 waited, 9990 were verified | met |')
  })

  test('one failed login misses the goal; fewer than ten thousand do not measure it', () => {
    expect(toWaitingText({ ...waiting, verifyFailures: ['late'] })).toContain('| **not met** |')
    expect(toWaitingText({ ...waiting, asked: 2000 })).toContain('| not measured |')
  })
})

describe('a run’s section of the page', () => {
  const page = 'before\n\n<!-- bench:compare -->\n\nold\n\n<!-- /bench:compare -->\n\nafter\n'

  test('is replaced between its markers, and nothing else is', () => {
    const changed = withSection(page, 'compare', 'new')
    expect(changed).toBe(page.replace('old', 'new'))
    expect(withSection(changed, 'compare', 'new')).toBe(changed)
  })

  test('is added at the end of a page that has none', () => {
    const added = withSection(page, 'waiting', 'new')
    expect(added).toBe(`${page}\n<!-- bench:waiting -->\n\nnew\n\n<!-- /bench:waiting -->\n`)
  })
})

test('CPU time is user and system time, whatever the process is called', () => {
  const stat = '42 (a ) b (c) S 1 42 42 0 -1 4194560 900 0 0 0 150 25 0 0 20 0 11 0 300 9 8'
  expect(parseStat(stat)).toBe(1750)
  expect(parseStat('nothing')).toBeUndefined()
})
