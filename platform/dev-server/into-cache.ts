import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What each way that makes an executable is given. */
export type Search = {
  readonly env: NodeJS.ProcessEnv
  readonly report: (line: string) => void
  readonly reportEveryMs: number
  readonly signal: AbortSignal | undefined
  /** Where the executable goes. */
  readonly cached: string
  /** Rejects with the reason when the file is not the executable that is wanted. */
  readonly prove: (path: string) => Promise<void>
}

/**
 * Gives `make` an empty directory beside the cache, proves the executable that it leaves there and moves it into the
 * cache in one step: another process at the same work sees a whole executable or none.
 */
export async function intoCache(
  search: Search,
  make: (directory: string) => Promise<string>,
): Promise<string> {
  const { cached, prove } = search
  await mkdir(dirname(cached), { recursive: true })
  const directory = await mkdtemp(join(dirname(cached), '.making-'))
  try {
    const made = await make(directory)
    await prove(made)
    // Windows does not replace an executable that runs; then the other process's one serves as well.
    await rename(made, cached).catch(() => prove(cached))
    return cached
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
