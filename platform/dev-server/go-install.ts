import { join, posix } from 'node:path'
import { executableName, onPath, temporalVersion } from './binary.ts'
import { intoCache } from './into-cache.ts'
import type { Search } from './into-cache.ts'
import { runLongStep } from './long-step.ts'

export type GoProgram = {
  /** In words, for progress lines: "Temporal 1.5.1". */
  readonly name: string
  /** The path of its Go package; the last part of it is what `go install` calls the executable. */
  readonly package: string
  /** Without a `v`. */
  readonly version: string
}

/** Temporal's CLI: seven minutes of processor time with an empty Go build cache, spread over the cores. */
export async function buildWithGo(search: Search): Promise<string> {
  return installWithGo(search, {
    name: `Temporal ${temporalVersion}`,
    package: 'github.com/temporalio/cli/cmd/temporal',
    version: temporalVersion,
  })
}

/** Builds a program from the Go module proxy, once. Given up after 30 minutes. */
export async function installWithGo(search: Search, program: GoProgram): Promise<string> {
  const [go] = await onPath(search.env, 'go')
  if (go === undefined) throw new Error('there is no `go` on the PATH')
  return intoCache(search, async (directory) => {
    // Built for this machine, whatever else the person builds for.
    const { GOOS: _os, GOARCH: _arch, ...env } = search.env
    await runLongStep({
      ...search,
      what: `building ${program.name} with ${go}`,
      note: 'a few minutes, once',
      command: go,
      args: ['install', `${program.package}@v${program.version}`],
      env: { ...env, GOBIN: directory },
      cwd: directory,
      limitMs: 30 * 60_000,
    })
    return join(directory, executableName(posix.basename(program.package)))
  })
}
