/** Recorded logins of every kind still replay on today's code; and the alarm rings when they should not. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beforeAll, expect, inject, test } from 'vitest'

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) })

const folder = new URL('histories/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
const history = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as unknown

let drifted: { code: string }
beforeAll(async () => {
  drifted = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('drifted/index.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  })
})

test('a history is kept of every way a login can go', () => {
  expect(names.length).toBeGreaterThanOrEqual(10)
})

test.each(names)('%s replays', async (name) => {
  const workflowBundle = { codePath: inject('workflowBundle') }
  await expect(Worker.runReplayHistory({ workflowBundle }, history(name))).resolves.toBeUndefined()
})

test.each(names)('%s does not replay on a drifted copy of the workflow', async (name) => {
  const replay = Worker.runReplayHistory({ workflowBundle: drifted }, history(name))
  await expect(replay).rejects.toThrow(DeterminismViolationError)
})
