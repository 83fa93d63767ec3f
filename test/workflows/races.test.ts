/** Two API processes and one number: the compare-and-swap and the order of effects (design 2, Start; issue rows). */
import { expect, test } from 'vitest'
import { aPhone, openHouse } from '../support/house.ts'

/** Holds whoever waits until `open` is called; `reached` settles when somebody does. */
function barrier() {
  const opened = Promise.withResolvers<undefined>()
  const reached = Promise.withResolvers<undefined>()
  const wait = async () => {
    reached.resolve(undefined)
    await opened.promise
  }
  return { wait, reached: reached.promise, open: () => opened.resolve(undefined) }
}

test('a start that read the budget, slept, and goes on after another whole login starts nothing on the old budget', async () => {
  const house = await openHouse({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  const gate = barrier()
  const slow = house.openGateway(gate.wait).start(house.app, house.toStart(phone))
  await gate.reached
  const login = await house.login(phone)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  gate.open()
  expect(await slow).toMatchObject({ outcome: 'denied', denial: { reason: 'interval' } })
  expect(house.sends()).toHaveLength(1)
})

test('two quick starts while no worker runs make one login and one message', async () => {
  const house = await openHouse({ worker: 'none', policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  const results = await Promise.all([
    house.start(phone, { waitSeconds: 1 }),
    house.openGateway().start(house.app, house.toStart(phone, { waitSeconds: 1 })),
  ])
  expect(results.map(({ outcome }) => outcome).sort()).toEqual(['denied', 'started'])
  await house.startWorker()
  await expect.poll(() => house.sends().length).toBe(1)
})

test('a terminate between describe and start is noticed, and the number’s budget is kept', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const first = await house.login(phone)
  await house.submit(first.id, house.wrongCodeFor(phone))
  await expect.poll(() => Date.now() > Date.parse(first.resendAfter ?? '')).toBe(true)
  const gate = barrier()
  const slow = house.openGateway(gate.wait).start(house.app, house.toStart(phone))
  await gate.reached
  const live = house.client.workflow.getHandle(house.workflowId(phone))
  await live.terminate('by an operator').catch(() => undefined)
  gate.open()
  expect(await slow).toMatchObject({ outcome: 'started' })
  expect((await house.budget(phone)).failures.count).toBe(1)
  expect(await house.read(first.id)).toMatchObject({ status: 'superseded' })
})

test('a start that finds its live login terminated goes on from what that one left', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const first = await house.login(phone)
  await house.submit(first.id, house.wrongCodeFor(phone))
  await house.client.workflow.getHandle(house.workflowId(phone)).terminate('by an operator')
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
  expect((await house.budget(phone)).failures.count).toBe(1)
  expect(await house.read(first.id)).toMatchObject({ status: 'failed', reason: 'operator' })
})

test('row 4: three starts at once make one login and one message; the losers are told when to come back', async () => {
  const house = await openHouse({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  const gates = [barrier(), barrier(), barrier()]
  const starts = gates.map((gate) => house.openGateway(gate.wait).start(house.app, house.toStart(phone)))
  await Promise.all(gates.map(({ reached }) => reached))
  for (const gate of gates) gate.open()
  const results = await Promise.all(starts)
  expect(results.map(({ outcome }) => outcome).sort()).toEqual(['denied', 'denied', 'started'])
  expect(house.sends()).toHaveLength(1)
})

test('a supersede while a check is in flight waits for the verdict, which stands', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const older = await house.login(phone)
  await expect.poll(() => Date.now() > Date.parse(older.resendAfter ?? '')).toBe(true)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1000 } })
  const verdict = house.submit(older.id, house.codeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  const newer = await house.login(phone)
  expect(await verdict).toMatchObject({ outcome: 'verified' })
  expect(await house.read(older.id)).toMatchObject({ status: 'verified' })
  expect(newer.id).not.toBe(older.id)
})

test('BIND-7: a login id of one app is nothing to another app, whatever it asks', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const stranger = { ...house.app, name: 'stranger' }
  const code = house.codeFor(phone)
  const nothing = { outcome: 'not-found' }
  expect(await house.gateway.read(stranger, login.id, 0)).toEqual(nothing)
  expect(await house.gateway.events(stranger, login.id)).toEqual(nothing)
  expect(await house.gateway.submitCode(stranger, login.id, { code, respondAsync: false })).toEqual(nothing)
  expect(await house.gateway.submitCode(stranger, login.id, { code, respondAsync: true })).toEqual(nothing)
  expect(await house.gateway.resend(stranger, login.id, {})).toEqual(nothing)
  expect(await house.gateway.cancel(stranger, login.id)).toEqual(nothing)
  expect(await house.read(login.id)).toMatchObject({ status: 'waiting_for_code', attemptsLeft: 5 })
})

test('ATT-1: apps that share a sub-account share a number’s budget', async () => {
  const house = await openHouse({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  await house.login(phone)
  const other = { ...house.app, name: 'other' }
  expect(await house.gateway.start(other, house.toStart(phone))).toMatchObject({ outcome: 'denied' })
})

test('a run whose budget cannot be read is refused, never taken for fresh', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await house.client.workflow.start('login', {
    workflowId: house.workflowId(phone),
    taskQueue: 'nobody',
    memo: { loginId: 'lg_x', budget: 'broken' },
  })
  expect(await house.start(phone)).toEqual({ outcome: 'unavailable' })
})
