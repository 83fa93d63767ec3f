/** What worker.ts gives its activities besides 8x8, for a worker whose apps have no endpoints. */
import { randomBytes } from 'node:crypto'
import type { ActivityDeps } from '../../activities/index.ts'
import { createConversion } from '../../platform/limits/conversion.ts'

const log = { warn: () => undefined, error: () => undefined }

/** Nothing is blocked, messages and codes are counted, and an announcement is not taken: nobody asked for one. */
export function plainEffects(): Omit<ActivityDeps, 'eightByEight'> {
  return {
    blocks: () => [],
    conversion: createConversion({ lookupKey: randomBytes(32), log }),
    announcer: {
      endpoints: () => [],
      startDelivery: () => Promise.reject(new Error('no endpoint of this worker takes events')),
    },
  }
}
