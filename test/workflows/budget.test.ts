/** The number's budget over runs, apps, processes and operators (design idea 4; ATT, FRD-2). */
import { Client } from '@temporalio/client'
import { expect, test } from 'vitest'
import { createLoginGateway } from '../../api/login-gateway.ts'
import { freshBudget, type Budget, type Purpose } from '../../domain/budget.ts'
import type { Fault } from '../../sandbox/faults.ts'
import { CLEAR_WORKFLOW_TYPE } from '../../workflows/messages.ts'
import { aPhone, openHouse } from '../support/house.ts'
import { plant } from '../support/plant.ts'

const MINUTE = 60_000

test('FRD-2: a fourth send within ten minutes is denied without a run or a message', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const now = Date.now()
  await plant(house, phone, { sends: [now - 9 * MINUTE, now - 5 * MINUTE, now - 2 * MINUTE] })
  const denied = await house.start(phone)
  expect(denied).toMatchObject({ outcome: 'denied', denial: { reason: 'sends', retryAt: now + MINUTE } })
  expect(house.sends()).toHaveLength(0)
})

test('FRD-2: a resend counts against the number’s windows as a start does', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const now = Date.now()
  await plant(house, phone, { sends: [now - 5 * MINUTE, now - 2 * MINUTE] })
  const login = await house.login(phone)
  await expect.poll(() => Date.now() > Date.parse(login.resendAfter ?? '')).toBe(true)
  expect(await house.resend(login.id)).toMatchObject({ outcome: 'denied', denial: { reason: 'sends' } })
})

test('FRD-2: a send that had to wait at 8x8 counts from when it went out', async () => {
  const house = await openHouse({ policy: { sendLimits: [{ sends: 1, seconds: 60 }] } })
  const phone = aPhone()
  const busy: Fault = { kind: 'status', status: 429, headers: { 'retry-after': '2' } }
  house.sandbox.fault({ operation: 'send', fault: busy })
  const { id } = await house.login(phone)
  await house.submit(id, house.codeFor(phone))
  const [sent] = house.sends().filter(({ accepted }) => accepted)
  const denied = await house.start(phone)
  expect(denied).toMatchObject({ outcome: 'denied', denial: { reason: 'sends' } })
  const { denial } = denied as { readonly denial: { readonly retryAt: number } }
  expect(denial.retryAt).toBeGreaterThanOrEqual(Date.parse(sent?.at ?? '') + 60_000)
})

test.each([
  ['ended', false],
  ['ended, after clearing the number during the send', true],
])('FRD-2: so does that of a login which an operator %s', async (_name, isCleared) => {
  const house = await openHouse({ policy: { sendLimits: [{ sends: 1, seconds: 60 }] } })
  const phone = aPhone()
  const busy: Fault = { kind: 'status', status: 429, headers: { 'retry-after': '2' } }
  house.sandbox.fault({ operation: 'send', fault: busy })
  const login = house.login(phone)
  await expect.poll(() => house.sends().length).toBe(1)
  if (isCleared) await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
  await login
  const [sent] = house.sends().filter(({ accepted }) => accepted)
  const run = house.client.workflow.getHandle(house.workflowId(phone))
  const { memo } = await run.describe()
  const saved = memo?.budget as Budget
  // The clear's memo had the charge only, and the next start would believe it.
  if (isCleared) expect(saved.sends.at(-1)).toBeGreaterThanOrEqual(Date.parse(sent?.at ?? ''))
  await run.terminate('an operator')
  const denied = await house.start(phone)
  expect(denied).toMatchObject({ outcome: 'denied', denial: { reason: 'sends' } })
  const { denial } = denied as { readonly denial: { readonly retryAt: number } }
  expect(denial.retryAt).toBeGreaterThanOrEqual(Date.parse(sent?.at ?? '') + 60_000)
})

test('ATT-3: neither a new login nor a resend resets the failures; a success does', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const first = await house.login(phone)
  await house.submit(first.id, house.wrongCodeFor(phone))
  await house.submit(first.id, house.wrongCodeFor(phone, 2))
  await expect.poll(() => house.resend(first.id), { interval: 300 }).toMatchObject({ outcome: 'sent' })
  expect((await house.budget(phone)).failures.count).toBe(2)
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
  const { memo } = await house.client.workflow.getHandle(house.workflowId(phone)).describe()
  const second = String(memo?.loginId)
  expect((await house.budget(phone)).failures.count).toBe(2)
  await house.submit(second, house.codeFor(phone))
  expect((await house.budget(phone)).failures.count).toBe(0)
})

test('ATT-7: after five failures in a row the next start waits, and is told how long', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await house.submit(login.id, house.wrongCodeFor(phone, n))
  const denied = await house.start(phone)
  expect(denied).toMatchObject({ outcome: 'denied', denial: { reason: 'failures' } })
  expect(await house.gateway.number('acme', phone)).toMatchObject({ denial: { reason: 'failures' } })
})

test('ATT-7: the wait is for starts; a code inside a granted login is checked at once', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 7, lastAt: Date.now() - 130_000 } })
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
})

