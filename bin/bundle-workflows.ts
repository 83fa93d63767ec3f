/** `npm run build`, its second half: bundles the workflow code for workers that find it by `WORKFLOW_BUNDLE`. */
import './dev/require-node.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DefaultLogger } from '@temporalio/worker'
import { bundleWorkflows } from '../platform/workflow-bundle.ts'

const usage = `Usage: node bin/bundle-workflows.ts [file]

Writes the bundle to the file. Default: dist/workflows.js`

try {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  if (values.help) console.log(usage)
  else await write(resolve(positionals[0] ?? 'dist/workflows.js'))
} catch (error) {
  console.error(error instanceof Error ? `${error.message}\n\n${usage}` : usage)
  process.exitCode = 1
}

async function write(file: string): Promise<void> {
  const { code } = await bundleWorkflows(new DefaultLogger('WARN'))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, code)
  console.log(`The workflows are in ${file}. Workers take them with WORKFLOW_BUNDLE=${file}.`)
}
