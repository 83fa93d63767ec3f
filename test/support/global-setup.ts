/** One Temporal server for all tests, and the workflow code bundled once. */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
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
    await tellBroken(server.address)
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

/**
 * The server's SQLite can stay interrupted for good after a call that was given up at the wrong moment (modernc.org/sqlite
 * 1.34, mended in 1.51). Every test after that fails, and whoever reads so many failures should know why.
 */
async function tellBroken(address: string): Promise<void> {
  try {
    const connection = await Connection.connect({ address })
    await connection.withDeadline(Date.now() + 5000, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    )
    await connection.close()
  } catch (error) {
    const told = `the Temporal server of the tests has broken, and what failed after that says nothing: ${String(error)}\n`
    process.stderr.write(told)
    if (process.env.BROKEN) await appendFile(process.env.BROKEN, told)
  }
}
