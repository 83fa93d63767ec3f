/** 8x8 in trouble: what is retried, what is repeated, what is spent (design 2, Retry classes; fault rows 20–34). */
import { expect, test } from 'vitest'
import type { Fault } from '../../sandbox/faults.ts'
import { aPhone, openHouse } from '../support/house.ts'

const accepted = (house: Awaited<ReturnType<typeof openHouse>>) =>
  house.sends().filter((send) => send.accepted).length

test('row 30: 8x8 down from the start is sending, and waiting for the code when it comes back', async () => {
  const house = await openHouse()
  house.sandbox.fault({
    operation: 'send',
    times: 'always',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  })
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 1 })
  expect(login.status).toBe('sending')
  house.sandbox.clearFaults()
  await house.until(login.id, ({ status }) => status === 'waiting_for_code')
  expect(accepted(house)).toBe(1)
})

test('row 30: 8x8 that cannot be reached until the time is up fails the login, and gives the send back', async () => {
  const house = await openHouse({ baseUrl: 'http://127.0.0.1:1', policy: { codeValiditySeconds: 3 } })
  const phone = aPhone()
  const login = await house.login(phone)
  expect(login).toMatchObject({ status: 'failed', reason: 'provider_unavailable' })
  expect((await house.budget(phone)).sends).toEqual([])
})

test('row 50: a send that no worker takes before the time is up expires the login, and gives the send back', async () => {
  const house = await openHouse({ worker: 'none', policy: { codeValiditySeconds: 3 } })
  await house.startWorker({ activities: undefined })
  const phone = aPhone()
  const login = await house.login(phone)
  expect(login).toMatchObject({ status: 'expired', reason: 'deadline' })
  expect(house.sends()).toEqual([])
  expect((await house.budget(phone)).sends).toEqual([])
})

test.each([
  ['and counts', 1],
  // Long enough that 8x8's own interval would guard a repeat.
  ['and is not repeated', 30],
])('row 50: a send that is under way when the time is up expires the login, %s', async (_name, interval) => {
  const policy = { codeValiditySeconds: 3, resendIntervalSeconds: interval }
  const house = await openHouse({ sendTimeoutMs: 8000, policy })
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 6000 } })
  const phone = aPhone()
  const login = await house.login(phone)
  expect(login).toMatchObject({ status: 'expired', reason: 'deadline' })
  expect((await house.budget(phone)).sends).toHaveLength(1)
  expect(house.sends()).toHaveLength(1)
})

test('row 10: a send whose answer was lost expires the login when nobody noticed before the time was up', async () => {
  const house = await openHouse({ worker: 'none', sendTimeoutMs: 1000, policy: { codeValiditySeconds: 4 } })
  await house.startWorker({ workflowBundle: undefined })
  const story = await house.startWorker({ activities: undefined })
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
  const login = await house.login(aPhone(), { waitSeconds: 0 })
  await expect.poll(() => house.sends().length).toBe(1)
  await story.stop()
  await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(Date.parse(login.createdAt) + 4500)
  await house.startWorker({ activities: undefined })
  await house.until(login.id, ({ status, reason }) => status === 'expired' && reason === 'deadline')
  expect(house.sends()).toHaveLength(1)
})

test('row 10: a worker that comes back too late for the second try sends nothing', async () => {
  const policy = { codeValiditySeconds: 4, resendIntervalSeconds: 2 }
  const house = await openHouse({ worker: 'own', policy })
  house.sandbox.fault({ operation: 'send', fault: { kind: 'drop-after' } })
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 1 })
  expect(login.status).toBe('sending')
  expect(accepted(house)).toBe(1)
  await house.stopWorker()
  const giveUpAt = Date.parse(login.createdAt) + policy.codeValiditySeconds * 1000
  await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(giveUpAt + 1000)
  await house.startWorker()
  await house.until(login.id, ({ status, reason }) => status === 'expired' && reason === 'deadline')
  expect(accepted(house)).toBe(1)
  // Nor does it try to: whether a worker would still come to it in time is a race.
  const { events } = await house.client.workflow.getHandle(house.workflowId(phone)).fetchHistory()
  const scheduled = events?.filter((event) => event.activityTaskScheduledEventAttributes)
  expect(scheduled).toHaveLength(1)
})

