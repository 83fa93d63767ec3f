import { defineConfig } from 'vitest/config'
import { settings } from '../../../vitest.config.ts'

/** The fault rows that take longer than `npm test` may: `npm run faults` runs them with the quick ones. */
export default defineConfig({
  test: {
    include: ['test/faults/slow/*.fault.ts'],
    expect: settings.expect,
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // Processes are killed here, and need the processor to come back in time.
    fileParallelism: false,
  },
})
