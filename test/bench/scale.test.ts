/** From measured costs to what other rates would take: arithmetic that can be followed by hand. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { countActions } from '../../bench/history-size.ts'
import type { Level, Side } from '../../bench/results.ts'
import { toScale } from '../../bench/scale.ts'

const side = (cpuMs: Side['cpuMs']): Side => ({
  logins: 3,
  failures: [],
  seconds: 1,
  perSecond: 3,
  start: { p50: 1, p99: 2 },
  code: { p50: 1, p99: 2 },
  cpuMs,
  events: { mean: 28, most: 28 },
  historyBytes: 10 * 1024,
  actions: 8,
})

const level = (atOnce: number, cpuMs: Side['cpuMs']): Level => ({
  atOnce,
  pairs: [],
  postern: side(cpuMs),
  skeleton: side({}),
})

const scale = (...levels: readonly Level[]) =>
  toScale({
    at: '2027-01-02T03:04:05.678Z',
    machine,
    levels: levels.map((each) => ({ ...each, ratios: noRatios })),
  })

const machine = { cores: 2, cpu: 'A CPU', memoryGiB: 4, node: 'v1', sdk: '2', server: '3', load: 0 }
const noRatios = { perSecond: 1, startP50: 1, startP99: 1, codeP50: 1, codeP99: 1 }

test('the costs of the busiest level are multiplied by the rate', () => {
  const text = scale(
    level(64, { api: 20, worker: 50, server: 130 }),
    level(1, { api: 99, worker: 99, server: 99 }),
  )
  expect(text).toContain('3.0 logins a second on 2 cores')
  expect(text).toContain('| so one core that does all of it carries | 5.0 logins a second |')
  expect(text).toContain('| 10 | 0.20 | 0.50 | 1.3 | 100 KiB/s | 247 GiB | 80 |')
  expect(text).toContain('| 1000 | 20 | 50 | 130 | 9.8 MiB/s | 24 TiB | 8000 |')
  expect(text).toContain('500 Actions a second: 63 logins')
  expect(text).toContain('| Actions of a thousand logins | 0.20 to 0.40 |')
})

test('without CPU times nothing is concluded', () => {
  expect(scale(level(64, { worker: 50 }))).toBeUndefined()
  expect(scale()).toBeUndefined()
})

test('what Temporal Cloud bills is counted from a history: a login, two updates, two effects, a timer, a status', () => {
  const file = new URL('../workflows/histories/verified.json', import.meta.url)
  const { events } = JSON.parse(readFileSync(file, 'utf8')) as { readonly events: readonly object[] }
  expect(countActions(events)).toBe(7)
})
