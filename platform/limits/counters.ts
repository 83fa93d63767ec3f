/** Counters that forget: in this process's memory, or in a server that several processes share. */
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'
import type { Limit } from '../../domain/limits.ts'
import type { Valkey } from './valkey.ts'

export type Count = {
  readonly used: number
  readonly resetSeconds: number
  /** When its window is over, in milliseconds of this process's clock. */
  readonly endsAt: number
}

export type Counter = {
  /** Counts one more and tells the sum. @throws when the store does not answer */
  add(key: string): Promise<Count>
  /** Takes one back, if the window that it was counted in is not over. @throws when the store does not answer */
  takeBack(key: string, count: Count): Promise<void>
  /** The sum, uncounted. @throws when the store does not answer */
  look(key: string): Promise<Count>
}

/**
 * A counter of its own under `name`. There is no second store to fall back on: one that counted apart would let
 * everything through that the first one stopped.
 *
 * @param valkey left out, the memory of this process counts
 */
export function createCounter(name: string, { most, seconds }: Limit, valkey?: Valkey): Counter {
  const options = { keyPrefix: `postern:limit:${name}`, points: most, duration: seconds }
  const limiter =
    valkey === undefined
      ? new RateLimiterMemory(options)
      : new RateLimiterRedis({ ...options, storeClient: valkey })
  const toCount = (found: { consumedPoints: number; msBeforeNext: number } | null): Count => {
    const leftMs = found?.msBeforeNext ?? seconds * 1000
    return {
      used: found?.consumedPoints ?? 0,
      resetSeconds: Math.max(1, Math.ceil(leftMs / 1000)),
      endsAt: performance.now() + leftMs,
    }
  }
  return {
    add: async (key) => toCount(await limiter.penalty(key)),
    async takeBack(key, { endsAt }) {
      // In the next window it would be one below nothing, and let one more through.
      if (performance.now() < endsAt) await limiter.reward(key)
    },
    look: async (key) => toCount(await limiter.get(key)),
  }
}
