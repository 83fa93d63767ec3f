/** One Temporal server for all tests, and the workflow code bundled once. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DefaultLogger } from '@temporalio/worker'
import type { TestProject } from 'vitest/node'
import { startDevServer } from '../../platform/dev-server/start.ts'
import { bundleWorkflows } from '../../platform/workflow-bundle.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    temporalAddress: string
    /** Path of the bundled workflow code. */
    workflowBundle: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startDevServer({
    port: 0,
    headless: true,
    report: (line) => process.stderr.write(`${line}\n`),
    // Whether a version is drained is otherwise looked at every three minutes, and a run is deleted within half of one.
    extraArgs: [
      'matching.wv.VersionDrainageStatusVisibilityGracePeriod',
      'matching.wv.VersionDrainageStatusRefreshInterval',
      'history.transferProcessorUpdateAckInterval',
      'history.timerProcessorUpdateAckInterval',
      'history.visibilityProcessorUpdateAckInterval',
    ].flatMap((setting) => ['--dynamic-config-value', `${setting}="1s"`]),
  })
  const folder = await mkdtemp(join(tmpdir(), 'postern-test-'))
  const { code } = await bundleWorkflows(new DefaultLogger('WARN'))
  const workflowBundle = join(folder, 'workflows.js')
  await writeFile(workflowBundle, code)
  project.provide('temporalAddress', server.address)
  project.provide('workflowBundle', workflowBundle)
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}
