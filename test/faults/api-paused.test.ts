/** Row 7: an API process that stands still for ten seconds, between two answers and in the middle of one. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Login } from '../../domain/login.ts'
import { freePort } from '../../platform/dev-server/ports.ts'
import { aPhone } from '../support/house.ts'
import { injected, observed } from '../support/injected.ts'
import { API_KEY, startApiProcess, startWorkerProcess } from '../support/processes.ts'
import { openWatchedHouse, type WatchedHouse } from '../support/watched-house.ts'

const STILL_MS = 10_000
/** A balancer's patience with a health check. */
const PATIENCE_MS = 1000

type Told = { readonly status: number; readonly login: Login & { readonly code?: string } }

async function openApi(house: WatchedHouse) {
  const port = await freePort()
  const process = await startApiProcess(house, port)
  const url = `http://127.0.0.1:${port}`
  const call = async (method: 'GET' | 'POST', path: string, body?: object): Promise<Told> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const login = (await answer.json()) as Told['login']
    if (answer.ok) house.told.push({ call: path, outcome: 'answered', login })
    return { status: answer.status, login }
  }
  const health = (path: string) =>
    fetch(`${url}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
      ({ status }) => status,
      () => 'no answer',
    )
  return {
    process,
    start: (phone: string) => call('POST', '/v1/logins', { phone }),
    submit: (id: string, code: string) => call('POST', `/v1/logins/${id}/code`, { code }),
    read: (id: string) => call('GET', `/v1/logins/${id}`),
    health: () => Promise.all([health('/healthz'), health('/readyz')]),
  }
}

test('row 7: an API that stands still for ten seconds fails its health checks, and a code that it holds is counted once or not sent', async ({
  task,
}) => {
  const house = await openWatchedHouse({ worker: 'none', forProcesses: true })
  const [still, other] = await Promise.all([openApi(house), openApi(house), startWorkerProcess(house)])
  const [known, unknown] = [aPhone(), aPhone()]
  const [first, second] = [await still.start(known.e164), await still.start(unknown.e164)]
  expect([first.status, second.status]).toEqual([201, 201])
  const checksOf = (phone: string) => house.checks().filter((check) => check.phone === phone)

  house.sandbox.fault({ operation: 'check', phone: known.e164, fault: { kind: 'delay', ms: 1500 } })
  const inFlight = still.submit(first.login.id, house.codeFor(known))
  await expect.poll(() => checksOf(known.e164).length).toBe(1)
  still.process.pause()
  injected(task, 'an API process stands still for 10 s')
  const over = sleep(STILL_MS)
  const wrong = still.submit(second.login.id, house.wrongCodeFor(unknown)).then(
    ({ status }) => status,
    () => 'reset',
  )

  expect(await still.health()).toEqual(['no answer', 'no answer'])
  await expect.poll(() => other.health()).toEqual([200, 200])
  await expect.poll(() => other.read(first.login.id)).toMatchObject({ login: { status: 'verified' } })
  await over
  expect(await other.read(second.login.id)).toMatchObject({
    login: { status: 'waiting_for_code', attemptsLeft: 5 },
  })
  expect(checksOf(unknown.e164)).toEqual([])

  still.process.resume()
  expect(await inFlight).toMatchObject({ status: 200, login: { status: 'verified' } })
  const told = await wrong
  observed(task, `the code that came meanwhile was answered ${told}`)
  const { attemptsLeft } = (await other.read(second.login.id)).login
  // Reset: when it went on, the connection had been silent for too long.
  expect([
    { told: 422, checks: 1, attemptsLeft: 4 },
    { told: 'reset', checks: 0, attemptsLeft: 5 },
  ]).toContainEqual({ told, checks: checksOf(unknown.e164).length, attemptsLeft })
  expect(checksOf(known.e164)).toHaveLength(1)
  await expect.poll(() => still.health()).toEqual([200, 200])
  expect(await other.submit(second.login.id, house.codeFor(unknown))).toMatchObject({ status: 200 })
  expect(house.sends()).toHaveLength(2)
  expect(await house.violations({ isOver: true })).toEqual([])
})
