/**
 * Run as a process by `sdk-download.ts`, with a directory and a version: leaves Temporal's CLI in the directory. The
 * SDK has no public call that only downloads; `--help` makes the server it then starts end at once. Its complaint
 * about that comes after the file is there, and nobody listens to it.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing'

const [downloadDir = '', version = ''] = process.argv.slice(2)
try {
  await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir, version }, extraArgs: ['--help'] },
  })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