test.each<[Purpose, number, number]>([
  ['login', 1, 0],
  ['enrolment', 0, 1],
])('ATT-5: an attempt under way when a %s is cut off counts', async (purpose, failures, ofEnrolments) => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone, { purpose })
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
  const cutOff = house.submit(login.id, house.wrongCodeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  await house.client.workflow.getHandle(house.workflowId(phone)).terminate('an operator')
  const left = { failures: { count: failures }, enrolmentFailures: { count: ofEnrolments } }
  expect(await house.gateway.number('acme', phone)).toMatchObject({ budget: left })
  await expect.poll(() => house.start(phone)).toMatchObject({ outcome: 'started' })
  expect(await house.budget(phone)).toMatchObject(left)
  await cutOff
})

test('ATT-5: attempts that were judged before the login was cut off count once each', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  await house.submit(login.id, house.wrongCodeFor(phone, 2))
  await house.client.workflow.getHandle(house.workflowId(phone)).terminate('an operator')
  expect(await house.gateway.number('acme', phone)).toMatchObject({ budget: { failures: { count: 2 } } })
})

test('a number is unavailable while nobody can say what its cut-off login has cost', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await plant(house, phone, {})
  const { client, identity, policy, taskQueue } = house
  const isAway = Object.assign(new Error('away'), { code: 14, details: 'away', metadata: {} })
  const getWorkflowExecutionHistory = () => Promise.reject(isAway)
  const workflowService = withMembers(client.workflowService, { getWorkflowExecutionHistory })
  const connection = withMembers(client.connection, { workflowService })
  const { namespace, dataConverter } = house
  const hasNoHistories = new Client({ connection, namespace, dataConverter })
  const alarms: string[] = []
  const alarm = (text: string) => alarms.push(text)
  const gateway = createLoginGateway({ client: hasNoHistories, identity, policy, taskQueue, alarm })
  expect(await gateway.start(house.app, house.toStart(phone))).toEqual({ outcome: 'unavailable' })
  expect(await gateway.number('acme', phone)).toEqual({ outcome: 'unavailable' })
  expect(house.sends()).toHaveLength(0)
  const told = `of ${house.workflowId(phone)} was cut off, and its history cannot be read: down`
  expect(alarms).toEqual([expect.stringContaining(told), expect.stringContaining(told)])
})

/** `whole`, with these members in the place of its own. */
function withMembers<T extends object>(whole: T, members: object): T {
  return new Proxy(whole, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(name in members ? members : target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

test('ATT-2: the right code after 99 failures is the number’s success', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 99, lastAt: Date.now() - 3_700_000 } })
  const login = await house.login(phone)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect((await house.budget(phone)).failures.count).toBe(0)
})

test('ATT-2: the hundredth failure in a row ends its login, and disables the number until an operator clears it', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 98, lastAt: Date.now() - 3_700_000 } })
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone, 1))
  expect(await house.submit(login.id, house.wrongCodeFor(phone, 2))).toMatchObject({
    outcome: 'incorrect',
    login: { status: 'failed', reason: 'too_many_attempts', attemptsLeft: 0 },
  })
  // The right one is the hundred and first, and comes too late.
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'closed' })
  expect(house.checks()).toHaveLength(2)
  expect((await house.budget(phone)).failures.count).toBe(100)
  expect(await house.start(phone)).toMatchObject({ outcome: 'denied', denial: { reason: 'disabled' } })
  expect(await house.start(phone, { purpose: 'enrolment' })).toMatchObject({ outcome: 'denied' })

  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  expect((await handle.describe()).status.name).toBe('RUNNING')
  const clearing = { by: 'eve@example.com', why: 'identity proven at the desk' }
  const cleared = await house.gateway.clearNumber('acme', phone, clearing)
  expect(cleared).toMatchObject({ outcome: 'number', budget: { failures: { count: 0 } } })
  await handle.result()
  expect(await house.read(login.id)).toMatchObject({ status: 'failed', reason: 'too_many_attempts' })
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
})

test('ATT-8: whoever goes on asking a disabled number’s login leaves no events, and does not keep the operator out', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 99, lastAt: Date.now() - 3_700_000 } })
  const { id } = await house.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await house.submit(id, house.wrongCodeFor(phone, n))
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const { historyLength, status } = await handle.describe()
  expect(status.name).toBe('RUNNING')
  expect(await house.submit(id, house.codeFor(phone))).toMatchObject({ outcome: 'closed' })
  expect(await house.resend(id)).toMatchObject({ outcome: 'closed' })
  expect(await house.cancel(id)).toMatchObject({ outcome: 'closed', login: { status: 'failed' } })
  const asking = { code: house.codeFor(phone), respondAsync: true }
  const asked = await house.gateway.submitCode(house.app, id, asking)
  expect(asked).toMatchObject({ outcome: 'answered', answer: { outcome: 'closed' } })
  expect((await handle.describe()).historyLength).toBe(historyLength)
  const cleared = await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
  expect(cleared).toMatchObject({ outcome: 'number', budget: { failures: { count: 0 } } })
})

