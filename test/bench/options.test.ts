/** What `npm run bench --` takes, and what it refuses. */
import { expect, test } from 'vitest'
import { parseOptions } from '../../bench/options.ts'

test('without options the goals’ own levels are measured', () => {
  expect(parseOptions([])).toEqual({
    logins: undefined,
    levels: [1, 16, 64],
    warmUp: 128,
    waiting: undefined,
    hasReceipts: false,
    hasTraces: false,
    seed: 1,
    json: undefined,
    page: undefined,
    profile: undefined,
  })
})

test('each option is taken', () => {
  const text =
    '--logins 3 --levels 2,8 --warm-up 0 --waiting 10 --receipts --traces --seed 9 --json a --page b --profile c'
  expect(parseOptions(text.split(' '))).toEqual({
    logins: 3,
    levels: [2, 8],
    warmUp: 0,
    waiting: 10,
    hasReceipts: true,
    hasTraces: true,
    seed: 9,
    json: 'a',
    page: 'b',
    profile: 'c',
  })
})

test.each([
  [['--logins', '0'], '--logins takes a whole number from 1 on, not "0"'],
  [['--logins', '1e3'], '--logins takes a whole number from 1 on, not "1e3"'],
  [['--levels', '1,,64'], '--levels takes a whole number from 1 on, not ""'],
  [['--waiting', 'many'], '--waiting takes a whole number from 1 on, not "many"'],
  [['--seed=-1'], '--seed takes a whole number from 0 on, not "-1"'],
  [['--fast'], "Unknown option '--fast'"],
  [['64'], "Unexpected argument '64'"],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message)
})
