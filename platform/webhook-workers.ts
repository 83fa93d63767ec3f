/**
 * The workers of webhooks out, all in one process: one that runs deliveries, and one for each endpoint that makes its
 * attempts, so that a receiver that hangs holds nobody else's slots (WHO-17).
 */
import type { DataConverter } from '@temporalio/common'
import {
  Worker,
  type NativeConnection,
  type WorkerDeploymentOptions,
  type WorkerOptions,
} from '@temporalio/worker'
import { DELIVERY_QUEUE, endpointQueue, type Endpoint } from '../domain/webhook.ts'
import type { AppsSource } from './apps/source.ts'
import { toDeploymentOptions } from './worker-version.ts'

export type WebhookWorkerSettings = {
  readonly connection: NativeConnection
  readonly namespace: string
  readonly dataConverter: DataConverter
  readonly workflowBundle: NonNullable<WorkerOptions['workflowBundle']>
  /** `deliverEvent` by name. */
  readonly activities: object
  /** Of all apps, as they are configured now. */
  readonly endpoints: () => readonly Endpoint[]
  /** In milliseconds. */
  readonly shutdownGraceTime: number
  /** What traces need of a worker; left out, nothing. */
  readonly tracing?: Pick<WorkerOptions, 'interceptors' | 'sinks'>
  /** Of the deliveries' workflows; the attempts have no version, since any worker may make one. */
  readonly buildId?: string
}

/** Deliveries that wait for hours are replayed rather than kept: their histories are short. */
const MOST_CACHED = 100

export type WebhookWorkers = {
  /** Makes the workers those of the endpoints there are now. */
  refresh(): Promise<void>
  /** `refresh`, once now and again after each change of the apps; resolves when the first workers run. */
  follow(apps: Pick<AppsSource, 'onChange'>): Promise<void>
  /** Resolves when all have ended. */
  drain(): Promise<void>
  /** Rejects when one broke down, or could not be made. */
  readonly broken: Promise<never>
}

type Running = { readonly concurrency: number; readonly drain: () => Promise<void> }

/**
 * No endpoint, no worker. The one of the deliveries stays from the first endpoint on: what is under way to an endpoint
 * that was taken away must end too. An endpoint whose concurrency changes gets another worker when the old one has
 * ended, since Temporal's SDK takes one worker a queue and process.
 */
export function createWebhookWorkers(settings: WebhookWorkerSettings): WebhookWorkers {
  const running = new Map<string, Running>()
  let deliveries: Running | undefined
  let turn = Promise.resolve()
  let isDraining = false
  const broken = Promise.withResolvers<never>()
  // Whoever listens is told; nobody has to.
  broken.promise.catch(() => undefined)

  async function start(making: Promise<Worker>, concurrency: number): Promise<Running> {
    const worker = await making
    const ended = worker.run()
    ended.catch(broken.reject)
    return {
      concurrency,
      async drain() {
        if (worker.getState() === 'RUNNING') worker.shutdown()
        await ended
      },
    }
  }

  async function apply(): Promise<void> {
    if (isDraining) return
    const wanted = new Map(settings.endpoints().map((endpoint) => [endpoint.id, endpoint]))
    const gone = [...running].filter(([id, { concurrency }]) => wanted.get(id)?.concurrency !== concurrency)
    for (const [id] of gone) running.delete(id)
    await Promise.all(gone.map(([, one]) => one.drain()))
    if (wanted.size > 0) deliveries ??= await start(createDeliveryWorker(settings), 0)
    const missing = [...wanted.values()].filter(({ id }) => !running.has(id))
    await Promise.all(
      missing.map(async (endpoint) => {
        running.set(endpoint.id, await start(createEndpointWorker(settings, endpoint), endpoint.concurrency))
      }),
    )
  }

  function refresh(): Promise<void> {
    turn = turn.then(apply)
    turn.catch(broken.reject)
    return turn
  }

  return {
    broken: broken.promise,
    refresh,
    async follow(apps) {
      // Heard from before the first refresh on, which takes its time. What another rejects with, `broken` says.
      apps.onChange(() => void refresh().catch(() => undefined))
      await refresh()
    },
    async drain() {
      isDraining = true
      await turn
      await Promise.all([...running.values(), ...(deliveries ? [deliveries] : [])].map((one) => one.drain()))
    },
  }
}

export function createDeliveryWorker(
  settings: Omit<WebhookWorkerSettings, 'endpoints' | 'activities'>,
): Promise<Worker> {
  const { connection, namespace, dataConverter, workflowBundle, shutdownGraceTime, tracing, buildId } =
    settings
  return Worker.create({
    ...tracing,
    connection,
    namespace,
    dataConverter,
    taskQueue: DELIVERY_QUEUE,
    workflowBundle,
    maxCachedWorkflows: MOST_CACHED,
    shutdownGraceTime,
    ...(buildId === undefined ? {} : { workerDeploymentOptions: toNewest(buildId) }),
  })
}

/** A delivery outlives releases, so it moves to the newest version: its code must replay what an earlier one began. */
function toNewest(buildId: string): WorkerDeploymentOptions {
  const { version } = toDeploymentOptions(buildId)
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' }
}

export function createEndpointWorker(
  settings: Pick<
    WebhookWorkerSettings,
    'connection' | 'namespace' | 'dataConverter' | 'activities' | 'shutdownGraceTime' | 'tracing'
  >,
  { id, concurrency }: Endpoint,
): Promise<Worker> {
  const { connection, namespace, dataConverter, activities, shutdownGraceTime, tracing } = settings
  return Worker.create({
    ...tracing,
    connection,
    namespace,
    dataConverter,
    taskQueue: endpointQueue(id),
    activities,
    maxConcurrentActivityTaskExecutions: concurrency,
    maxConcurrentActivityTaskPolls: Math.min(2, concurrency),
    shutdownGraceTime,
  })
}
