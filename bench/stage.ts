/** All that a run needs, on one Temporal server; nothing of it is kept. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { startDevServer } from '../platform/dev-server/start.ts'
import { startSandbox } from '../sandbox/start-sandbox.ts'
import type { BenchProcess, Contender } from './contender.ts'
import { startCollector } from './collector.ts'
import { createCodes, type Codes } from './codes.ts'
import { startPostern, startSkeletonWorker } from './parts.ts'
import { createPostern } from './postern.ts'
import { createSkeleton } from './skeleton/contender.ts'

export type StageOptions = {
  /** As the shell has it; what names a Temporal server in it is used. */
  readonly env: NodeJS.ProcessEnv
  readonly hasReceipts: boolean
  readonly hasTraces: boolean
  readonly hasSkeleton: boolean
  readonly profile: string | undefined
  readonly report: (line: string) => void
}

export type Stage = {
  readonly client: Client
  readonly postern: Contender
  /** Only if asked for. */
  readonly skeleton: Contender | undefined
  readonly codes: Codes
  /** Whether the server is our own, so that its process can be measured. */
  readonly hasOwnServer: boolean
  readonly close: () => Promise<void>
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const { report, hasReceipts, hasTraces, profile } = options
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'))
    closers.push(() => rm(folder, { recursive: true, force: true }))
    const own = options.env.TEMPORAL_ADDRESS === undefined ? await startServer(folder, report) : undefined
    if (own) closers.push(own.stop)
    const env = toEnvironment(options.env, own?.address)
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
      disableFile: true,
      overrideEnvVars: env,
    })
    const connection = await Connection.connect(connectionOptions)
    closers.push(() => connection.close())
    const client = new Client({ connection, namespace })

    const { url, sandbox, close: closeSandbox } = await startSandbox({ receipts: { posted: hasReceipts } })
    closers.push(closeSandbox)
    const collector = hasTraces ? await startCollector() : undefined
    if (collector) closers.push(collector.close)
    const partsOptions = { folder, env, sandboxUrl: url, tracesEndpoint: collector?.endpoint, profile }
    const common: BenchProcess[] = [{ part: 'bench', pid: process.pid }]
    if (own) common.push({ part: 'server', pid: own.pid })
    const { api, worker, reach } = await startPostern(partsOptions, (part) => closers.push(part.stop))
    const skeletonWorker = options.hasSkeleton ? await startSkeletonWorker(partsOptions) : undefined
    if (skeletonWorker) closers.push(skeletonWorker.stop)
    return {
      client,
      postern: {
        name: 'postern',
        start: createPostern(reach),
        processes: [{ part: 'api', pid: api.pid }, { part: 'worker', pid: worker.pid }, ...common],
      },
      skeleton: skeletonWorker && {
        name: 'skeleton',
        start: createSkeleton(client),
        processes: [{ part: 'worker', pid: skeletonWorker.pid }, ...common],
      },
      codes: createCodes(sandbox),
      hasOwnServer: own !== undefined,
      close: async () => {
        await close()
        if (collector?.exports() === 0) throw new Error('no trace was exported, so none was measured')
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** As `npm start` starts it, database file included. */
function startServer(folder: string, report: (line: string) => void) {
  return startDevServer({ port: 0, headless: true, dbFile: join(folder, 'temporal.db'), report })
}

/** What parts get of the shell's: what finds programs, and Temporal. Nothing else may change what is measured. */
function toEnvironment(env: NodeJS.ProcessEnv, address: string | undefined): Record<string, string> {
  const isWanted = (name: string) =>
    ['PATH', 'HOME'].includes(name) || (address === undefined && name.startsWith('TEMPORAL_'))
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && isWanted(name) ? [[name, value] as const] : [],
  )
  return { ...Object.fromEntries(kept), ...(address === undefined ? {} : { TEMPORAL_ADDRESS: address }) }
}
