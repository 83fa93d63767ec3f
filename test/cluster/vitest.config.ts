import { defineConfig } from 'vitest/config'
import { settings } from '../../vitest.config.ts'
import { createPageReporter } from './page.ts'

/** `npm run test:cluster`: Temporal's production server on PostgreSQL, and two of each of our parts (docs/cluster.md). */
export default defineConfig({
  test: {
    include: ['test/cluster/*.cluster.ts'],
    expect: settings.expect,
    reporters: ['default', createPageReporter()],
    testTimeout: 480_000,
    // The first run builds the server.
    hookTimeout: 45 * 60_000,
    // One cluster at a time: there are a dozen processes in it.
    fileParallelism: false,
    maxWorkers: 1,
  },
})
