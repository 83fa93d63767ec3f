/** The workflow code as the Temporal SDK runs it: one text. Bundled at the start of a worker, or before it. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, type Logger } from '@temporalio/worker'
import { failureConverterPath } from './codec/data-converter.ts'
import { ConfigError } from './config.ts'

const root = new URL('../', import.meta.url)
const SOURCE_MAP = '//# sourceMappingURL=data:'

/** What a bundle is made of; the lockfile says which packages. */
const FOLDERS = ['workflows', 'domain']
const FILES = ['platform/codec/failure-converter.ts', 'package-lock.json']
/** Traces cost nothing where there is no trace, so one bundle serves both. */
const workflowInterceptorModules = ['workflows/whole-tasks.ts', 'workflows/traces.ts'].map((file) =>
  fileURLToPath(new URL(file, root)),
)

const preloadModules = [fileURLToPath(new URL('workflows/short-stacks.ts', root))]

/** Takes a few seconds of a core. The line before its source map says which sources it is of. */
export async function bundleWorkflows(logger: Logger): Promise<{ readonly code: string }> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('workflows/index.ts', root)),
    failureConverterPath,
    workflowInterceptorModules,
    preloadModules,
    logger,
  })
  // Not at the beginning: the map counts lines from there, and stack traces would name the wrong ones.
  const map = code.lastIndexOf(SOURCE_MAP)
  return { code: `${code.slice(0, map)}${sourcesLine()}\n${code.slice(map)}` }
}

/**
 * @param file where `npm run build` has put the bundle; without one it is made now
 * @throws ConfigError when the file cannot be read, or is of other sources than these
 */
export async function takeWorkflowBundle(
  file: string | undefined,
  logger: Logger,
): Promise<{ readonly code: string }> {
  if (file === undefined) return bundleWorkflows(logger)
  const code = readText(file)
  if (!code.includes(`\n${sourcesLine()}\n${SOURCE_MAP}`)) {
    throw new ConfigError(['WORKFLOW_BUNDLE is of other code than this; make it anew: npm run build'])
  }
  return { code }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ConfigError(['WORKFLOW_BUNDLE cannot be read'])
  }
}

function sourcesLine(): string {
  const digest = createHash('sha256')
  for (const name of [...FOLDERS.flatMap(namesIn), ...FILES])
    digest
      .update(name)
      .update('\0')
      .update(readFileSync(new URL(name, root)))
      .update('\0')
  return `// postern workflows ${digest.digest('hex')}`
}

function namesIn(folder: string): readonly string[] {
  const names = readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`)
    .sort()
}
