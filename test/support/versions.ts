/** Workers of different versions in one namespace, and what their logins' histories say of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { temporal } from '@temporalio/proto'
import type { WorkerOptions } from '@temporalio/worker'
import { describePromotion, toDeploymentOptions } from '../../platform/worker-version.ts'
import type { Phone } from '../../domain/phone.ts'
import type { House } from './house.ts'
import { commandWith, runInShell } from './shipping-page.ts'

const { WorkflowTaskFailedCause } = temporal.api.enums.v1

type Place = Pick<House, 'client' | 'namespace' | 'startWorker'>

/** A worker of that version, which Temporal knows and which somebody has yet to promote. */
export async function startVersion(house: Place, buildId: string, more: Partial<WorkerOptions> = {}) {
  const worker = await house.startWorker({ workerDeploymentOptions: toDeploymentOptions(buildId), ...more })
  await describePromotion(placeOf(house), buildId)
  return worker
}

export function placeOf({ client, namespace }: Place) {
  return { connection: client.connection, namespace, address: undefined }
}

/** As the page says; a version that has just come is known to Temporal before all of its queues are. */
export async function promote({ namespace }: Place, buildId: string): Promise<string> {
  const command = () => runInShell(namespace, commandWith('set-current-version', '"$NEW"'), { NEW: buildId })
  for (let tries = 1; tries < 20; tries += 1) {
    try {
      return await command()
    } catch (error) {
      if (!String(error).includes('missing active task queues')) throw error
      await sleep(250)
    }
  }
  return command()
}

export type Tasks = {
  /** Build ids of the workers that completed its workflow tasks, each once, in order; '' for none. */
  readonly versions: readonly string[]
  /** Why workflow tasks failed, as Temporal names it. A task that fails again leaves no other event. */
  readonly failures: readonly string[]
}

/** The workflow tasks of the number's newest login. */
export async function tasksOf(house: Pick<House, 'client' | 'workflowId'>, phone: Phone): Promise<Tasks> {
  const { events } = await house.client.workflow.getHandle(house.workflowId(phone)).fetchHistory()
  const completed = (events ?? []).flatMap((event) => event.workflowTaskCompletedEventAttributes ?? [])
  const failed = (events ?? []).flatMap((event) => event.workflowTaskFailedEventAttributes ?? [])
  return {
    versions: [...new Set(completed.map(({ deploymentVersion }) => deploymentVersion?.buildId ?? ''))],
    failures: failed.map(({ cause }) => String(WorkflowTaskFailedCause[cause ?? 0])),
  }
}
