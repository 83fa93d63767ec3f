/** A whole Postern for one test: sandbox on a socket, worker on a task queue of its own, gateway and app. */
import { randomBytes } from 'node:crypto'
import { activityInfo } from '@temporalio/activity'
import { Client, Connection } from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker'
import { afterAll, expect, inject, onTestFinished } from 'vitest'
import { bySubAccount } from '../../activities/eight-by-eight/by-sub-account.ts'
import { createEightByEight } from '../../activities/eight-by-eight/client.ts'
import type { EightByEight } from '../../activities/eight-by-eight/types.ts'
import { createActivities } from '../../activities/index.ts'
import type { Idempotency, StartRequest } from '../../api/gateway.ts'
import { createIdentity } from '../../api/identity.ts'
import { createLoginGateway } from '../../api/login-gateway.ts'
import { parseBudget, type Budget } from '../../domain/budget.ts'
import { isFinal, type Channel, type Login } from '../../domain/login.ts'
import { parsePhone, type Phone } from '../../domain/phone.ts'
import { defaultPolicy, type Policy } from '../../domain/policy.ts'
import { createDataConverter } from '../../platform/codec/data-converter.ts'
import { parseKeyRing } from '../../platform/codec/key-ring.ts'
import type { SandboxOptions } from '../../sandbox/options.ts'
import { startSandbox } from '../../sandbox/start-sandbox.ts'
import { TASK_QUEUE } from '../../workflows/messages.ts'
import { plainEffects } from './effects.ts'
import { openNamespace } from './namespace.ts'

/** Alarms that activities raise are what many tests are about; what is left is a fault of ours, and shown. */
const logger = new DefaultLogger('ERROR', ({ message, meta }) => {
  if ((meta as { sdkComponent?: string } | undefined)?.sdkComponent !== 'activity')
    process.stderr.write(`${message} ${JSON.stringify(meta)}\n`)
})
Runtime.install({ logger, shutdownSignals: [] })

/** Short enough that a test can wait for a deadline, long enough that it need not. */
export const quickPolicy: Policy = { ...defaultPolicy, resendIntervalSeconds: 1 }

export type HouseOptions = {
  readonly policy?: Partial<Policy>
  readonly sandbox?: SandboxOptions
  readonly version?: 'v1' | 'v2'
  /**
   * Default: the worker that all houses of a test file share, since starting one is the dearest part of a test.
   * `own` is one that the test may stop; `none` leaves its start to the test.
   */
  readonly worker?: 'own' | 'none'
  readonly sendTimeoutMs?: number
  readonly checkTimeoutMs?: number
  readonly baseUrl?: string
  /** Two houses with one key and sandbox are two sets of processes of one Postern. */
  readonly lookupKey?: Buffer
  /** A namespace of its own and the product's task queue, for parts that run as processes. */
  readonly forProcesses?: boolean
  /** The test sends payloads that are not encrypted; in every other test one that is refused is a failure. */
  readonly isForged?: boolean
}

export type House = Awaited<ReturnType<typeof openHouse>>

/** `undefined` takes away what a worker of a house has by itself. */
type WorkerOverrides = { readonly [K in keyof WorkerOptions]?: WorkerOptions[K] | undefined }

/** What the houses of one test file share. `providers`: which 8x8 a login's workflow id belongs to. */
const shared: {
  readonly taskQueue: string
  readonly providers: Map<string, (subAccountId: string) => EightByEight>
  worker?: ReturnType<typeof runWorker>
} = { taskQueue: `test-${randomBytes(6).toString('hex')}`, providers: new Map() }

afterAll(async () => {
  await (await shared.worker)?.stop()
})

/** Of all houses of a test file, as `ENCRYPTION_KEYS` has them. */
export const encryptionKeys = `test:${randomBytes(32).toString('base64')}`

/** What the codec refused in the tests of this file. */
const refusals: string[] = []

/** As in production: what is not encrypted is refused. */
export function createConverter(namespace: string): DataConverter {
  const keys = parseKeyRing(encryptionKeys)
  if (keys === undefined) throw new Error('the keys of the tests are malformed')
  return createDataConverter({ keys, namespace, plainText: 'refused', alarm: (text) => refusals.push(text) })
}

/** The 8x8 of the house whose login the activity is about. */
function ofHouse(subAccountId: string): EightByEight {
  const found = shared.providers.get(activityInfo().workflowExecution?.workflowId ?? '')
  if (found === undefined) throw new Error('no house has started this login')
  return found(subAccountId)
}

