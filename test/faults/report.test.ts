/** `npm run faults` tells what the tests have said, and no failure gets lost on the way to its table. */
import { expect, test } from 'vitest'
import { rowsElsewhere, rowsIn } from '../../bin/faults/elsewhere.ts'
import { toPage } from '../../bin/faults/page.ts'
import { toRows } from '../../bin/faults/rows.ts'
import { root } from '../house/repository.ts'

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
    elsewhere: new Map(),
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

test('a row that another suite proves is told with its place, and is not said to be without a test', () => {
  const elsewhere = new Map([
    [8, ['test/cluster/load.test.ts']],
    [9, ['test/cluster/load.test.ts', 'test/webhooks/delivery.test.ts']],
  ])
  const page = toPage({
    rows: toRows(tests),
    elsewhere,
    others: [],
    isPassed: true,
    seed: '7',
    modelRuns: '10',
  })
  expect(page).toContain('\nrow 8 (`test/cluster/load.test.ts`).\n')
  expect(page).toContain('row 6, row 7, row 10,')
})

test('rows are read from titles, and not from what is said about them', () => {
  const text = `/** row 1: a comment */
test('row 2: one', () => undefined)
  test.each([1])('WHI-4: row 3, 4: a title with “quotes”, %i', () => undefined)
test.for(cases)(
  'fault row 5: on a line of its own',
  () => undefined,
)
expect(said).toBe('row 6 of a table')`
  expect(rowsIn(text)).toEqual([2, 3, 4, 5])
})

test('rows 36 to 39 and 51 have their tests beside receipts, webhooks and retention', () => {
  const elsewhere = rowsElsewhere(root)
  expect(elsewhere.get(36)).toContain('test/api/journey/receipts.test.ts')
  expect(elsewhere.get(37)).toContain('test/api/journey/receipts.test.ts')
  expect(elsewhere.get(38)).toContain('test/webhooks/delivery.test.ts')
  expect(elsewhere.get(39)).toContain('test/webhooks/commands.test.ts')
  expect(elsewhere.get(51)).toContain('test/platform/retention.test.ts')
})
