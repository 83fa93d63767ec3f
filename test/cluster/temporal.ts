/** Temporal's production server, each of its four roles a process of its own, set up by the scripts of deploy/. */
import { execFile } from 'node:child_process'
import { appendFile, copyFile, readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Connection } from '@temporalio/client'
import { findBinary } from '../../platform/dev-server/find-binary.ts'
import { answers, isOccupied } from '../../platform/dev-server/ports.ts'
import { findConfigTemplate, findTemporalServer } from './programs.ts'
import { createService } from './service.ts'

const run = promisify(execFile)
const deploy = resolve(import.meta.dirname, '../../deploy/temporal')

export const NAMESPACE = 'postern'

/** Fewer than deploy/compose.yaml has, since two cores carry the whole cluster; more than a development server's one. */
export const SHARDS = 64

/** How a call to the database may go wrong, in the server's words. `ExecuteAndTimeout` is done, and told as failed. */
const DATABASE_FAULTS = [
  'ExecuteAndTimeout',
  'ShardOwnershipLost',
  'Timeout',
  'Unavailable',
  'ResourceExhausted',
] as const
/** What a login's steps ask of the database, by the server's interfaces in `common/persistence`. */
const DATABASE_CALLS = {
  ExecutionStore: [
    ...['CreateWorkflowExecution', 'UpdateWorkflowExecution', 'GetWorkflowExecution', 'GetCurrentExecution'],
    ...['AppendHistoryNodes', 'ReadHistoryBranch', 'AddHistoryTasks', 'GetHistoryTasks'],
    ...['CompleteHistoryTask', 'RangeCompleteHistoryTasks'],
  ],
  ShardStore: ['UpdateShard', 'AssertShardOwnership'],
  TaskStore: ['CreateTasks', 'GetTasks', 'CompleteTasksLessThan', 'GetTaskQueue', 'UpdateTaskQueue'],
}

const roles = ['history', 'matching', 'frontend', 'worker'] as const
export type Role = (typeof roles)[number]

export type TemporalServer = Awaited<ReturnType<typeof createTemporal>>

/** @param postgresPort of an empty PostgreSQL that runs */
export async function createTemporal(folder: string, postgresPort: number) {
  const { server, toolFolder } = await findTemporalServer()
  const cli = await findBinary({ report: (line) => process.stderr.write(`postern: ${line}\n`) })
  // The CLI looks for settings in a home, and must find none.
  const shell = { PATH: [toolFolder, dirname(cli), process.env.PATH].join(delimiter), HOME: folder }
  const sql = {
    SQL_PLUGIN: 'postgres12',
    SQL_HOST: '127.0.0.1',
    SQL_PORT: String(postgresPort),
    SQL_USER: 'temporal',
    SQL_PASSWORD: 'temporal',
  }
  await runScript('set-up-schema.sh', { ...shell, ...sql })

  // The server reads its configuration from these, with the template that its image has.
  const ports = await rolePorts()
  const dynamicConfig = join(folder, 'dynamic-config.yaml')
  await copyFile(join(deploy, 'dynamic-config.yaml'), dynamicConfig)
  const env = {
    ...shell,
    ...ports.env,
    DB: 'postgres12',
    DB_PORT: String(postgresPort),
    POSTGRES_SEEDS: '127.0.0.1',
    POSTGRES_USER: 'temporal',
    POSTGRES_PWD: 'temporal',
    NUM_HISTORY_SHARDS: String(SHARDS),
    BIND_ON_IP: '127.0.0.1',
    TEMPORAL_BROADCAST_ADDRESS: '127.0.0.1',
    DYNAMIC_CONFIG_FILE_PATH: dynamicConfig,
    LOG_LEVEL: 'error',
  }
  const services = Object.fromEntries(
    roles.map((role) => [
      role,
      createService({
        name: `Temporal ${role}`,
        command: server,
        args: ['--allow-no-auth', 'start', '--service', role],
        env,
        cwd: folder,
        isReady: () => isServing(role, ports.grpc[role]),
      }),
    ]),
  ) as Record<Role, ReturnType<typeof createService>>

  const address = `127.0.0.1:${ports.grpc.frontend}`
  const all = roles.map((role) => services[role])
  return {
    ...services,
    roles: all,
    address,
    /** The first start, which makes the namespace too. */
    async start(): Promise<void> {
      // The first one on an empty database writes down what the cluster is; two at once would get in each other's way.
      await services.history.start()
      await Promise.all(all.filter((role) => !role.isRunning()).map((role) => role.start()))
      await runScript('set-up-namespace.sh', {
        ...shell,
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: NAMESPACE,
      })
    },
    /** A dynamic configuration for the next start of a role: that of deploy/, and these lines. */
    async dynamicConfigWith(lines: string): Promise<NodeJS.ProcessEnv> {
      const file = join(folder, 'dynamic-config-more.yaml')
      await copyFile(dynamicConfig, file)
      await appendFile(file, lines)
      return { DYNAMIC_CONFIG_FILE_PATH: file }
    },
    /**
     * A configuration for the next start of a role: its usual one, with a database that fails now and then.
     * @param share of the calls that fail in each of the ways, 0 to 1
     */
    async withDatabaseFaults(share: number): Promise<NodeJS.ProcessEnv> {
      const file = join(folder, 'faulty-database.yaml')
      const errors = Object.fromEntries(DATABASE_FAULTS.map((fault) => [fault, share]))
      const dataStores = Object.fromEntries(
        Object.entries(DATABASE_CALLS).map(([store, calls]) => [
          store,
          { methods: Object.fromEntries(calls.map((call) => [call, { errors }])) },
        ]),
      )
      const faultInjection = JSON.stringify({ targets: { dataStores } })
      const template = await readFile(await findConfigTemplate(), 'utf8')
      await writeFile(
        file,
        template.replaceAll(
          /^( +)default:\n/gm,
          (line, indent: string) => `${line}${indent}    faultInjection: ${faultInjection}\n`,
        ),
      )
      return { TEMPORAL_SERVER_CONFIG_FILE_PATH: file }
    },
  }
}

async function rolePorts() {
  const grpc = {} as Record<Role, number>
  const env: NodeJS.ProcessEnv = {}
  for (const role of roles) {
    const name = role.toUpperCase()
    grpc[role] = await freeLowPort()
    env[`${name}_GRPC_PORT`] = String(grpc[role])
    env[`${name}_MEMBERSHIP_PORT`] = String(await freeLowPort())
  }
  env.FRONTEND_HTTP_PORT = String(await freeLowPort())
  return { grpc, env }
}

/** The table of the cluster's members keeps ports as `smallint`. */
async function freeLowPort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000)
  return (await isOccupied(port)) ? freeLowPort() : port
}

async function isServing(role: Role, port: number): Promise<boolean> {
  if (role !== 'frontend') return answers(port)
  try {
    const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 1000 })
    await connection.close()
    return true
  } catch {
    return false
  }
}

async function runScript(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run('/bin/sh', [join(deploy, name)], { env, timeout: 180_000, maxBuffer: 32_000_000 })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`deploy/temporal/${name} failed:\n${(stdout + stderr).slice(-4000)}`, { cause: error })
  }
}
