import { cachedBinaryPath, onPath, proveBinary, temporalVersion } from './binary.ts'
import { buildWithGo } from './go-install.ts'
import { downloadWithSdk } from './sdk-download.ts'

export type FindBinaryOptions = {
  /** Where PATH, HOME and XDG_CACHE_HOME are looked up, and what every command run here gets. Default: ours. */
  readonly env?: NodeJS.ProcessEnv
  /** Told how each long step begins, fares and fails, a line at a time. */
  readonly report: (line: string) => void
  /** Between two lines about a long step. Default 10 000. */
  readonly reportEveryMs?: number
  /** Gives up, ending what runs. */
  readonly signal?: AbortSignal | undefined
}

/** None of the ways to a Temporal server works; the message lists each with its reason, and what a person can do. */
export class TemporalNotFoundError extends Error {
  override readonly name = 'TemporalNotFoundError'
}

/**
 * Finds Temporal's CLI, and fetches or builds it once when there is none: the PATH, the user's cache directory, the
 * SDK's own download, `go install`. Returns the path of an executable that has just answered `--version`.
 * Safe to run in several processes at once.
 * @throws TemporalNotFoundError
 */
export async function findBinary(options: FindBinaryOptions): Promise<string> {
  const { env = process.env, report, signal } = options
  const cached = cachedBinaryPath(env)
  const prove = (path: string) => proveBinary(path, env)
  const search = { env, report, reportEveryMs: options.reportEveryMs ?? 10_000, signal, cached, prove }
  const ways: readonly (readonly [name: string, attempt: () => Promise<string>])[] = [
    ['`temporal` on the PATH', () => firstOnPath(env)],
    [`the cache, ${cached}`, () => prove(cached).then(() => cached)],
    [`the Temporal SDK's download of ${temporalVersion}`, () => downloadWithSdk(search)],
    [`building ${temporalVersion} with \`go install\``, () => buildWithGo(search)],
  ]
  const failures: string[] = []
  for (const [name, attempt] of ways) {
    signal?.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      signal?.throwIfAborted()
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new TemporalNotFoundError(advice(failures, cached))
}

async function firstOnPath(env: NodeJS.ProcessEnv): Promise<string> {
  const reasons: string[] = []
  for (const path of await onPath(env, 'temporal')) {
    try {
      await proveBinary(path, env)
      return path
    } catch (error) {
      reasons.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(reasons.join('; ') || 'there is none')
}

function advice(failures: readonly string[], cached: string): string {
  return [
    'There is no Temporal server to start. Tried, in this order:',
    ...failures.map((failure) => `  - ${failure}`),
    'Any one of these helps:',
    "  - install Temporal's CLI, so that `temporal --version` answers (https://docs.temporal.io/cli#install)",
    '  - install Go (https://go.dev/dl), 1.25 or newer, and start again',
    `  - copy a \`temporal\` executable of this platform to ${cached}`,
    '  - set TEMPORAL_ADDRESS to a Temporal server that runs already',
  ].join('\n')
}
