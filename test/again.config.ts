import { configDefaults, defineConfig } from 'vitest/config'
import { settings } from '../vitest.config.ts'

/** What `.ci/run` runs again, by name: a file of `npm test` or of `npm run test:commands`, with the machine to itself. */
export default defineConfig({
  test: {
    ...settings,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude],
    maxWorkers: 1,
  },
})