test('row 31: a lost answer costs one message too many at most, and the newer code is the one that counts', async () => {
  const house = await openHouse()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'drop-after' } })
  const phone = aPhone()
  const login = await house.login(phone)
  expect(login.status).toBe('waiting_for_code')
  expect(accepted(house)).toBe(2)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
})

test('row 31: a lost answer is repeated at once while 8x8’s own interval guards against a second message', async () => {
  const house = await openHouse({ policy: { resendIntervalSeconds: 30 } })
  house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 500 } })
  const phone = aPhone()
  const login = await house.login(phone)
  expect(login.status).toBe('waiting_for_code')
  expect(house.sends().map(({ answered }) => answered)).toEqual([500, 200])
})

test('row 32: two answers lost end the login, after two messages and no third', async () => {
  const house = await openHouse()
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'status-after', status: 500 } })
  const login = await house.login(aPhone())
  expect(login).toMatchObject({ status: 'failed', reason: 'provider_unavailable' })
  expect(accepted(house)).toBe(2)
})

test('a send refused as too early by 8x8 waits for the interval and is sent once', async () => {
  const house = await openHouse()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 403, code: 1400 } })
  const login = await house.login(aPhone())
  expect(login.status).toBe('waiting_for_code')
  expect(accepted(house)).toBe(1)
})

test.each<[string, Fault, string]>([
  ['an invalid number', { kind: 'status', status: 400, code: 1002 }, 'phone_refused'],
  ['a refused key', { kind: 'status', status: 401, code: 1200 }, 'provider_refused'],
  ['a bad parameter', { kind: 'status', status: 400, code: 1003 }, 'provider_refused'],
  ['an answer without a session', { kind: 'empty-object' }, 'provider_refused'],
  [
    'an answer about another number',
    { kind: 'merge', members: { destination: '+6590000000' } },
    'provider_refused',
  ],
  [
    'an answer that is verified already',
    { kind: 'merge', members: { status: 'VERIFIED' } },
    'provider_refused',
  ],
])('row 33, 34: a send met by %s is final and is not repeated', async (_name, fault, reason) => {
  const house = await openHouse()
  house.sandbox.fault({ operation: 'send', times: 'always', fault })
  expect(await house.login(aPhone())).toMatchObject({ status: 'failed', reason })
  expect(house.sends()).toHaveLength(1)
})

test.each<[string, Fault]>([
  ['row 22: evaluated, answer lost', { kind: 'drop-after' }],
  ['row 23: hangs', { kind: 'hang' }],
  ['row 24: 500', { kind: 'status', status: 500 }],
  ['row 24: 503', { kind: 'status', status: 503 }],
  ['row 26: truncated', { kind: 'truncate' }],
  ['row 26: a web page', { kind: 'html' }],
  ['row 26: an empty object', { kind: 'empty-object' }],
  [
    'row 29: verified for another session',
    { kind: 'merge', members: { status: 'VERIFIED', sessionId: 'another-session' } },
  ],
  [
    'row 29: verified for another number',
    { kind: 'merge', members: { status: 'VERIFIED', destination: '+6590000000' } },
  ],
  ['an unknown status', { kind: 'merge', members: { status: 'APPROVED' } }],
])(
  'ATT-6: a check that may have happened spends one attempt, is never repeated and never verifies (%s)',
  async (_row, fault) => {
    const house = await openHouse({ checkTimeoutMs: 500 })
    const phone = aPhone()
    const login = await house.login(phone)
    house.sandbox.fault({ operation: 'check', fault })
    const answer = await house.submit(login.id, house.wrongCodeFor(phone))
    expect(answer).toMatchObject({
      outcome: 'unavailable',
      login: { status: 'waiting_for_code', attemptsLeft: 4 },
    })
    expect(house.checks()).toHaveLength(1)
    expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  },
)

test('row 22: the right code whose answer was lost verifies when it is submitted again', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'drop-after' } })
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'unavailable' })
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(house.checks()).toHaveLength(2)
})

