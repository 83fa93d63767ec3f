/** The whole of it for one file of tests: PostgreSQL, Temporal, the store, a sandbox, two APIs and two workers. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { createIdentity } from '../../api/identity.ts'
import { createPhones } from '../../bench/phones.ts'
import { createPosternClient, type PosternClient } from '../../client/index.ts'
import type { Login } from '../../domain/login.ts'
import { parsePhone } from '../../domain/phone.ts'
import { digestOfKey } from '../../platform/apps/key-lookup.ts'
import { freePort } from '../../platform/dev-server/ports.ts'
import { startSandbox } from '../../sandbox/start-sandbox.ts'
import { TASK_QUEUE } from '../../workflows/messages.ts'
import { gather, type Evidence } from '../support/evidence.ts'
import { createConverter, encryptionKeys } from '../support/house.ts'
import { seed } from '../support/injected.ts'
import { judge, type Terms, type Violation } from '../support/oracle.ts'
import { createBalancer } from './balancer.ts'
import { createPostgres } from './postgres.ts'
import { createService, type Service } from './service.ts'
import { createStore } from './store.ts'
import { createTemporal, NAMESPACE } from './temporal.ts'

export type Stack = Awaited<ReturnType<typeof openStack>>

const root = resolve(import.meta.dirname, '../..')
const SUB_ACCOUNT = 'acme'
/** As short as the settings allow. */
const INTERVAL_SECONDS = 10
/** An app's starts are limited to 600 a minute, so there are several. */
const APPS = 8
const APIS = 2

export type StackSettings = {
  /** How many there are; two of them run, unless fewer are asked for. Default 2. */
  readonly workers?: number
  /** Default 300. */
  readonly codeValiditySeconds?: number
}

