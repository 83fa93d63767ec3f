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
import { toDeploymentOptions } from './worker-version.ts'

export type WebhookWorkerSettings = {
  readonly connection: NativeConnection
  readonly namespace: string
  readonly dataConverter: DataConverter
  readonly workflowBundle: NonNullable<WorkerOptions['workflowBundle']>
  /** `deliverEvent` by name. */
  readonly activities: object
  readonly endpoints: readonly Endpoint[]
  /** In milliseconds. */
  readonly shutdownGraceTime: number
  /** Of the deliveries' workflows; the attempts have no version, since any worker may make one. */
  readonly buildId?: string
}

/** Deliveries that wait for hours are replayed rather than kept: their histories are short. */
const MOST_CACHED = 100

/** No endpoint, no worker. */
export async function createWebhookWorkers(settings: WebhookWorkerSettings): Promise<readonly Worker[]> {
  const { endpoints } = settings
  if (endpoints.length === 0) return []
  return Promise.all([
    createDeliveryWorker(settings),
    ...endpoints.map((one) => createEndpointWorker(settings, one)),
  ])
}

export function createDeliveryWorker(
  settings: Omit<WebhookWorkerSettings, 'endpoints' | 'activities'>,
): Promise<Worker> {
  const { connection, namespace, dataConverter, workflowBundle, shutdownGraceTime, buildId } = settings
  return Worker.create({
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
    'connection' | 'namespace' | 'dataConverter' | 'activities' | 'shutdownGraceTime'
  >,
  { id, concurrency }: Endpoint,
): Promise<Worker> {
  const { connection, namespace, dataConverter, activities, shutdownGraceTime } = settings
  return Worker.create({
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
