/** What the bench computes of its measurements. */
import { describe, expect, test } from 'vitest'
import { createRandom, mean, middleHalf, percentile } from '../../bench/statistics.ts'

describe('a percentile is a value that was measured', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

  test.each([
    [50, 50],
    [99, 99],
    [100, 100],
    [0, 1],
  ])('p%d of 1 to 100, in any order, is %d', (percent, value) => {
    expect(percentile(hundred, percent)).toBe(value)
  })

  test('of few values it is the nearest one above', () => {
    expect(percentile([30, 10, 20], 50)).toBe(20)
    expect(percentile([30, 10, 20], 99)).toBe(30)
    expect(percentile([7], 50)).toBe(7)
  })

  test('of none it is no number', () => {
    expect([percentile([], 50), mean([])]).toEqual([NaN, NaN])
  })
})

test.each([
  [
    [4, 1, 3, 2],
    [2, 3],
  ],
  [
    [12, 2, 10, 4, 8, 6, 7, 5, 9, 3, 11, 1],
    [4, 9],
  ],
  [[1, 2, 3], undefined],
  [[], undefined],
])('the middle half of %j is %j', (values, half) => {
  expect(middleHalf(values)).toEqual(half)
})

test('the same seed gives the same numbers, between 0 and 1, and another seed others', () => {
  const take = (seed: number) => Array.from({ length: 1000 }, createRandom(seed))
  expect(take(7)).toEqual(take(7))
  expect(take(7)).not.toEqual(take(8))
  expect(take(7).every((value) => value >= 0 && value < 1)).toBe(true)
  expect(mean(take(7))).toBeCloseTo(0.5, 1)
})