/** Brings everything up; `close` ends all of it. */
export async function openStack({ workers = 2, codeValiditySeconds = 300 }: StackSettings = {}) {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end()
  }
  /** Started here, ended by `close`. */
  const begin = async (...services: readonly Service[]) => {
    for (const service of services) closers.push(() => service.end('SIGKILL'))
    await Promise.all(services.map((service) => service.start()))
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'postern-cluster-'))
    closers.push(() => rm(folder, { recursive: true, force: true }))
    // PostgreSQL may run as somebody else, who must get to its own folder in here.
    await chmod(folder, 0o711)
    const postgres = await createPostgres(folder)
    closers.push(() => postgres.end('SIGQUIT'))
    await postgres.start()
    const temporal = await createTemporal(folder, postgres.port)
    for (const role of temporal.roles) closers.push(() => role.end('SIGKILL'))
    await temporal.start()
    const store = await createStore(folder)
    await begin(store)
    const {
      sandbox,
      url: sandboxUrl,
      close: closeSandbox,
    } = await startSandbox({
      receipts: { posted: false },
    })
    closers.push(closeSandbox)

    const lookupKey = randomBytes(32)
    const apiKeys = Array.from({ length: APPS }, () => `pk_test_${randomBytes(18).toString('base64url')}`)
    const appsFile = join(folder, 'apps.json')
    await writeFile(appsFile, JSON.stringify({ apps: apiKeys.map(toApp) }))
    const env = {
      PATH: process.env.PATH,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: NAMESPACE,
      EIGHTXEIGHT_BASE_URL: sandboxUrl,
      EIGHTXEIGHT_API_KEY: 'sandbox-key',
      EIGHTXEIGHT_SUBACCOUNT_ID: SUB_ACCOUNT,
      APPS_FILE: appsFile,
      LOOKUP_KEY: lookupKey.toString('base64'),
      ENCRYPTION_KEYS: encryptionKeys,
      TOKEN_KEYS: encryptionKeys,
      VALKEY_URL: store.url,
      CODE_VALIDITY_SECONDS: String(codeValiditySeconds),
      RESEND_INTERVAL_SECONDS: String(INTERVAL_SECONDS),
      LOG_LEVEL: 'error',
    }
    const part = (name: string, file: string, more: NodeJS.ProcessEnv = {}) =>
      createService({
        name,
        command: process.execPath,
        args: [join(root, file)],
        env: { ...env, ...more },
        cwd: folder,
        isReady: 'announced',
      })
    const ports = await Promise.all(Array.from({ length: APIS }, freePort))
    const apis = ports.map((port, n) => part(`API ${n + 1}`, 'api/server.ts', { PORT: String(port) }))
    const allWorkers = Array.from({ length: workers }, (_, n) => part(`worker ${n + 1}`, 'worker.ts'))
    await begin(...apis, ...allWorkers)

    const connection = await Connection.connect({ address: temporal.address })
    closers.push(() => connection.close())
    const client = new Client({ connection, namespace: NAMESPACE, dataConverter: createConverter(NAMESPACE) })
    const identity = createIdentity(lookupKey)
    const balancer = createBalancer(ports.map((port) => `http://127.0.0.1:${port}`))
    const toClient = (apiKey: string) =>
      createPosternClient({ baseUrl: 'http://balancer.invalid', apiKey, fetch: balancer.fetch })
    const firstApp = toClient(apiKeys[0] ?? '')
    const apps = [firstApp, ...apiKeys.slice(1).map(toClient)]
    const evidence = (): Promise<Evidence> =>
      gather({ client, identity, taskQueue: TASK_QUEUE, sandbox }, balancer.told)
    const sends = (phone?: string) =>
      sandbox.requests.filter(
        (request) =>
          request.operation === 'send' &&
          request.accepted &&
          (phone === undefined || request.phone === phone),
      )
    let turn = 0
    return {
      postgres,
      temporal,
      store,
      apis,
      workers: allWorkers,
      sandbox,
      client,
      balancer,
      /** The settings that API and worker have in common. */
      env,
      close,
      /** A number of its own for each login. */
      newPhone: createPhones(seed),
      /** The app whose turn it is, as its backend speaks to Postern: through the balancer, repeating what it may. */
      app(): PosternClient {
        turn += 1
        return apps[turn % apps.length] ?? firstApp
      },
      firstApp,
      /** A request of the first app's that is made once, whatever comes of it. */
      async post(path: string, body: object, headers: Readonly<Record<string, string>> = {}) {
        const response = await balancer.fetch(`http://balancer.invalid${path}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${apiKeys[0] ?? ''}`,
            'content-type': 'application/json',
            ...headers,
          },
          body: JSON.stringify(body),
        })
        const answer = (await response.json()) as Partial<Login> & { code?: string; attemptsLeft?: number }
        return { httpStatus: response.status, retryAfter: response.headers.get('retry-after'), ...answer }
      },
      codeFor(phone: string): string {
        const code = sandbox.lastCode(phone)
        if (code === undefined) throw new Error('no code has reached that phone')
        return code
      },
      /** Messages that went out, to all or to one number. */
      sends,
      /** Whether Temporal knows a run for the number. */
      async hasRun(phone: string): Promise<boolean> {
        const parsed = parsePhone(phone)
        if (parsed.outcome !== 'phone') throw new Error('no phone')
        const handle = client.workflow.getHandle(identity.workflowId(SUB_ACCOUNT, parsed.phone))
        return handle.describe().then(
          () => true,
          (error: unknown) => {
            if (error instanceof Error && error.name === 'WorkflowNotFoundError') return false
            throw error
          },
        )
      },
      evidence,
      /** What the oracle has against all that has happened here. */
      async violations(terms: Terms = {}): Promise<Violation[]> {
        return judge(await evidence(), terms)
      },
      /** Of our own parts and of Temporal's, what does not run, and so has ended of itself or was ended. */
      fallen: () =>
        [...temporal.roles, ...apis, ...allWorkers].filter((it) => !it.isRunning()).map(({ name }) => name),
      /** Whatever a test did: everything runs again. Tells whether there was anything to mend. */
      async mend(): Promise<boolean> {
        const services = [postgres, ...temporal.roles, store, ...apis, ...allWorkers]
        const wasWhole = services.every((service) => service.isWhole())
        sandbox.clearFaults()
        for (const service of services) await service.mend()
        await postgres.setReadOnly(false)
        await store.setFull(false)
        return !wasWhole
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function toApp(apiKey: string, n: number) {
  return {
    name: `app-${n + 1}`,
    brand: 'Acme',
    keys: [{ hash: `sha256:${digestOfKey(apiKey).toString('hex')}`, scopes: ['start', 'read'] }],
  }
}
