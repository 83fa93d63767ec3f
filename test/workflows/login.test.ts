import { expect, test } from 'vitest'
import { TASK_QUEUE } from '../../workflows/messages.ts'
import { aPhone, openHouse } from '../support/house.ts'

test('a login is verified by its own code', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  expect(login).toMatchObject({
    status: 'waiting_for_code',
    attemptsLeft: 5,
    resendsLeft: 2,
    phone: phone.masked,
  })
  const answer = await house.submit(login.id, house.codeFor(phone))
  expect(answer).toMatchObject({ outcome: 'verified', login: { status: 'verified', attemptsLeft: 5 } })
  expect(await house.events(login.id)).toEqual(['login.started', 'login.code_sent', 'login.verified'])
})

test('the happy path has 27 events', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.codeFor(phone))
  const history = await house.client.workflow.getHandle(house.workflowId(phone)).fetchHistory()
  expect(history.events).toHaveLength(27)
})

test('ATT-4: the fifth wrong code ends the login, and the right one is refused after it', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  for (const attemptsLeft of [4, 3, 2, 1, 0]) {
    const answer = await house.submit(login.id, house.wrongCodeFor(phone, attemptsLeft + 1))
    expect(answer).toMatchObject({ outcome: 'incorrect', login: { attemptsLeft } })
  }
  const late = await house.submit(login.id, house.codeFor(phone))
  expect(late).toMatchObject({ outcome: 'closed', login: { status: 'failed', reason: 'too_many_attempts' } })
  expect(house.checks()).toHaveLength(5)
})

test('ATT-4: fewer attempts than 8x8 gives are enough to end the login', async () => {
  const house = await openHouse({ policy: { maxAttempts: 2 } })
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone, 1))
  await house.submit(login.id, house.wrongCodeFor(phone, 2))
  expect(await house.read(login.id)).toMatchObject({ status: 'failed', reason: 'too_many_attempts' })
})

test('the user-code signal verifies as the update does', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.client.workflow
    .getHandle(house.workflowId(phone))
    .signal('userCode', { code: house.codeFor(phone) })
  expect(await house.until(login.id, ({ status }) => status === 'verified')).toMatchObject({
    attemptsLeft: 5,
  })
})

test.each([
  ['nothing', undefined],
  ['a text', '123456'],
  ['no code', {}],
  ['a number for a code', { code: 123456 }],
  ['full-width digits', { code: '１２３４５６' }],
  ['five digits', { code: '12345' }],
  ['another login’s id', { code: '123456', loginId: 'lg_other' }],
])('API-2: a signal with %s costs no attempt and stops nothing', async (_name, payload) => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await (payload === undefined ? handle.signal('userCode') : handle.signal('userCode', payload))
  const answer = await house.submit(login.id, house.codeFor(phone))
  expect(answer).toMatchObject({ outcome: 'verified', login: { attemptsLeft: 5 } })
  expect(house.checks()).toHaveLength(1)
})

test('RPL-8: the same submission twice, by signal and by update, is checked once', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const message = { submissionId: 'same', loginId: login.id, code: house.wrongCodeFor(phone) }
  await handle.signal('userCode', message)
  await handle.signal('userCode', message)
  const answer = await handle.executeUpdate('submitCode', { args: [message] })
  expect(answer).toMatchObject({ outcome: 'incorrect', login: { attemptsLeft: 4 } })
  expect(house.checks()).toHaveLength(1)
})

test('RPL-2: two codes at once give one verdict', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const code = house.codeFor(phone)
  const answers = await Promise.all([house.submit(login.id, code), house.submit(login.id, code)])
  expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['closed', 'verified'])
  expect(house.checks()).toHaveLength(1)
})

test('ATT-5: a burst of codes is not checked more often than there are attempts', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const burst = Array.from({ length: 20 }, (_, n) => house.submit(login.id, house.wrongCodeFor(phone, n + 1)))
  const outcomes = (await Promise.all(burst)).map(({ outcome }) => outcome)
  expect(house.checks()).toHaveLength(5)
  expect(outcomes.filter((outcome) => outcome === 'incorrect')).toHaveLength(5)
  expect(new Set(outcomes)).not.toContain('verified')
})

