import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { temporalVersion } from './binary.ts'
import { intoCache } from './into-cache.ts'
import type { Search } from './into-cache.ts'
import { runLongStep } from './long-step.ts'

/**
 * Lets the Temporal SDK download the CLI from temporal.download, with the SDK's own choice of archive and its own
 * unpacking. In a process of its own, because the SDK's download cannot be called off otherwise. Given up when no
 * byte has come for 60 s.
 */
export async function downloadWithSdk(search: Search): Promise<string> {
  return intoCache(search, async (directory) => {
    await runLongStep({
      ...search,
      what: `downloading Temporal ${temporalVersion} from temporal.download`,
      command: process.execPath,
      args: [join(import.meta.dirname, 'sdk-download-child.ts'), directory, `v${temporalVersion}`],
      limitMs: 60_000,
      progress: async () => megabytes(await sizeOf(directory)),
      isDone: async () => (await executableIn(directory)) !== undefined,
    })
    return (await executableIn(directory)) ?? ''
  })
}

/** The SDK writes `temporal-{version}.downloading` and renames it when it is whole. */
async function executableIn(directory: string): Promise<string | undefined> {
  const name = (await readdir(directory)).find((file) => !file.endsWith('.downloading'))
  return name === undefined ? undefined : join(directory, name)
}

async function sizeOf(directory: string): Promise<number> {
  const files = await readdir(directory)
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(directory, file)).then(
        (s) => s.size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function megabytes(bytes: number): string {
  return bytes === 0 ? '' : `${(bytes / 1e6).toFixed(1)} MB unpacked`
}