async function runWorker(
  connection: NativeConnection,
  namespace: string,
  taskQueue: string,
  eightByEight: (subAccountId: string) => EightByEight,
  overrides: WorkerOverrides = {},
) {
  const workerOptions: WorkerOverrides = {
    connection,
    namespace,
    taskQueue,
    workflowBundle: { codePath: inject('workflowBundle') },
    activities: createActivities({ ...plainEffects(), eightByEight }),
    dataConverter: createConverter(namespace),
    // As in worker.ts: a stop finishes what is under way, and logins soon find another worker.
    shutdownGraceTime: '15 seconds',
    stickyQueueScheduleToStartTimeout: '2 seconds',
    ...overrides,
  }
  const worker = await Worker.create(workerOptions as WorkerOptions)
  const ended = worker.run()
  let isStopped = false
  const stop = async () => {
    if (!isStopped) {
      isStopped = true
      worker.shutdown()
    }
    await ended
  }
  return { stop }
}

const connections: { client?: Promise<Connection>; native?: Promise<NativeConnection> } = {}

export async function openHouse(options: HouseOptions = {}) {
  const address = inject('temporalAddress')
  const connection = await (connections.client ??= Connection.connect({ address }))
  const native = await (connections.native ??= NativeConnection.connect({ address }))
  const policy: Policy = { ...quickPolicy, ...options.policy }
  const isShared = options.worker === undefined
  const ownQueue = options.forProcesses ? TASK_QUEUE : `test-${randomBytes(6).toString('hex')}`
  const taskQueue = isShared ? shared.taskQueue : ownQueue
  const namespace = options.forProcesses ? await openNamespace(connection) : 'default'
  const lookupKey = options.lookupKey ?? randomBytes(32)

  const running = await startSandbox({
    minimums: { codeValidity: 1, resendingInterval: 1 },
    ...options.sandbox,
  })
  onTestFinished(running.close)
  onTestFinished(() => {
    if (!options.isForged) expect(refusals.splice(0)).toEqual([])
  })
  const eightByEight = bySubAccount((subAccountId) =>
    createEightByEight({
      version: options.version ?? 'v2',
      baseUrl: options.baseUrl ?? running.url,
      subAccountId,
      apiKey: 'sandbox-key',
      sendTimeoutMs: options.sendTimeoutMs ?? 2000,
      checkTimeoutMs: options.checkTimeoutMs ?? 2000,
      // A test breaks much on purpose, and what it does to one login must not stop another's calls.
      breaker: { failures: 1000 },
    }),
  )

  const dataConverter = createConverter(namespace)
  const client = new Client({ connection, namespace, dataConverter })
  const identity = createIdentity(lookupKey)
  /**
   * Another API process: the same keys, nothing else shared. `beforeStart` runs between decision and start,
   * `afterStart` between Temporal's answer and the gateway; what it throws is what the gateway gets.
   */
  const openGateway = (beforeStart?: () => Promise<void>, afterStart?: () => void) => {
    const own = new Client({
      connection,
      namespace,
      dataConverter,
      interceptors: {
        workflow: [
          {
            async startUpdateWithStart(input, next) {
              shared.providers.set(input.workflowStartOptions.workflowId, eightByEight)
              await beforeStart?.()
              const started = await next(input)
              afterStart?.()
              return started
            },
          },
        ],
      },
    })
    return createLoginGateway({ client: own, identity, policy, taskQueue })
  }

  /** Another API process, with these encryption keys. */
  const openGatewayWith = (other: DataConverter, alarm?: (text: string) => void) => {
    const own = new Client({ connection, namespace, dataConverter: other })
    return createLoginGateway({ client: own, identity, policy, taskQueue, ...(alarm && { alarm }) })
  }

  async function startWorker(overrides: WorkerOverrides = {}) {
    const worker = await runWorker(native, namespace, taskQueue, eightByEight, overrides)
    onTestFinished(worker.stop)
    return worker
  }
  let restarting = Promise.resolve()
  let worker = options.worker === 'own' ? await startWorker() : undefined
  if (isShared) await (shared.worker ??= runWorker(native, namespace, taskQueue, ofHouse))

  const app = { name: 'acme', subAccountId: 'acme', policy }
  const gateway = openGateway()
  const toStart = (phone: Phone, more: Partial<StartRequest> = {}): StartRequest => ({
    phone,
    channel: 'sms',
    brand: 'Acme',
    purpose: 'login',
    waitSeconds: 10,
    ...more,
  })

  const start = (phone: Phone, more?: Partial<StartRequest>) => gateway.start(app, toStart(phone, more))
  const read = async (loginId: string, waitSeconds = 0) => {
    const result = await gateway.read(app, loginId, waitSeconds)
    if (result.outcome !== 'login') throw new Error(`no login was read: ${result.outcome}`)
    return result.login
  }

  return {
    client,
    identity,
    gateway,
    openGateway,
    openGatewayWith,
    sandbox: running.sandbox,
    sandboxUrl: running.url,
    policy,
    taskQueue,
    namespace,
    dataConverter,
    /** What the codec refused so far; the test answers for it. */
    refusals: () => refusals.splice(0),
    stopWorker(): Promise<void> {
      if (worker === undefined) throw new Error('this house has no worker of its own to stop')
      return worker.stop()
    },
    startWorker,
    /** The worker stops and another begins; one restart at a time, since a process polls a queue once. */
    restartWorker(): Promise<void> {
      restarting = restarting.then(async () => {
        await worker?.stop()
        worker = await startWorker()
      })
      return restarting
    },
    app,
    lookupKey,
    start,
    toStart,
    /** A start that must come to a login; whatever its status. */
    async login(phone: Phone, more?: Partial<StartRequest>): Promise<Login> {
      const result = await start(phone, more)
      if (result.outcome !== 'started') throw new Error(`no login was started: ${JSON.stringify(result)}`)
      return result.login
    },
    read,
    /** The login as soon as `isSo`; follows the history, so nothing is polled. */
    async until(loginId: string, isSo: (login: Login) => boolean): Promise<Login> {
      for (let waitSeconds = 0; ; waitSeconds = 1) {
        const login = await read(loginId, waitSeconds)
        if (isSo(login)) return login
        if (isFinal(login.status))
          throw new Error(`it ended otherwise: ${login.status} ${login.reason ?? ''}`)
      }
    },
    /** A code whose verdict is awaited: the outcome and what the login is then. */
    async submit(loginId: string, code: string, idempotency?: Idempotency) {
      const request = { code, respondAsync: false, ...(idempotency ? { idempotency } : {}) }
      const result = await gateway.submitCode(app, loginId, request)
      return result.outcome === 'answered' ? result.answer : result
    },
    async resend(loginId: string, channel?: Channel) {
      const result = await gateway.resend(app, loginId, channel === undefined ? {} : { channel })
      return result.outcome === 'answered' ? result.answer : result
    },
    async cancel(loginId: string) {
      const result = await gateway.cancel(app, loginId)
      return result.outcome === 'answered' ? result.answer : result
    },
    async events(loginId: string): Promise<string[]> {
      const result = await gateway.events(app, loginId)
      if (result.outcome !== 'events') throw new Error(`no events were read: ${result.outcome}`)
      return result.events.map(({ type }) => type)
    },
    /** The newest run's memo: what the next start reads. */
    async budget(phone: Phone): Promise<Budget> {
      const { memo } = await client.workflow.getHandle(identity.workflowId('acme', phone)).describe()
      const budget = parseBudget((memo as { budget?: unknown } | undefined)?.budget)
      if (budget === undefined) throw new Error('the newest run has no budget')
      return budget
    },
    codeFor(phone: Phone): string {
      const code = running.sandbox.lastCode(phone.e164)
      if (code === undefined) throw new Error('no code has reached that phone')
      return code
    },
    wrongCodeFor(phone: Phone, n = 1): string {
      const right = running.sandbox.lastCode(phone.e164) ?? '000000'
      return String((Number(right) + n) % 10 ** right.length).padStart(right.length, '0')
    },
    checks: () => running.sandbox.requests.filter(({ operation }) => operation === 'check'),
    sends: () => running.sandbox.requests.filter(({ operation }) => operation === 'send'),
    workflowId: (phone: Phone) => identity.workflowId('acme', phone),
  }
}

/** A Singapore mobile number of its own for each test. */
export function aPhone(): Phone {
  const digits = 90_000_000 + Math.floor(Math.random() * 6_000_000)
  const parsed = parsePhone(`+65${digits}`)
  if (parsed.outcome !== 'phone') return aPhone()
  return parsed.phone
}
