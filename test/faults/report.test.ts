/** `npm run faults` tells what the tests have said, and no failure gets lost on the way to its table. */
import { expect, test } from 'vitest'
import { toPage } from '../../bin/faults/page.ts'
import { toRows } from '../../bin/faults/rows.ts'

const tests = [
  {
    title: 'row 9: every login ends',
    isPassed: true,
    durationMs: 1500,
    injected: ['SIGKILL', 'SIGKILL'],
    observed: ['sendCode cut off'],
  },
  {
    title: 'row 9: no login is false',
    isPassed: false,
    durationMs: 500,
    injected: ['SIGTERM'],
    observed: [],
  },
  {
    title: 'row 33, 34: a send met by 401 is final',
    isPassed: true,
    durationMs: 100,
    injected: [],
    observed: [],
  },
  { title: 'an honest login breaks nothing', isPassed: true, durationMs: 1, injected: [], observed: [] },
]

test('tests are sorted into the rows that their titles name', () => {
  const rows = toRows(tests)
  expect(rows.map(({ row, durationMs }) => [row, durationMs])).toEqual([
    [9, 2000],
    [33, 100],
    [34, 100],
  ])
  expect([...(rows[0]?.injected ?? [])]).toEqual([
    ['SIGKILL', 2],
    ['SIGTERM', 1],
  ])
})

test('a failure is in the table, in the sum and in the verdict', () => {
  const page = toPage({
    rows: toRows(tests),
    others: [],
    isPassed: false,
    seed: '7',
    modelRuns: '10',
  })
  expect(page).toContain(
    '| 9 | SIGKILL (2)<br>SIGTERM | 3 | every login ends<br>**FAILED: no login is false**<br>(sendCode cut off: 1) | 1 of 2 | 2.0 |',
  )
  expect(page).toContain('**Something did not hold.**')
  expect(page).toContain('row 1, row 2')
})
