/** Rows 5, 9 and 11: processes that die in the middle, at moments that the dice choose, with the oracle afterwards. */
import { expect, test } from 'vitest'
import { freePort } from '../../../platform/dev-server/ports.ts'
import { isFinal, type Login } from '../../../domain/login.ts'
import type { Phone } from '../../../domain/phone.ts'
import { aPhone } from '../../support/house.ts'
import { createDice, injected, observed, seed } from '../../support/injected.ts'
import { API_KEY, startApiProcess, startWorkerProcess, type PartProcess } from '../../support/processes.ts'
import { openWatchedHouse, type WatchedHouse } from '../../support/watched-house.ts'

const USERS = 6
const ROUNDS = 6

const openEmptyHouse = () => openWatchedHouse({ worker: 'none', forProcesses: true })

/** The login as soon as somebody can tell and `isSo`, or it has ended. */
async function seen(house: WatchedHouse, id: string, isSo: (login: Login) => boolean): Promise<Login> {
  for (;;) {
    const result = await house.gateway.read(house.app, id, 1)
    if (result.outcome === 'login' && (isSo(result.login) || isFinal(result.login.status)))
      return result.login
  }
}

/** A user who mistypes once and then submits the right code until there is a verdict. */
async function play(house: WatchedHouse, phone: Phone): Promise<string> {
  const { id } = await house.login(phone, { waitSeconds: 5 })
  let login = await seen(house, id, ({ status }) => status === 'waiting_for_code')
  if (!isFinal(login.status)) await house.submit(id, house.wrongCodeFor(phone))
  while (!isFinal(login.status)) {
    await house.submit(id, house.codeFor(phone))
    login = await seen(house, id, ({ status }) => status === 'waiting_for_code')
  }
  return login.status
}

test(`row 9: with workers killed and drained at any moment every login ends, and none is false (seed ${seed})`, async ({
  task,
}) => {
  const house = await openEmptyHouse()
  const dice = createDice()
  for (const operation of ['send', 'check'] as const) {
    house.sandbox.fault({ operation, times: 'always', fault: { kind: 'delay', ms: 400 } })
  }
  const start = () => startWorkerProcess(house)
  let workers: PartProcess[] = await Promise.all([start(), start()])
  let isLastRound = false
  /** One login after the other, each with a number of its own, for as long as processes die. */
  const visit = async () => {
    const ends: string[] = []
    do ends.push(await play(house, aPhone()))
    while (!isLastRound)
    return ends
  }
  const visits = Promise.all(Array.from({ length: USERS }, visit))

  for (let round = 1; round <= ROUNDS; round += 1) {
    isLastRound = round === ROUNDS
    const victims = isLastRound ? workers : workers.splice(Math.floor(dice() * workers.length), 1)
    const isKill = isLastRound || dice() < 0.7
    // It dies while the n-th request from now is under way.
    const due = house.sandbox.requests.length + 1 + Math.floor(dice() * 4)
    const arrived = () => house.sandbox.requests.length
    await expect.poll(arrived, { timeout: 60_000 }).toBeGreaterThanOrEqual(due)
    await Promise.all(victims.map((victim) => (isKill ? victim.kill() : victim.drain())))
    injected(task, ...victims.map(() => (isKill ? 'worker SIGKILL' : 'worker SIGTERM')))
    workers = [...(isLastRound ? [] : workers), ...(await Promise.all(victims.map(start)))]
  }
  const ends = (await visits).flat()
  const { runs } = await house.gather()
  const lost = runs.flatMap(({ effects }) => effects).filter(({ end }) => end === 'timed out START_TO_CLOSE')
  observed(task, ...lost.map(({ type }) => `${type} cut off`))
  expect(lost.length).toBeGreaterThan(0)
  expect(ends).toContain('verified')
  expect(ends).toHaveLength(runs.length)
  expect(await house.violations({ isOver: true, outageMs: 60_000 })).toEqual([])
})

test('row 11: a worker killed between the send and its record costs one message at most', async ({
  task,
}) => {
  const house = await openEmptyHouse()
  const phone = aPhone()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'hang-after' } })
  const first = await startWorkerProcess(house)
  const starting = house.login(phone, { waitSeconds: 30 })
  await expect.poll(() => house.sends().length).toBe(1)
  await first.kill()
  injected(task, 'worker SIGKILL during a send')
  await startWorkerProcess(house)
  const { id } = await starting
  expect(house.sends().filter(({ accepted }) => accepted)).toHaveLength(2)
  expect(await house.submit(id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 11: a worker killed in the middle of a check spends that attempt and asks no second time', async ({
  task,
}) => {
  const house = await openEmptyHouse()
  const phone = aPhone()
  const first = await startWorkerProcess(house)
  const { id } = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'hang-after' } })
  const verdict = house.submit(id, house.codeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  await first.kill()
  injected(task, 'worker SIGKILL during a check')
  await startWorkerProcess(house)
  expect(await verdict).toMatchObject({ outcome: 'unavailable', login: { attemptsLeft: 4 } })
  expect(house.checks()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})

test('row 5: a start whose API process was killed is found by its key, and sends one message', async ({
  task,
}) => {
  const house = await openEmptyHouse()
  await startWorkerProcess(house)
  const phone = aPhone()
  const post = (port: number) =>
    fetch(`http://127.0.0.1:${port}/v1/logins`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${API_KEY}`,
        'content-type': 'application/json',
        'idempotency-key': 'once',
      },
      body: JSON.stringify({ phone: phone.e164 }),
    })
  const [port, otherPort] = [await freePort(), await freePort()]
  const first = await startApiProcess(house, port)
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
  const lost = post(port).catch(() => 'lost')
  await expect.poll(() => house.sends().length).toBe(1)
  await first.kill()
  injected(task, 'API SIGKILL before its answer')
  expect(await lost).toBe('lost')
  await startApiProcess(house, otherPort)
  const answer = await post(otherPort)
  expect(answer.status).toBe(201)
  const login = (await answer.json()) as Login
  house.told.push({ call: 'start', outcome: 'started', login })
  expect(house.sends()).toHaveLength(1)
  expect(await house.violations()).toEqual([])
})
