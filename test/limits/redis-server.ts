/** A Redis of a test's own. From the PATH, from the user's cache, or out of Debian's packages, which need no root. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { expect, onTestFinished } from 'vitest'
import { cacheFolder } from '../../platform/dev-server/binary.ts'
import { freePort } from '../../platform/dev-server/ports.ts'

const run = promisify(execFile)
const PACKAGES = ['redis-server', 'redis-tools', 'liblzf1', 'libjemalloc2', 'libatomic1']

type Program = { readonly path: string; readonly env: NodeJS.ProcessEnv }

let found: Promise<Program> | undefined

/** Starts one on 127.0.0.1, empty; `stop` and `start` are those of an outage. */
export async function startRedis() {
  const program = await (found ??= findProgram())
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    child = spawn(program.path, [...options, '--dir', tmpdir()], { env: program.env, stdio: 'ignore' })
    await expect.poll(() => answers(url), { timeout: 10_000, interval: 20 }).toBe(true)
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

async function findProgram(): Promise<Program> {
  const cached = join(cacheFolder(process.env), 'redis-debian')
  const ways = [
    { path: 'valkey-server', env: process.env },
    { path: 'redis-server', env: process.env },
  ]
  for (const way of ways) if (await isUsable(way)) return way
  if (await isUsable(await unpacked(cached))) return unpacked(cached)
  const why = await fetchPackages(cached).then(
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

async function isUsable({ path, env }: Program): Promise<boolean> {
  return run(path, ['--version'], { env }).then(
    () => true,
    () => false,
  )
}

/** Where the libraries are depends on the machine's architecture. */
async function unpacked(directory: string): Promise<Program> {
  const libraries = await readdir(join(directory, 'usr/lib')).catch(() => [])
  const paths = libraries.map((name) => join(directory, 'usr/lib', name)).join(':')
  return { path: join(directory, 'usr/bin/redis-server'), env: { ...process.env, LD_LIBRARY_PATH: paths } }
}

async function fetchPackages(into: string): Promise<void> {
  await mkdir(join(into, '..'), { recursive: true })
  const directory = await mkdtemp(join(into, '..', '.making-'))
  try {
    const download = () => run('apt-get', ['download', ...PACKAGES], { cwd: directory })
    // A fresh container has no lists; root can get them.
    await download().catch(async () => {
      await run('apt-get', ['update'])
      await download()
    })
    for (const name of await readdir(directory)) {
      if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(directory, name), join(directory, 'out')])
    }
    await rename(join(directory, 'out'), into).catch(() => undefined)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
