/** The processes that are measured: Postern's API and worker as they are shipped, and the skeleton's worker. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { digestOfKey } from '../platform/apps/key-lookup.ts'
import { describeExit, startChild, type Child } from '../platform/dev-server/child.ts'
import { freePort } from '../platform/dev-server/ports.ts'

export type PartsOptions = {
  /** Where parts keep what they make up for development. */
  readonly folder: string
  /** What parts need to find programs and Temporal. */
  readonly env: NodeJS.ProcessEnv
  readonly sandboxUrl: string
  /** Where API and worker export their traces; without one they make none. */
  readonly tracesEndpoint: string | undefined
  readonly profile: string | undefined
}

const root = resolve(import.meta.dirname, '..')

/** An app's starts are limited to 600 a minute, so there are several, as there would be at such a rate. */
const APPS = 16

/** Postern with the settings of `npm start`, but for the apps and for caps that a day's logins would reach. */
export async function startPostern(options: PartsOptions, onStarted: (part: Child) => void) {
  const { folder, sandboxUrl, tracesEndpoint, profile } = options
  const apiKeys = Array.from({ length: APPS }, () => `pk_test_${randomBytes(18).toString('base64url')}`)
  const apps = apiKeys.map((apiKey, index) => ({
    name: `bench-${index + 1}`,
    brand: 'Bench',
    keys: [{ hash: `sha256:${digestOfKey(apiKey).toString('hex')}`, scopes: ['start', 'read'] }],
  }))
  const appsFile = join(folder, 'apps.json')
  await writeFile(appsFile, JSON.stringify({ apps }))
  const port = await freePort()
  const lookupKey = randomBytes(32)
  const ringKey = () => `bench:${randomBytes(32).toString('base64')}`
  const env = {
    ...options.env,
    PORT: String(port),
    ...(tracesEndpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: tracesEndpoint }),
    EIGHTXEIGHT_BASE_URL: sandboxUrl,
    EIGHTXEIGHT_API_KEY: 'sandbox-key',
    EIGHTXEIGHT_SUBACCOUNT_ID: 'bench',
    APPS_FILE: appsFile,
    LOOKUP_KEY: lookupKey.toString('base64'),
    ENCRYPTION_KEYS: ringKey(),
    TOKEN_KEYS: ringKey(),
    // As long as there is, so that thousands of logins can wait at once.
    CODE_VALIDITY_SECONDS: '600',
    SENDS_PER_DAY: '10000000',
    SENDS_PER_DAY_COUNTRY: '10000000',
    SENDS_PER_DAY_OVERALL: '10000000',
  }
  const flags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', resolve(profile)]
  const start = async (file: string) => {
    const part = await startPart([...flags, join(root, file)], folder, env)
    onStarted(part)
    return part
  }
  const worker = await start('worker.ts')
  const api = await start('api/server.ts')
  return { api, worker, reach: { baseUrl: `http://127.0.0.1:${port}`, apiKeys, lookupKey } }
}

export function startSkeletonWorker({ folder, env, sandboxUrl }: PartsOptions): Promise<Child> {
  return startPart([join(import.meta.dirname, 'skeleton/worker.ts'), sandboxUrl], folder, env)
}

/** Resolves when the part says that it is ready. Its log is read and dropped, but for errors. */
async function startPart(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Child> {
  const { promise: ready, resolve: beReady } = Promise.withResolvers<'ready'>()
  const child = await startChild(process.execPath, args, {
    cwd,
    env,
    onLine(line, stream) {
      if (line.startsWith('postern: ready')) beReady('ready')
      else if (stream === 'stderr' || /^\{"level":"?(50|60|error|fatal)/.test(line)) console.error(line)
    },
  })
  const first = await Promise.race([ready, child.exited])
  if (first === 'ready') return child
  throw new Error(`${args.at(-1) ?? ''} ended with ${describeExit(first)} before it was ready`)
}
