import { defineConfig } from 'vitest/config'
import { settings } from '../../vitest.config.ts'

/** `npm run test:compose`: the commands of docs/running.md for one machine, on a real Docker Engine. */
export default defineConfig({
  test: {
    include: ['test/compose/*.compose.ts'],
    expect: settings.expect,
    testTimeout: 600_000,
    // The first run fetches the images, or builds what stands in for them.
    hookTimeout: 45 * 60_000,
    // One machine at a time, and each test goes on where the one before has left it.
    fileParallelism: false,
    maxWorkers: 1,
    bail: 1,
  },
})
