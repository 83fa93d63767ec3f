/**
 * The smallest value that at least `percent` of all are not above (nearest rank).
 * @param percent 0–100
 * @returns NaN when there are no values
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = Math.ceil((percent / 100) * sorted.length)
  return sorted[Math.max(0, rank - 1)] ?? NaN
}

/** The least and the greatest of the middle half of all; of fewer than four there is none. */
export function middleHalf(values: readonly number[]): [number, number] | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const left = Math.floor(sorted.length / 4)
  const [least, greatest] = [sorted[left], sorted[sorted.length - 1 - left]]
  return left === 0 || least === undefined || greatest === undefined ? undefined : [least, greatest]
}

/** @returns NaN when there are no values */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Numbers from 0 up to 1 (mulberry32), the same for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