test('ATT-8, FRD-2: an operator’s clear before the first send leaves that send counted', async () => {
  const house = await openHouse({ worker: 'none' })
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 3, lastAt: Date.now() - 130_000 } })
  const { id } = await house.login(phone, { waitSeconds: 0 })
  const cleared = house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
  await house.startWorker()
  expect(await cleared).toMatchObject({ outcome: 'number' })
  await house.until(id, ({ status }) => status === 'waiting_for_code')
  expect(await house.budget(phone)).toMatchObject({ failures: { count: 0 }, sends: [expect.any(Number)] })
})

test('ATT-8: an operator clears the wait of a number that has no open login, and the login before is still found', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await house.submit(login.id, house.wrongCodeFor(phone, n))
  expect(await house.start(phone)).toMatchObject({ outcome: 'denied', denial: { reason: 'failures' } })
  await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
  expect(await house.read(login.id)).toMatchObject({ status: 'failed' })
})

test('ATT-8: an operator’s clear whose update Temporal has forgotten is not in the number’s way', async () => {
  const house = await openHouse()
  const clearing = { by: 'eve', why: 'asked at the desk' }
  const { client, taskQueue } = house
  const workflowId = house.workflowId(aPhone())
  const args = [freshBudget, clearing]
  const run = await client.workflow.start(CLEAR_WORKFLOW_TYPE, { workflowId, taskQueue, args })
  expect(await run.result()).toEqual({ budget: freshBudget })
})

test('ATT-8: an operator’s clear during a check that certainly did not happen stands', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 3, lastAt: Date.now() - 1000 } })
  const login = await house.login(phone)
  const tooMany: Fault = { kind: 'status', status: 429, headers: { 'retry-after': '1' } }
  house.sandbox.fault({ operation: 'check', times: 'always', fault: tooMany })
  const answer = house.submit(login.id, house.codeFor(phone))
  await expect.poll(() => house.checks().length).toBeGreaterThan(0)
  await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
  expect(await answer).toMatchObject({ outcome: 'unavailable', login: { attemptsLeft: 5 } })
  expect((await house.budget(phone)).failures.count).toBe(0)
})

test('ATT-8: an operator clears the wait of a number whose login waits for a code', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 4, lastAt: Date.now() - 130_000 } })
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  expect(await house.start(phone)).toMatchObject({ outcome: 'denied', denial: { reason: 'failures' } })
  await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
  expect(await house.gateway.number('acme', phone)).toMatchObject({ budget: { failures: { count: 0 } } })
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
  expect(await house.read(login.id)).toMatchObject({ status: 'superseded' })
})

test('ATT-8: an operator’s clear that a start overtakes is done in the login that was started', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 3, lastAt: Date.now() - 1000 } })
  const isHeld = Promise.withResolvers<undefined>()
  const isStarted = Promise.withResolvers<undefined>()
  const slow = house.openGateway(() => {
    isHeld.resolve(undefined)
    return isStarted.promise
  })
  const cleared = slow.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
  await isHeld.promise
  const { id } = await house.login(phone)
  isStarted.resolve(undefined)
  expect(await cleared).toMatchObject({ outcome: 'number', budget: { failures: { count: 0 } } })
  await house.submit(id, house.wrongCodeFor(phone))
  expect((await house.budget(phone)).failures.count).toBe(1)
})

test('ATT-8: an enrolment’s failures do not keep the number’s owner from logging in', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const enrolment = await house.login(phone, { purpose: 'enrolment' })
  for (const n of [1, 2, 3, 4, 5]) await house.submit(enrolment.id, house.wrongCodeFor(phone, n))
  expect(await house.start(phone, { purpose: 'enrolment' })).toMatchObject({ outcome: 'denied' })
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
})

test('FRD-2: a fourth enrolment in a day is denied, a login is not', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const hour = 60 * MINUTE
  const sends = [20, 10, 5].map((hours) => Date.now() - hours * hour)
  await plant(house, phone, { sends, enrolmentSends: sends })
  expect(await house.start(phone, { purpose: 'enrolment' })).toMatchObject({
    outcome: 'denied',
    denial: { reason: 'enrolment_sends' },
  })
  expect(await house.start(phone)).toMatchObject({ outcome: 'started' })
})

test('OPS-12, row 40: an API whose clock is ahead cannot shorten the interval; the workflow waits by the server’s clock', async () => {
  const house = await openHouse({ policy: { resendIntervalSeconds: 2 } })
  const phone = aPhone()
  const first = await house.login(phone)
  await house.cancel(first.id)
  const before = await house.budget(phone)
  const realNow = Date.now
  // Only the decision of this process is moved; the worker's and the server's clocks are their own.
  Date.now = () => realNow() + 300_000
  const starting = house.start(phone)
  await new Promise((resolve) => setTimeout(resolve, 100))
  Date.now = realNow
  expect(await starting).toMatchObject({ outcome: 'started' })
  const sends = house.sends().map(({ at }) => Date.parse(at))
  expect(sends).toHaveLength(2)
  expect(sends[1]).toBeGreaterThanOrEqual(before.earliestSendAt)
})
