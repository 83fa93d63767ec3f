/** Which version of the workflow code a worker runs, and what must happen before that version is given logins. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isGrpcServiceError } from '@temporalio/client'
import type { NativeConnection, WorkerDeploymentOptions } from '@temporalio/worker'
import type { Config } from './config.ts'

/** What Temporal calls all versions of this worker together. */
export const DEPLOYMENT_NAME = 'postern'

/** @returns the worker's build id; `undefined` when it takes every login there is (`WORKER_VERSIONING=off`) */
export function readBuildId({
  isVersioned,
  buildId,
}: Pick<Config['worker'], 'isVersioned' | 'buildId'>): string | undefined {
  return isVersioned ? (buildId ?? packageVersion()) : undefined
}

/** For `Worker.create`: a login ends on the version that it began with, unless an operator moves it. */
export function toDeploymentOptions(buildId: string): WorkerDeploymentOptions {
  return {
    version: { deploymentName: DEPLOYMENT_NAME, buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'PINNED',
  }
}

export type Place = {
  readonly connection: Pick<NativeConnection, 'workflowService' | 'withDeadline'>
  readonly namespace: string
  /** `host:port`, for the command; without one the CLI finds Temporal as the worker did. */
  readonly address: string | undefined
}

/**
 * Asks Temporal whether this worker is given new logins, once its version is known there and can be promoted.
 * Never rejects: a worker that cannot learn this does its work all the same.
 *
 * @param buildId the worker's; `undefined` for one without a version
 * @param limitMs for Temporal to get to know the version and to answer; default 10 000
 * @returns what an operator should read, with the command that promotes it; `undefined` when all is well
 */
export async function describePromotion(
  place: Place,
  buildId: string | undefined,
  limitMs = 10_000,
): Promise<string | undefined> {
  const routing = await readRoutingOnceKnown(place, buildId, Date.now() + limitMs)
  if (routing?.takers.includes(buildId)) return undefined
  if (routing === undefined && buildId === undefined) return undefined

  const [current] = routing?.takers ?? []
  const situation =
    routing === undefined
      ? 'Temporal does not say which version is current'
      : current === undefined
        ? 'no version is current'
        : `version ${current} is current`
  const worker = buildId === undefined ? 'a worker without a version' : `version ${buildId}`
  return `${situation}; ${worker} is given no new logins until it is promoted: ${promotion(place, buildId)}`
}

/** A version is known as soon as Temporal has heard a worker of it ask for work. */
async function readRoutingOnceKnown(
  place: Place,
  buildId: string | undefined,
  until: number,
): Promise<Routing | undefined> {
  const POLL_MS = 100
  for (;;) {
    const routing = await readRouting(place, until)
    if (routing === undefined || buildId === undefined || routing.known.includes(buildId)) return routing
    if (Date.now() + POLL_MS > until) return routing
    await sleep(POLL_MS)
  }
}

/** Build ids; `undefined` among the takers is the workers without a version. */
type Routing = {
  readonly known: readonly string[]
  /** Who is given new logins: first the current version, then the ramping one. */
  readonly takers: readonly (string | undefined)[]
}

/** @returns `undefined` when Temporal does not say */
async function readRouting({ connection, namespace }: Place, until: number): Promise<Routing | undefined> {
  const request = { namespace, deploymentName: DEPLOYMENT_NAME }
  try {
    const { workerDeploymentInfo } = await connection.withDeadline(until, () =>
      connection.workflowService.describeWorkerDeployment(request),
    )
    const { versionSummaries, routingConfig } = workerDeploymentInfo ?? {}
    const isRamping = (routingConfig?.rampingVersionPercentage ?? 0) > 0
    return {
      known: (versionSummaries ?? []).map((summary) => summary.deploymentVersion?.buildId ?? ''),
      takers: [
        routingConfig?.currentDeploymentVersion?.buildId ?? undefined,
        ...(isRamping ? [routingConfig?.rampingDeploymentVersion?.buildId ?? undefined] : []),
      ],
    }
  } catch (error) {
    const NOT_FOUND = 5
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined
    return code === NOT_FOUND ? { known: [], takers: [undefined] } : undefined
  }
}

function promotion({ namespace, address }: Place, buildId: string | undefined): string {
  return [
    'temporal worker deployment set-current-version --yes',
    ...(address === undefined ? [] : [`--address ${address}`]),
    `--namespace ${namespace}`,
    `--deployment-name ${DEPLOYMENT_NAME}`,
    buildId === undefined ? '--unversioned' : `--build-id ${buildId}`,
  ].join(' ')
}

function packageVersion(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(file) as { readonly version: string }).version
}
