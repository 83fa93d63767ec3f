import { defineConfig } from 'vitest/config'
import { longTests, settings } from '../vitest.config.ts'

/** `npm run test:commands`: what is run as a person runs it, each time a process that takes seconds to start. */
export default defineConfig({
  test: { ...settings, testTimeout: 120_000, hookTimeout: 120_000, include: [...longTests] },
})
