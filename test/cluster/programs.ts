/** The programs that a cluster is made of: from this machine, or fetched or built once. */
import { execFile } from 'node:child_process'
import { readdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, executableName, onPath, versionSaidBy } from '../../platform/dev-server/binary.ts'
import { installWithGo } from '../../platform/dev-server/go-install.ts'
import { libraryPath, packagesFor, unpackPackages } from '../support/debian.ts'

/** The version that deploy/compose.yaml names, and the last word of the Go packages below. */
export const SERVER_VERSION = '1.32.0'
const OLDEST_POSTGRES = 12

const run = promisify(execFile)
const report = (line: string) => process.stderr.write(`postern: ${line}\n`)

export type TemporalPrograms = {
  readonly server: string
  /** Where `temporal-sql-tool` is, as in the image `temporalio/admin-tools`. */
  readonly toolFolder: string
}

/** Temporal's production server and its schema tool: out of the user's cache, or built by `go install`. */
export async function findTemporalServer(): Promise<TemporalPrograms> {
  const toolFolder = join(cacheFolder(process.env), `temporal-server-${SERVER_VERSION}`)
  const find = (name: string, goPackage: string) =>
    cachedOrBuilt(join(toolFolder, executableName(name)), name, `go.temporal.io/server/cmd/${goPackage}`)
  // One after the other: the second is quick, for what the first has built.
  const server = await find('temporal-server', 'server')
  await find('temporal-sql-tool', 'tools/sql')
  return { server, toolFolder }
}

async function cachedOrBuilt(cached: string, name: string, goPackage: string): Promise<string> {
  const { env } = process
  const prove = async (path: string) => {
    const said = await versionSaidBy(path, env)
    if (!said.includes(`version ${SERVER_VERSION}`)) throw new Error(`it is not ${name} ${SERVER_VERSION}`)
  }
  const why = await prove(cached).then(() => undefined, reason)
  if (why === undefined) return cached
  const search = { env, report, reportEveryMs: 10_000, signal: undefined, cached, prove }
  return installWithGo(search, {
    name: `${name} ${SERVER_VERSION}`,
    package: goPackage,
    version: SERVER_VERSION,
  }).catch((error: unknown) => {
    throw new Error(
      `There is no ${name} ${SERVER_VERSION}. In the cache, ${cached}: ${why}. ` +
        `go install ${goPackage}@v${SERVER_VERSION}: ${reason(error)}. ` +
        'Install Go (https://go.dev/dl), 1.25 or newer, and start again, or copy an executable of this platform there.',
    )
  })
}

/**
 * The template by which the server reads its configuration from the environment: of its sources, out of Go's cache.
 * @throws Error when Go is not there
 */
export async function findConfigTemplate(): Promise<string> {
  const { stdout } = await run('go', ['mod', 'download', '-json', `go.temporal.io/server@v${SERVER_VERSION}`])
  const { Dir: folder } = JSON.parse(stdout) as { Dir: string }
  return join(folder, 'common/config/config_template_embedded.yaml')
}

export type PostgresPrograms = {
  /** The folder of `initdb` and `postgres`. */
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** It lies in this user's cache, which other users may not read. */
  readonly isPrivate: boolean
}

/** PostgreSQL: Debian's of this machine, one on the PATH, or Debian's package unpacked into the user's cache. */
export async function findPostgres(): Promise<PostgresPrograms> {
  const env = { PATH: process.env.PATH }
  for (const folder of [...(await debianFolders('/')), ...(await onPathFolders())]) {
    if (await isPostgres(folder, env)) return { folder, env, isPrivate: false }
  }
  const cache = join(cacheFolder(process.env), 'postgresql-debian')
  const inCache = async () => {
    const withLibraries = { ...env, LD_LIBRARY_PATH: await libraryPath(cache) }
    const [folder] = await debianFolders(cache)
    if (folder === undefined || !(await isPostgres(folder, withLibraries))) return undefined
    return { folder, env: withLibraries, isPrivate: true }
  }
  const cached = await inCache()
  if (cached) return cached
  report('fetching PostgreSQL from Debian’s packages (once)')
  const why = await unpackPostgres(cache).then(() => 'the packages do not run here', reason)
  const unpacked = await inCache()
  if (unpacked) return unpacked
  throw new Error(
    `The cluster needs PostgreSQL ${OLDEST_POSTGRES} or newer: \`initdb\` and \`postgres\` in ` +
      '/usr/lib/postgresql/*/bin or on the PATH (Debian: apt-get install postgresql). ' +
      `Fetching Debian’s packages did not work: ${why}`,
  )
}

/** @param root `/`, or where packages were unpacked; the newest version first */
export async function debianFolders(root: string): Promise<string[]> {
  const versions = await readdir(join(root, 'usr/lib/postgresql')).catch(() => [])
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, 'usr/lib/postgresql', version, 'bin'))
}

/** Where links lead, since `initdb` looks for `postgres` beside itself. */
async function onPathFolders(): Promise<string[]> {
  const found = await onPath(process.env, 'initdb')
  return Promise.all(found.map(async (path) => dirname(await realpath(path))))
}

async function isPostgres(folder: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await versionSaidBy(join(folder, 'initdb'), env)
    const { stdout } = await run(join(folder, 'postgres'), ['--version'], { env })
    return Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? 0) >= OLDEST_POSTGRES
  } catch {
    return false
  }
}

async function unpackPostgres(into: string): Promise<void> {
  await unpackPackages(await packagesFor('postgresql'), into)
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
