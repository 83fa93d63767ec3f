/** promtool, from the PATH, from the user's cache, or out of Debian's package `prometheus`, which needs no root. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '../../platform/dev-server/binary.ts'

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
  const why = await fetchPackage(folder).then(
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

async function fetchPackage(into: string): Promise<void> {
  await mkdir(join(into, '..'), { recursive: true })
  const directory = await mkdtemp(join(into, '..', '.making-'))
  try {
    const download = () => run('apt-get', ['download', PACKAGE], { cwd: directory })
    // A fresh container has no lists; root can get them.
    await download().catch(async () => {
      await run('apt-get', ['update'])
      await download()
    })
    for (const name of await readdir(directory)) {
      if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(directory, name), join(directory, 'out')])
    }
    await rename(join(directory, 'out'), into).catch(() => undefined)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
