/** Rows 31 and 45 at their real length: an interval that guards, and a cut that outlasts an activity. */
import { expect, inject, test } from 'vitest'
import { connection } from '../../support/faults.ts'
import { aPhone } from '../../support/house.ts'
import { injected } from '../../support/injected.ts'
import { openTcpProxy } from '../../support/tcp-proxy.ts'
import { createWays, openWatchedHouse, startWorkerVia } from '../../support/watched-house.ts'

test('row 31: a send that was taken and is repeated inside 8x8’s interval waits for its end, and is two messages', async ({
  task,
}) => {
  const house = await openWatchedHouse({ worker: 'none', policy: { resendIntervalSeconds: 15 } })
  const ways = createWays(house)
  await startWorkerVia(house, ways)
  const phone = aPhone()
  await connection({ kind: 'cut-after' }, 1)({ house, ways, phone, operation: 'send' })
  injected(task, 'connection cut when the answer to a send comes back')
  const { id, status } = await house.login(phone, { waitSeconds: 30 })
  expect(status).toBe('waiting_for_code')
  expect(house.sends().map(({ answered }) => answered)).toEqual([200, 403, 200])
  expect(await house.submit(id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 45: a worker cut off from Temporal for longer than a send may take costs one message at most', async ({
  task,
}) => {
  const house = await openWatchedHouse({ worker: 'none' })
  const proxy = await openTcpProxy(inject('temporalAddress'))
  await startWorkerVia(house, createWays(house), proxy.address)
  const phone = aPhone()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 500 } })
  const starting = house.login(phone, { waitSeconds: 30 })
  await expect.poll(() => house.sends().length).toBe(1)
  await proxy.refuse()
  injected(task, 'worker cut off from Temporal during a send, until it timed out')
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const timedOut = async () =>
    (await handle.fetchHistory()).events?.some((event) => event.activityTaskTimedOutEventAttributes)
  await expect.poll(timedOut, { interval: 500 }).toBe(true)
  await proxy.accept()
  const login = await starting
  await house.until(login.id, ({ status }) => status === 'waiting_for_code')
  expect(house.sends().filter(({ accepted }) => accepted)).toHaveLength(2)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(await house.violations({ isOver: true })).toEqual([])
})
