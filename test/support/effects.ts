/** What worker.ts gives its activities besides 8x8, as nobody but a test of these would notice it. */
import { randomBytes } from 'node:crypto'
import type { ActivityDeps } from '../../activities/index.ts'
import { createConversion } from '../../platform/limits/conversion.ts'

const log = { warn: () => undefined, error: () => undefined }

/** Nothing is blocked, messages and codes are counted, and what is announced starts no delivery. */
export function plainEffects(): Omit<ActivityDeps, 'eightByEight'> {
  return {
    blocks: () => [],
    conversion: createConversion({ lookupKey: randomBytes(32), log }),
    announcer: { endpoints: () => [], startDelivery: () => Promise.resolve() },
  }
}
