/** Programs out of Debian's packages, unpacked into a folder of the user's: nothing is installed, and no root needed. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Downloads the packages and unpacks them all into one folder, in one step; what they depend on must be among them. */
export async function unpackPackages(packages: readonly string[], into: string): Promise<void> {
  await mkdir(join(into, '..'), { recursive: true })
  const directory = await mkdtemp(join(into, '..', '.making-'))
  try {
    await withLists(() => run('apt-get', ['download', ...packages], { cwd: directory }))
    for (const name of await readdir(directory)) {
      if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(directory, name), join(directory, 'out')])
    }
    await rename(join(directory, 'out'), into).catch(() => undefined)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The packages that an installation of this one would add to this machine, itself included. */
export async function packagesFor(name: string): Promise<string[]> {
  const args = ['install', '--simulate', '--no-install-recommends', name]
  const { stdout } = await withLists(() => run('apt-get', args))
  return stdout.split('\n').flatMap((line) => /^Inst (\S+)/.exec(line)?.[1] ?? [])
}

/** Where the libraries are that were unpacked there depends on the machine's architecture. */
export async function libraryPath(folder: string): Promise<string> {
  const libraries = await readdir(join(folder, 'usr/lib')).catch(() => [])
  return libraries.map((name) => join(folder, 'usr/lib', name)).join(':')
}

/** A fresh container has no lists of packages; root can get them. */
async function withLists<T>(ask: () => Promise<T>): Promise<T> {
  return ask().catch(async () => {
    await run('apt-get', ['update'])
    return ask()
  })
}
