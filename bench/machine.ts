/** On what was measured. Nothing of it names the machine. */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import type { Client } from '@temporalio/client'

export type Machine = {
  readonly cores: number
  readonly cpu: string
  readonly memoryGiB: number
  readonly node: string
  readonly sdk: string
  readonly server: string
  /** Processes that ran or wanted to in the minute before the run: other programs, and the start of the parts. */
  readonly load: number
}

const sdkFile = new URL('../node_modules/@temporalio/worker/package.json', import.meta.url)

export async function describeMachine(client: Client): Promise<Machine> {
  const { serverVersion } = await client.workflowService.getSystemInfo({})
  const { version } = JSON.parse(readFileSync(sdkFile, 'utf8')) as { readonly version: string }
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    sdk: version,
    server: serverVersion,
    load: loadavg()[0] ?? 0,
  }
}

export function tellMachine({ cores, cpu, memoryGiB, node, sdk, server, load }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGiB} GiB; Node ${node}, Temporal SDK ${sdk}, server ${server}; load before the run ${load.toFixed(1)}`
}
