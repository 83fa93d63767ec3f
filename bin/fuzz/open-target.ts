/** An API with all that it needs, for one run: nothing of it is kept, and nothing of it is the developer's. */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describeExit, startChild, type Child } from '../../platform/dev-server/child.ts'
import { freePort } from '../../platform/dev-server/ports.ts'
import { startDevServer } from '../../platform/dev-server/start.ts'
import { startSandbox } from '../../sandbox/start-sandbox.ts'

export type Target = {
  readonly url: string
  readonly apiKey: string
  readonly close: () => Promise<void>
}

/** @param folder where the parts keep what they make up for development */
export async function openTarget(folder: string, report: (line: string) => void): Promise<Target> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end()
  }
  try {
    const server = await startDevServer({ port: 0, headless: true, report })
    closers.push(server.stop)
    const sandbox = await startSandbox()
    closers.push(sandbox.close)
    const apiKey = `pk_test_${randomBytes(18).toString('base64url')}`
    const port = await freePort()
    const key = () => randomBytes(32).toString('base64')
    const env = {
      PATH: process.env.PATH,
      PORT: String(port),
      TEMPORAL_ADDRESS: server.address,
      EIGHTXEIGHT_BASE_URL: sandbox.url,
      EIGHTXEIGHT_API_KEY: 'sandbox-key',
      EIGHTXEIGHT_SUBACCOUNT_ID: 'fuzz',
      API_KEY: apiKey,
      LOOKUP_KEY: key(),
      ENCRYPTION_KEYS: `fuzz:${key()}`,
      TOKEN_KEYS: `fuzz:${key()}`,
      LOG_LEVEL: 'error',
    }
    for (const file of ['worker.ts', 'api/server.ts']) {
      const part = await startPart(file, folder, env)
      closers.push(part.stop)
    }
    return { url: `http://127.0.0.1:${port}`, apiKey, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Resolves when the part says that it is ready; what it writes to its standard error is shown. */
async function startPart(file: string, folder: string, env: NodeJS.ProcessEnv): Promise<Child> {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
  const { promise: ready, resolve: beReady } = Promise.withResolvers<'ready'>()
  const child = await startChild(process.execPath, [path], {
    env,
    cwd: folder,
    onLine(line, stream) {
      if (line.startsWith('postern: ready')) beReady('ready')
      else if (stream === 'stderr' || /"level":(50|60)/.test(line)) console.error(line)
    },
  })
  const first = await Promise.race([ready, child.exited])
  if (first !== 'ready') throw new Error(`${file} ended with ${describeExit(first)} before it was ready`)
  return child
}
