/** A worker as it runs in earnest: `worker.ts` in a process of its own, which a test may kill. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { inject, onTestFinished } from 'vitest'

export type WorkerProcess = {
  /** SIGKILL: nothing is finished, nothing is said. */
  kill(): Promise<void>
  /** SIGTERM: drains; resolves with the exit status. */
  drain(): Promise<number | null>
}

const file = fileURLToPath(new URL('../../worker.ts', import.meta.url))

/** Starts a worker on the task queue `logins` of the test server and waits until it polls. */
export async function startWorkerProcess(eightByEightUrl: string): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      EIGHTXEIGHT_BASE_URL: eightByEightUrl,
      EIGHTXEIGHT_API_KEY: 'sandbox-key',
      EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
      API_KEY: randomBytes(24).toString('base64url'),
      LOOKUP_KEY: randomBytes(32).toString('base64'),
      LOG_LEVEL: 'error',
    },
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return exited
  }
  onTestFinished(async () => {
    await end('SIGKILL')
  })
  await ready(child)
  return {
    kill: async () => {
      await end('SIGKILL')
    },
    drain: () => end('SIGTERM'),
  }
}

async function ready(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('the worker has no standard output')
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('postern: ready')) {
      child.stdout.resume()
      return
    }
  }
  throw new Error('the worker ended before it was ready')
}
