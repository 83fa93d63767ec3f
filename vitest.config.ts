import { configDefaults, defineConfig } from 'vitest/config'

/** Left to `npm run test:commands`, so that `npm test` stays under six minutes on two cores. */
export const longTests = [
  'test/api/journey/assertion-page.test.ts',
  'test/api/journey/stream-shared.test.ts',
  'test/bench/bench.test.ts',
  'test/bin/check-setup.test.ts',
  'test/bin/codec-server-process.test.ts',
  'test/bin/login.test.ts',
  'test/bin/number.test.ts',
  'test/bin/record-history.test.ts',
  'test/bin/replay.test.ts',
  'test/bin/signing-key.test.ts',
  'test/client/build.test.ts',
  'test/demo/browser/*.test.ts',
  'test/demo/server.test.ts',
  'test/demo/sign-in.test.ts',
  'test/demo/two-factor.test.ts',
  'test/deploy/*.test.ts',
  'test/docs/shipping.test.ts',
  'test/faults/api-drained.test.ts',
  'test/faults/api-killed.test.ts',
  'test/faults/api-paused.test.ts',
  'test/faults/breaker.test.ts',
  'test/faults/codec-server.test.ts',
  'test/faults/deploy.test.ts',
  'test/faults/keys.test.ts',
  'test/faults/limits-store.test.ts',
  'test/faults/overload.test.ts',
  'test/faults/signing-keys.test.ts',
  'test/faults/temporal-connection.test.ts',
  'test/faults/worker-killed.test.ts',
  'test/limits/block-command.test.ts',
  'test/limits/shared-store.test.ts',
  'test/platform/worker-version.test.ts',
  'test/platform/workflow-bundle.test.ts',
  'test/privacy/canaries.test.ts',
  'test/sandbox/inbox-frame.test.ts',
  'test/start/start.test.ts',
  'test/telemetry/rules.test.ts',
  'test/telemetry/scrape.test.ts',
  'test/telemetry/traces-away.test.ts',
  'test/telemetry/traces-processes.test.ts',
  'test/telemetry/traces.test.ts',
  'test/webhooks/commands.test.ts',
  'test/webhooks/delivery.test.ts',
  'test/webhooks/failing.test.ts',
  'test/webhooks/versions.test.ts',
  'test/webhooks/workers.test.ts',
  'test/workflows/interleavings.test.ts',
  'test/workflows/ladder-ends.test.ts',
]

export const settings = {
  globalSetup: ['test/support/global-setup.ts'],
  // What hangs is ended; a machine that others share may be slow.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Of a condition: how long it may take to come is no test's subject.
  expect: { poll: { timeout: 30_000 } },
  // Two cores carry the Temporal server as well.
  maxWorkers: 3,
}

export default defineConfig({
  test: {
    ...settings,
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...longTests],
  },
})
