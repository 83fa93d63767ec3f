/** Our parts as they run in earnest: processes of their own, which a test may kill. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { inject, onTestFinished } from 'vitest'
import type { Login } from '../../domain/login.ts'
import { aPhone, encryptionKeys, type House } from './house.ts'

export type PartProcess = {
  /** What follows `postern: ready {part}`. */
  readonly ready: string
  /** SIGKILL: nothing is finished, nothing is said. */
  kill(): Promise<void>
  /** SIGTERM: drains; resolves with the exit status. */
  drain(): Promise<number | null>
  /** SIGSTOP: it is there, and does nothing; its connections stand. */
  pause(): void
  /** SIGCONT: goes on as if no time had passed. */
  resume(): void
  /** All that it has written to its standard output and error. */
  said(): string
}

export const API_KEY = 'an-api-key-for-tests-only'

/** A worker in the namespace of the house; ready when it polls. */
export const startWorkerProcess = (house: House, env: NodeJS.ProcessEnv = {}) =>
  startPart(house, 'worker.ts', env)

/** An API on a port of its own, for the app `default` of the sub-account `acme`. */
export const startApiProcess = (house: House, port: number, env: NodeJS.ProcessEnv = {}) =>
  startPart(house, 'api/server.ts', {
    PORT: String(port),
    LOOKUP_KEY: house.lookupKey.toString('base64'),
    ...env,
  })

/** A new person's login at an API process, from its start to its verdict. */
export async function signInOverHttp(
  house: House,
  url: string,
): Promise<{ readonly status: string; readonly workflowId: string }> {
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await answer.json()) as Login
  }
  const phone = aPhone()
  const { id } = await post('/v1/logins', { phone: phone.e164 })
  const { status } = await post(`/v1/logins/${id}/code`, { code: house.codeFor(phone) })
  return { status, workflowId: house.workflowId(phone) }
}

const startPart = (house: House, file: string, env: NodeJS.ProcessEnv) =>
  startPartProcess(file, {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: house.namespace,
    EIGHTXEIGHT_BASE_URL: house.sandboxUrl,
    EIGHTXEIGHT_API_KEY: 'sandbox-key',
    EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
    API_KEY,
    LOOKUP_KEY: randomBytes(32).toString('base64'),
    ENCRYPTION_KEYS: encryptionKeys,
    TOKEN_KEYS: encryptionKeys,
    LOG_LEVEL: 'error',
    ...env,
  })

/** Any part, with no more environment than told; ended when the test ends. */
export async function startPartProcess(file: string, env: NodeJS.ProcessEnv): Promise<PartProcess> {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
  const child = spawn(process.execPath, [path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
  })
  const said: string[] = []
  child.stdout.on('data', (chunk) => said.push(String(chunk)))
  child.stderr.on('data', (chunk) => {
    said.push(String(chunk))
    process.stderr.write(String(chunk))
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return exited
  }
  const kill = async () => {
    await end('SIGKILL')
  }
  onTestFinished(kill)
  return {
    ready: await readyLine(child),
    kill,
    drain: () => end('SIGTERM'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    said: () => said.join(''),
  }
}

async function readyLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the process has no standard output')
  for await (const line of createInterface(child.stdout)) {
    const ready = /^postern: ready \w+ (.*)$/.exec(line)?.[1]
    if (ready === undefined) continue
    child.stdout.resume()
    return ready
  }
  throw new Error('the process ended before it was ready')
}
