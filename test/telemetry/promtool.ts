/** promtool, from the PATH, from the user's cache, or out of Debian's package `prometheus`, which needs no root. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '../../platform/dev-server/binary.ts'
import { unpackPackages } from '../support/debian.ts'

const run = promisify(execFile)
const PACKAGE = 'prometheus'

let found: Promise<string> | undefined

/** Runs it; resolves with all that it says, and rejects with that when its exit status is not 0. */
export async function promtool(...args: string[]): Promise<string> {
  const path = await (found ??= findProgram())
  try {
    const { stdout, stderr } = await run(path, args, { maxBuffer: 8_000_000 })
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error })
  }
}

async function findProgram(): Promise<string> {
  const folder = join(cacheFolder(process.env), 'prometheus-debian')
  const cached = join(folder, 'usr/bin/promtool')
  for (const path of ['promtool', cached]) if (await isUsable(path)) return path
  const why = await unpackPackages([PACKAGE], folder).then(
    () => 'the package does not run here',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  if (await isUsable(cached)) return cached
  throw new Error(
    `These tests need promtool on the PATH (Debian: apt-get install ${PACKAGE}). ` +
      `Fetching Debian's package did not work: ${why}`,
  )
}

async function isUsable(path: string): Promise<boolean> {
  return run(path, ['--version']).then(
    () => true,
    () => false,
  )
}
