import { defineConfig } from 'vitest/config'
import { settings } from '../../vitest.config.ts'

/** `npm run record-golden`: not tests, but the same server and house; see `golden-histories.ts`, `webhook-histories.ts`. */
export default defineConfig({
  test: {
    include: ['test/recording/golden-histories.ts', 'test/recording/webhook-histories.ts'],
    expect: settings.expect,
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    fileParallelism: false,
  },
})
