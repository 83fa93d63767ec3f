/** Row 40: the API's or the worker's clock is five minutes off, or set back meanwhile, and Temporal's decides. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { Login } from '../../../domain/login.ts'
import { freePort } from '../../../platform/dev-server/ports.ts'
import { aPhone, encryptionKeys } from '../../support/house.ts'
import { injected } from '../../support/injected.ts'
import { API_KEY } from '../../support/processes.ts'
import { openWatchedHouse, type WatchedHouse } from '../../support/watched-house.ts'

const INTERVAL_SECONDS = 10
const FIVE_MINUTES_MS = 300_000
const STEP_MS = 60_000

/** A part whose `Date` is that much ahead of ours, and can be set back; ready when it says so. */
async function startSkewedPart(house: WatchedHouse, file: string, aheadMs: number, env: NodeJS.ProcessEnv) {
  const clock = `const Real = Date
    let ahead = ${aheadMs}
    globalThis.Date = class extends Real {
      constructor(...given) { if (given.length > 0) super(...given); else super(Real.now() + ahead) }
      static now() { return Real.now() + ahead }
    }
    process.on('SIGUSR2', () => {
      ahead -= ${STEP_MS}
      console.log('clock: set back')
    })`
  const preload = `data:text/javascript,${encodeURIComponent(clock)}`
  const path = fileURLToPath(new URL(`../../../${file}`, import.meta.url))
  const child = spawn(process.execPath, ['--import', preload, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: house.namespace,
      EIGHTXEIGHT_BASE_URL: house.sandboxUrl,
      EIGHTXEIGHT_API_KEY: 'sandbox-key',
      EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
      RESEND_INTERVAL_SECONDS: String(INTERVAL_SECONDS),
      API_KEY,
      LOOKUP_KEY: randomBytes(32).toString('base64'),
      ENCRYPTION_KEYS: encryptionKeys,
      LOG_LEVEL: 'error',
      ...env,
    },
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const lines = createInterface(child.stdout)
  const said = (start: string) =>
    new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        if (line.startsWith(start)) resolve()
      })
      lines.once('close', () => {
        reject(new Error(`the process ended before it said “${start}”`))
      })
    })
  await said('postern: ready')
  return {
    async setBack(): Promise<void> {
      const isDone = said('clock: set back')
      child.kill('SIGUSR2')
      await isDone
    },
  }
}

/** The house's own number and keys, an API and a worker as processes, each by its own clock. */
async function openSkewed(aheadMs: { readonly api: number; readonly worker: number }) {
  const house = await openWatchedHouse({
    worker: 'none',
    forProcesses: true,
    policy: { resendIntervalSeconds: INTERVAL_SECONDS },
  })
  const port = await freePort()
  const keys = { LOOKUP_KEY: house.lookupKey.toString('base64') }
  const [worker, api] = await Promise.all([
    startSkewedPart(house, 'worker.ts', aheadMs.worker, {}),
    startSkewedPart(house, 'api/server.ts', aheadMs.api, { ...keys, PORT: String(port) }),
  ])
  const post = async (path: string, body: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${API_KEY}`,
        'content-type': 'application/json',
        prefer: 'wait=20',
      },
      body: JSON.stringify(body),
    })
    const login = (await answer.json()) as Login
    if (answer.ok) house.told.push({ call: path, outcome: 'answered', login })
    return { status: answer.status, login }
  }
  return { house, post, worker, api }
}

test.for([
  ['the API is five minutes ahead', { api: FIVE_MINUTES_MS, worker: 0 }],
  ['the worker is five minutes ahead', { api: 0, worker: FIVE_MINUTES_MS }],
  ['the worker is five minutes behind', { api: 0, worker: -FIVE_MINUTES_MS }],
] as const)(
  'row 40: when %s a login is verified, and the next message waits for Temporal’s interval',
  async ([clock, aheadMs], { task }) => {
    const { house, post } = await openSkewed(aheadMs)
    injected(task, clock)
    const phone = aPhone()
    const first = await post('/v1/logins', { phone: phone.e164 })
    expect(first.status).toBe(201)
    const code = house.codeFor(phone)
    expect(await post(`/v1/logins/${first.login.id}/code`, { code })).toMatchObject({
      status: 200,
      login: { status: 'verified' },
    })
    const start = async () => (await post('/v1/logins', { phone: phone.e164 })).status
    await expect.poll(start, { timeout: 40_000, interval: 1000 }).toBe(201)
    const [one = NaN, two = NaN] = house.sends().map(({ at }) => Date.parse(at))
    expect(two - one).toBeGreaterThanOrEqual(INTERVAL_SECONDS * 1000)
    expect(house.sends()).toHaveLength(2)
    expect(await house.violations()).toEqual([])
  },
)

test('row 40: when the worker’s clock is set back 60 s during a login it is verified, and the next message waits for Temporal’s interval', async ({
  task,
}) => {
  const { house, post, worker } = await openSkewed({ api: 0, worker: 0 })
  injected(task, 'the worker’s clock is set back 60 s')
  const phone = aPhone()
  const first = await post('/v1/logins', { phone: phone.e164 })
  await worker.setBack()
  const wrong = { code: house.wrongCodeFor(phone) }
  expect(await post(`/v1/logins/${first.login.id}/code`, wrong)).toMatchObject({ status: 422 })
  const right = { code: house.codeFor(phone) }
  expect(await post(`/v1/logins/${first.login.id}/code`, right)).toMatchObject({
    status: 200,
    login: { status: 'verified' },
  })
  const start = async () => (await post('/v1/logins', { phone: phone.e164 })).status
  await expect.poll(start, { timeout: 40_000, interval: 1000 }).toBe(201)
  const [one = NaN, two = NaN] = house.sends().map(({ at }) => Date.parse(at))
  expect(two - one).toBeGreaterThanOrEqual(INTERVAL_SECONDS * 1000)
  expect(house.sends()).toHaveLength(2)
  expect(await house.violations()).toEqual([])
})

test('row 40: when both clocks are set back 60 s during a login it is verified, and nothing is sent too early', async ({
  task,
}) => {
  const { house, post, worker, api } = await openSkewed({ api: 0, worker: 0 })
  injected(task, 'the clocks of API and worker are set back 60 s')
  const phone = aPhone()
  const first = await post('/v1/logins', { phone: phone.e164 })
  await Promise.all([worker.setBack(), api.setBack()])
  const code = house.codeFor(phone)
  expect(await post(`/v1/logins/${first.login.id}/code`, { code })).toMatchObject({
    status: 200,
    login: { status: 'verified' },
  })
  expect((await post('/v1/logins', { phone: phone.e164 })).status).toBe(429)
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

test('row 40: when the API is five minutes behind it refuses for longer, and sends nothing too early', async ({
  task,
}) => {
  const { house, post } = await openSkewed({ api: -FIVE_MINUTES_MS, worker: 0 })
  injected(task, 'the API is five minutes behind')
  const phone = aPhone()
  const first = await post('/v1/logins', { phone: phone.e164 })
  const code = house.codeFor(phone)
  expect(await post(`/v1/logins/${first.login.id}/code`, { code })).toMatchObject({ status: 200 })
  expect((await post('/v1/logins', { phone: phone.e164 })).status).toBe(429)
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})