test.each<[string, Fault]>([
  ['row 25: 401', { kind: 'status', status: 401, code: 1200 }],
  ['row 25: 403', { kind: 'status', status: 403, code: 1201 }],
  ['row 27: 429, come back in 99999', { kind: 'status', status: 429, headers: { 'retry-after': '99999' } }],
  ['row 27: 429, come back soon', { kind: 'status', status: 429, headers: { 'retry-after': 'soon' } }],
])('ATT-6: a check that certainly did not happen gives the attempt back (%s)', async (_row, fault) => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', times: 'always', fault })
  const answer = await house.submit(login.id, house.codeFor(phone))
  expect(answer).toMatchObject({
    outcome: 'unavailable',
    login: { status: 'waiting_for_code', attemptsLeft: 5 },
  })
  house.sandbox.clearFaults()
  expect((await house.budget(phone)).failures.count).toBe(0)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
})

test.each([
  ['backwards', 0, 4],
  ['missing', null, 4],
  ['to four', 4, 1],
  ['to five', 5, 0],
])('row 28: 8x8’s own count going %s never raises ours', async (_name, attempt, attemptsLeft) => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'merge', members: { attempt } } })
  const answer = await house.submit(login.id, house.wrongCodeFor(phone))
  expect(answer).toMatchObject({ outcome: 'incorrect', login: { attemptsLeft } })
})

test('a session that 8x8 no longer knows ends the login', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'status', status: 404, code: 1404 } })
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'closed' })
  expect(await house.read(login.id)).toMatchObject({ status: 'failed', reason: 'provider_refused' })
})

test('EXPIRED from 8x8 expires the login', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'merge', members: { status: 'EXPIRED' } } })
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'closed' })
  expect(await house.read(login.id)).toMatchObject({ status: 'expired', reason: 'deadline' })
})

test.each([
  ['missing', null],
  ['malformed', 'soon'],
  ['past', '2001-01-01T00:00:00.00Z'],
  ['far ahead', '2099-01-01T00:00:00.00Z'],
])('EXP-5: an expiresAt that is %s gives way to our own', async (_name, expiresAt) => {
  const house = await openHouse()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'merge', members: { expiresAt } } })
  const login = await house.login(aPhone())
  const lifeSeconds = (Date.parse(login.expiresAt ?? '') - Date.parse(login.createdAt)) / 1000
  expect(lifeSeconds).toBeGreaterThanOrEqual(300)
  expect(lifeSeconds).toBeLessThan(310)
})

test('a resend that 8x8 refuses leaves the first code as good as it was', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await expect.poll(() => Date.now() > Date.parse(login.resendAfter ?? '')).toBe(true)
  house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 400, code: 1003 } })
  expect(await house.resend(login.id)).toMatchObject({ outcome: 'failed', login: { resendsLeft: 1 } })
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
})

test('a resend answered with another session is not taken for ours', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const code = house.codeFor(phone)
  await expect.poll(() => Date.now() > Date.parse(login.resendAfter ?? '')).toBe(true)
  house.sandbox.fault({
    operation: 'send',
    fault: { kind: 'merge', members: { sessionId: 'somebody-elses' } },
  })
  expect(await house.resend(login.id)).toMatchObject({ outcome: 'failed', failure: 'refused' })
  expect(await house.submit(login.id, code)).toMatchObject({ outcome: 'verified' })
})

test('a cancel during a send that is retried takes effect without waiting for 8x8', async () => {
  const house = await openHouse({ baseUrl: 'http://127.0.0.1:1' })
  const login = await house.login(aPhone(), { waitSeconds: 1 })
  expect(login.status).toBe('sending')
  expect(await house.cancel(login.id)).toMatchObject({ outcome: 'canceled' })
})

test('a code that comes while sending waits its turn', async () => {
  const house = await openHouse()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 1 })
  expect(login.status).toBe('sending')
  const verdict = house.submit(login.id, house.codeFor(phone))
  expect(await verdict).toMatchObject({ outcome: 'verified' })
})

test('with v1 of the API a login works as well', async () => {
  const house = await openHouse({ version: 'v1', sandbox: { v1CodeLength: 6 } })
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
})
