/** A Redis of a test's own. From the PATH, from the user's cache, or out of Debian's packages, which need no root. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { expect, onTestFinished } from 'vitest'
import { cacheFolder } from '../../platform/dev-server/binary.ts'
import { freePort } from '../../platform/dev-server/ports.ts'
import { libraryPath, unpackPackages } from '../support/debian.ts'

const run = promisify(execFile)
const PACKAGES = ['redis-server', 'redis-tools', 'liblzf1', 'libjemalloc2', 'libatomic1']

export type RedisProgram = { readonly path: string; readonly env: NodeJS.ProcessEnv }

let found: Promise<RedisProgram> | undefined

/** The program itself, found once. */
export const findRedis = (): Promise<RedisProgram> => (found ??= findProgram())

/** Starts one on 127.0.0.1, empty; `stop` and `start` are those of an outage. */
export async function startRedis() {
  const program = await findRedis()
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    child = spawn(program.path, [...options, '--dir', tmpdir()], { env: program.env, stdio: 'ignore' })
    await expect.poll(() => answers(url)).toBe(true)
  }
  async function stop(): Promise<void> {
    const running = child
    child = undefined
    if (running === undefined) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await ended
  }
  onTestFinished(stop)
  await start()
  /** An administrator's command. */
  const command = async (name: string, ...args: string[]): Promise<unknown> => {
    const client = new Redis(url)
    try {
      return await client.call(name, ...args)
    } finally {
      client.disconnect()
    }
  }
  return { url, start, stop, command }
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.ping()
    return true
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}

async function findProgram(): Promise<RedisProgram> {
  const cached = join(cacheFolder(process.env), 'redis-debian')
  const ways = [
    { path: 'valkey-server', env: process.env },
    { path: 'redis-server', env: process.env },
  ]
  for (const way of ways) if (await isUsable(way)) return way
  if (await isUsable(await unpacked(cached))) return unpacked(cached)
  const why = await unpackPackages(PACKAGES, cached).then(
    () => 'the packages do not run here',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  const program = await unpacked(cached)
  if (await isUsable(program)) return program
  throw new Error(
    `These tests need redis-server or valkey-server on the PATH (Debian: apt-get install redis-server). ` +
      `Fetching Debian's packages did not work: ${why}`,
  )
}

async function isUsable({ path, env }: RedisProgram): Promise<boolean> {
  return run(path, ['--version'], { env }).then(
    () => true,
    () => false,
  )
}

async function unpacked(directory: string): Promise<RedisProgram> {
  const env = { ...process.env, LD_LIBRARY_PATH: await libraryPath(directory) }
  return { path: join(directory, 'usr/bin/redis-server'), env }
}