test('ATT-5: a code beyond the attempts that are left is refused at once, not queued', async () => {
  const house = await openHouse({ policy: { maxAttempts: 2 } })
  const phone = aPhone()
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', times: 2, fault: { kind: 'delay', ms: 1000 } })
  const first = house.submit(login.id, house.wrongCodeFor(phone, 1))
  await expect.poll(() => house.checks().length).toBe(1)
  const second = house.submit(login.id, house.wrongCodeFor(phone, 2))
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const isAccepted = async () =>
    (await handle.fetchHistory()).events?.filter(
      (event) => event.workflowExecutionUpdateAcceptedEventAttributes,
    )
  await expect.poll(isAccepted).toHaveLength(3)
  expect(await house.submit(login.id, house.codeFor(phone))).toEqual({ outcome: 'too-many' })
  expect(await first).toMatchObject({ outcome: 'incorrect' })
  expect(await second).toMatchObject({ outcome: 'incorrect' })
})

test('ATT-11: codes by signal, by update and through another process spend one count', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await handle.signal('userCode', { code: house.wrongCodeFor(phone, 1) })
  await house.submit(login.id, house.wrongCodeFor(phone, 2))
  const request = { code: house.wrongCodeFor(phone, 3), respondAsync: false }
  await house.openGateway().submitCode(house.app, login.id, request)
  await handle.executeUpdate('submitCode', { args: [{ code: house.wrongCodeFor(phone, 4) }] })
  await house.submit(login.id, house.wrongCodeFor(phone, 5))
  expect(await house.read(login.id)).toMatchObject({ status: 'failed', attemptsLeft: 0 })
  expect(house.checks()).toHaveLength(5)
})

test('BIND-5: in the whole life of a login no status is read without a code', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  await expect.poll(() => house.resend(login.id), { interval: 300 }).toMatchObject({ outcome: 'sent' })
  await house.read(login.id)
  await house.submit(login.id, house.codeFor(phone))
  const operations = house.sandbox.requests.map(({ operation }) => operation)
  expect(operations).toEqual(['send', 'check', 'send', 'check'])
})

test('EXP-6: a no-show ends at the deadline by itself, with nobody calling', async () => {
  const house = await openHouse({ policy: { codeValiditySeconds: 1 } })
  const phone = aPhone()
  const login = await house.login(phone)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  expect(await handle.result()).toMatchObject({ login: { status: 'expired', reason: 'deadline' } })
  const late = await house.submit(login.id, house.codeFor(phone))
  expect(late).toMatchObject({ outcome: 'closed', login: { status: 'expired' } })
  expect(house.checks()).toHaveLength(0)
})

test('a resend may change to a voice call, and keeps code and attempts', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const code = house.codeFor(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  await expect
    .poll(() => house.resend(login.id, 'call'), { interval: 300 })
    .toMatchObject({
      outcome: 'sent',
      login: { status: 'waiting_for_code', channel: 'call', resendsLeft: 1, attemptsLeft: 4 },
    })
  expect(house.codeFor(phone)).toBe(code)
  expect(await house.submit(login.id, code)).toMatchObject({ outcome: 'verified' })
  expect(house.sends().filter(({ accepted }) => accepted)).toHaveLength(2)
})

test('a resend before its time is refused and sends nothing', async () => {
  const house = await openHouse({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  const login = await house.login(phone)
  expect(await house.resend(login.id)).toMatchObject({ outcome: 'too_early' })
  expect(house.sends()).toHaveLength(1)
})

test('two resends at once send one message', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await expect.poll(() => Date.now() > Date.parse(login.resendAfter ?? '')).toBe(true)
  const answers = await Promise.all([house.resend(login.id), house.resend(login.id)])
  expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['sent', 'too_early'])
  expect(house.sends()).toHaveLength(2)
})

test('no more resends are granted than the policy has', async () => {
  const house = await openHouse({ policy: { maxResends: 0 } })
  const login = await house.login(aPhone())
  expect(await house.resend(login.id)).toMatchObject({ outcome: 'exhausted' })
})

test('a canceled login takes no code any more', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  expect(await house.cancel(login.id)).toMatchObject({ outcome: 'canceled', login: { reason: 'caller' } })
  expect(await house.cancel(login.id)).toMatchObject({ outcome: 'canceled' })
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'closed' })
  expect(house.checks()).toHaveLength(0)
})

test('a verified login cannot be canceled', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.codeFor(phone))
  expect(await house.cancel(login.id)).toMatchObject({ outcome: 'closed', login: { status: 'verified' } })
})

