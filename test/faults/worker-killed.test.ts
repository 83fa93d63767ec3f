/** A worker process killed in the middle of an effect (fault rows 9 and 11), and one that is asked to stop. */
import { expect, test } from 'vitest'
import { aPhone, openHouse } from '../support/house.ts'
import { startWorkerProcess } from '../support/processes.ts'

const openEmptyHouse = () => openHouse({ worker: 'none', forProcesses: true })

test('row 11: a worker killed between the send and its record costs one message at most, and the login goes on', async () => {
  const house = await openEmptyHouse()
  const phone = aPhone()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'hang-after' } })
  const first = await startWorkerProcess(house)
  const starting = house.login(phone, { waitSeconds: 30 })
  await expect.poll(() => house.sends().length).toBe(1)
  await first.kill()
  await startWorkerProcess(house)

  const login = await starting
  expect(login.status).toBe('waiting_for_code')
  expect(house.sends().filter(({ accepted }) => accepted)).toHaveLength(2)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
}, 120_000)

test('row 11: a worker killed in the middle of a check spends that attempt, and the check is not made again', async () => {
  const house = await openEmptyHouse()
  const phone = aPhone()
  const first = await startWorkerProcess(house)
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'hang-after' } })
  const verdict = house.submit(login.id, house.codeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  await first.kill()
  await startWorkerProcess(house)

  // `pending` where the second worker takes longer to start than a code is held.
  expect(['unavailable', 'pending']).toContain((await verdict).outcome)
  await expect.poll(() => house.read(login.id)).toMatchObject({ status: 'waiting_for_code', attemptsLeft: 4 })
  expect(house.checks()).toHaveLength(1)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
}, 120_000)

test('OPS-10: a worker that is asked to stop finishes the send under way and records it', async () => {
  const house = await openEmptyHouse()
  const phone = aPhone()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 2000 } })
  const first = await startWorkerProcess(house)
  const starting = house.login(phone, { waitSeconds: 20 })
  await expect.poll(() => house.sends().length).toBe(1)
  expect(await first.drain()).toBe(0)
  await startWorkerProcess(house)

  expect(await starting).toMatchObject({ status: 'waiting_for_code' })
  expect(house.sends()).toHaveLength(1)
}, 120_000)
