import { basename, join } from 'node:path'
import { onPath, temporalVersion } from './binary.ts'
import { intoCache } from './into-cache.ts'
import type { Search } from './into-cache.ts'
import { runLongStep } from './long-step.ts'

/**
 * Builds Temporal's CLI from the Go module proxy, once: seven minutes of processor time with an empty Go build cache,
 * spread over the cores. Given up after 30 minutes.
 */
export async function buildWithGo(search: Search): Promise<string> {
  const [go] = await onPath(search.env, 'go')
  if (go === undefined) throw new Error('there is no `go` on the PATH')
  return intoCache(search, async (directory) => {
    // Built for this machine, whatever else the person builds for.
    const { GOOS: _os, GOARCH: _arch, ...env } = search.env
    await runLongStep({
      ...search,
      what: `building Temporal ${temporalVersion} with ${go}`,
      note: 'a few minutes, once',
      command: go,
      args: ['install', `github.com/temporalio/cli/cmd/temporal@v${temporalVersion}`],
      env: { ...env, GOBIN: directory },
      cwd: directory,
      limitMs: 30 * 60_000,
    })
    return join(directory, basename(search.cached))
  })
}