test('BIND-2: a newer login supersedes the older one, whose code opens neither', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const older = await house.login(phone)
  const olderCode = house.codeFor(phone)
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
  expect(await house.read(older.id)).toMatchObject({ status: 'superseded', reason: 'newer_login' })
  expect(await house.submit(older.id, olderCode)).toMatchObject({ outcome: 'closed' })
})

test('a start inside the interval is denied, says when to come back, and leaves the live login alone', async () => {
  const house = await openHouse({ policy: { resendIntervalSeconds: 30 } })
  const phone = aPhone()
  const login = await house.login(phone)
  expect(await house.start(phone)).toMatchObject({ outcome: 'denied', denial: { reason: 'interval' } })
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(house.sends()).toHaveLength(1)
})

test('an enrolment never supersedes a live login', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await expect.poll(() => Date.now() > Date.parse(login.resendAfter ?? '')).toBe(true)
  expect(await house.start(phone, { purpose: 'enrolment' })).toMatchObject({ outcome: 'denied' })
  expect(await house.read(login.id)).toMatchObject({ status: 'waiting_for_code' })
})

test('an operator’s cancel of the workflow itself ends the login as failed by an operator', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.client.workflow.getHandle(house.workflowId(phone)).cancel()
  expect(await house.client.workflow.getHandle(house.workflowId(phone)).result()).toMatchObject({
    login: { id: login.id, status: 'failed', reason: 'operator' },
  })
})

test('an operator’s cancel while a code is checked answers whoever submitted it', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
  const submitted = house.submit(login.id, house.codeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  await house.client.workflow.getHandle(house.workflowId(phone)).cancel()
  expect(await submitted).toMatchObject({
    outcome: 'closed',
    login: { status: 'failed', reason: 'operator' },
  })
})

test('an operator’s cancel while a code of the signal is checked closes the run', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
  await handle.signal('userCode', { code: house.codeFor(phone) })
  await expect.poll(() => house.checks().length).toBe(1)
  await handle.cancel()
  expect(await handle.result()).toMatchObject({
    login: { id: login.id, status: 'failed', reason: 'operator' },
  })
})

test('an operator’s terminate reads as failed by an operator', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.client.workflow.getHandle(house.workflowId(phone)).terminate()
  expect(await house.read(login.id)).toMatchObject({ status: 'failed', reason: 'operator' })
})

test('a worker that stops between start and code leaves a login that the next one completes', async () => {
  const house = await openHouse({ worker: 'own' })
  const phone = aPhone()
  const login = await house.login(phone)
  await house.stopWorker()
  const answer = house.submit(login.id, house.codeFor(phone))
  await house.startWorker()
  expect(await answer).toMatchObject({ outcome: 'verified' })
})

test('a closed login is read without a worker', async () => {
  const house = await openHouse({ worker: 'own' })
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.codeFor(phone))
  await house.stopWorker()
  expect(await house.read(login.id)).toMatchObject({ status: 'verified' })
  expect(await house.events(login.id)).toContain('login.verified')
})

test('an open login without a worker cannot be read, and says so instead of guessing', async () => {
  const house = await openHouse({ worker: 'own' })
  const login = await house.login(aPhone())
  await house.stopWorker()
  expect(await house.gateway.read(house.app, login.id, 0)).toEqual({ outcome: 'unavailable' })
})

test('a start that no worker takes is answered as sending, and its code goes out when one comes', async () => {
  const house = await openHouse({ worker: 'none' })
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 1 })
  expect(login).toMatchObject({ status: 'sending', expiresAt: null, phone: phone.masked })
  await house.startWorker()
  expect(await house.until(login.id, ({ status }) => status === 'waiting_for_code')).toMatchObject({
    id: login.id,
  })
})

test('row 10: a login whose time ran out before a worker came sends nothing', async () => {
  const house = await openHouse({ worker: 'none', policy: { codeValiditySeconds: 1 } })
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 2 })
  await house.startWorker()
  expect(await house.client.workflow.getHandle(house.workflowId(phone)).result()).toMatchObject({
    login: { id: login.id, status: 'expired' },
  })
  expect(house.sends()).toHaveLength(0)
})

test('row 12: with no workflow cached, each task replays and the outcome is the same', async () => {
  const house = await openHouse({ worker: 'none' })
  await house.startWorker({ maxCachedWorkflows: 0 })
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(house.sends()).toHaveLength(1)
  expect(house.checks()).toHaveLength(2)
})

test('the contract’s task queue is the one that the documentation names', () => {
  expect(TASK_QUEUE).toBe('logins')
})
