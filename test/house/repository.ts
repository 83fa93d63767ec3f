/** The program text of the repository: everything a person wrote, committed or not. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { File } from './breaches.ts'

export const root = join(import.meta.dirname, '../..')

const skipped = new Set(['node_modules', 'dist', 'coverage'])

export async function readRepository(): Promise<readonly File[]> {
  const paths = await programsIn(root)
  return Promise.all(
    paths.map(async (path) => ({ path: relative(root, path), text: await readFile(path, 'utf8') })),
  )
}

/** Any dialect: a border that only `.ts` files respect would be none. */
async function programsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        return skipped.has(entry.name) || entry.name.startsWith('.') ? [] : programsIn(path)
      }
      return /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : []
    }),
  )
  return found.flat()
}
