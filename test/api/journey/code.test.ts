/** `POST /v1/logins/{id}/code`, over HTTP and all the way: every verdict, and what is never looked at. */
import { expect, test } from 'vitest'
import { openHttp, openJourney, problemOf, untilResendable } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

test('API-14: the right code verifies the login', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const answer = await api.submit(login.id, house.codeFor(phone))
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({
    ...login,
    status: 'verified',
    assertion: expect.any(String) as unknown,
    verifiedAt: expect.any(String) as unknown,
  })
  expect((await api.read(login.id)).text).toBe(answer.text)
})

test('ATT-4: every wrong code says what is left, and after the fifth the right one is refused', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  for (const attemptsLeft of [4, 3, 2, 1, 0]) {
    const answer = await api.submit(login.id, house.wrongCodeFor(phone, attemptsLeft + 1))
    expect(problemOf(answer)).toEqual({ status: 422, code: 'code-incorrect', attemptsLeft })
  }
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'failed',
    reason: 'too_many_attempts',
  })
  expect(house.checks()).toHaveLength(5)
})

test('RPL-1: a code that has verified its login is refused the second time', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.codeFor(phone))
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'verified',
  })
  expect(house.checks()).toHaveLength(1)
})

test('ATT-12: the right code does not revive a canceled login', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.cancel(login.id)
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'canceled',
    reason: 'caller',
  })
  expect(house.checks()).toHaveLength(0)
})

test('BIND-1: neither login takes the other’s code', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const older = await api.login(phone)
  const code = house.codeFor(phone)
  await untilResendable(older)
  const newer = await api.login(phone)
  expect(problemOf(await api.submit(older.id, house.codeFor(phone)))).toEqual({
    status: 409,
    code: 'login-closed',
    loginStatus: 'superseded',
    reason: 'newer_login',
  })
  expect(problemOf(await api.submit(newer.id, code))).toMatchObject({ code: 'code-incorrect' })
})

test('EXP-3: the right code after the deadline is too late, and is not looked at', async () => {
  const { house, api } = await openJourney({ policy: { codeValiditySeconds: 1 } })
  const phone = aPhone()
  const login = await api.login(phone)
  await api.until(login.id, ({ status }) => status === 'expired')
  expect(problemOf(await api.submit(login.id, house.codeFor(phone)))).toEqual({
    status: 410,
    code: 'login-expired',
  })
  expect(house.checks()).toHaveLength(0)
})

test('API-2: anything but a string of six ASCII digits reaches nobody and costs no attempt', async () => {
  const { house, api } = await openJourney()
  const login = await api.login(aPhone())
  const codes = [
    123456,
    '１２３４５６',
    '',
    '12345',
    '1234567',
    '12345 ',
    '123456\n',
    'abcdef',
    '-12345',
    ['123456'],
    { code: '123456' },
    true,
    null,
    undefined,
  ]
  const answers = await Promise.all(codes.map(async (code) => api.submit(login.id, code)))
  const errors = [{ pointer: '/code', detail: expect.any(String) as unknown }]
  const refusal = { status: 422, code: 'invalid-request', errors }
  expect(answers.map(problemOf)).toEqual(codes.map(() => refusal))
  expect(house.checks()).toHaveLength(0)
  expect((await api.read(login.id)).body).toMatchObject({ attemptsLeft: 5 })
})

test.each([{}, { prefer: 'respond-async' }])(
  'a code of the length that the app has got since is none of an older login’s (%j)',
  async (headers) => {
    const { house, api } = await openJourney()
    const phone = aPhone()
    const login = await api.login(phone)
    const changed = await openHttp(house, { settings: { policy: { ...house.policy, codeLength: 8 } } })
    expect(problemOf(await changed.submit(login.id, '12345678', headers))).toEqual({
      status: 422,
      code: 'invalid-request',
      errors: [{ pointer: '/code', detail: 'Must have as many digits as the code that was sent.' }],
    })
    expect((await api.submit(login.id, house.codeFor(phone))).status).toBe(200)
    expect(house.checks()).toHaveLength(1)
  },
)

test('with one attempt left it is said so', async () => {
  const { house, api } = await openJourney({ policy: { maxAttempts: 2 } })
  const phone = aPhone()
  const login = await api.login(phone)
  const { body } = await api.submit(login.id, house.wrongCodeFor(phone))
  expect(body).toMatchObject({ attemptsLeft: 1, detail: '1 attempt is left.' })
})

test('RPL-2: of two right codes at once one verifies, and the other comes after the verdict', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const code = house.codeFor(phone)
  const answers = await Promise.all([api.submit(login.id, code), api.submit(login.id, code)])
  const [verified, late] = answers.toSorted((a, b) => a.status - b.status)
  expect(verified).toMatchObject({ status: 200, body: { status: 'verified' } })
  expect(late?.body).toMatchObject({ status: 409, code: 'login-closed', loginStatus: 'verified' })
  expect(house.checks()).toHaveLength(1)
})

test('ATT-5: more codes at once than attempts left are turned away unlooked at', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  house.sandbox.fault({ operation: 'check', times: 'always', fault: { kind: 'delay', ms: 300 } })
  const burst = Array.from({ length: 12 }, (_, n) => api.submit(login.id, house.wrongCodeFor(phone, n + 1)))
  const answers = await Promise.all(burst)
  const denied = answers.filter(({ status }) => status === 429).map(problemOf)
  const codes = { status: 429, code: 'too-many-requests', reason: 'codes', retryAfter: 1 }
  expect(denied.length).toBeGreaterThan(0)
  expect(denied).toEqual(denied.map(() => codes))
  expect(answers.filter(({ body }) => body.code === 'code-incorrect')).toHaveLength(5)
  expect(house.checks()).toHaveLength(5)
})

test('respond-async answers 202 before the verdict, which the login then has', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1000 } })
  const answer = await api.submit(login.id, house.codeFor(phone), { prefer: 'respond-async' })
  expect(answer.status).toBe(202)
  expect(['waiting_for_code', 'checking']).toContain(answer.body.status)
  expect(answer.headers.get('preference-applied')).toBe('respond-async')
  expect(answer.headers.get('location')).toBe(`/v1/logins/${login.id}`)
  await api.until(login.id, ({ status }) => status === 'verified')
  expect(house.checks()).toHaveLength(1)
})

test('respond-async on a closed login says that it is closed', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.cancel(login.id)
  const answer = await api.submit(login.id, house.codeFor(phone), { prefer: 'respond-async' })
  expect(problemOf(answer)).toMatchObject({ status: 409, code: 'login-closed', loginStatus: 'canceled' })
  expect(house.checks()).toHaveLength(0)
})

test('a code that comes while the first one is still being sent is checked once that is out', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
  const phone = aPhone()
  const started = await api.start({ phone: phone.e164 }, { prefer: 'wait=1' })
  expect(started.body).toMatchObject({ status: 'sending' })
  const answer = await api.submit(String(started.body.id), house.codeFor(phone))
  expect(answer).toMatchObject({ status: 200, body: { status: 'verified' } })
})

test('a login whose worker is away answers its code when one is back', async () => {
  const { house, api } = await openJourney({ worker: 'own' })
  const phone = aPhone()
  const login = await api.login(phone)
  await house.stopWorker()
  const answer = api.submit(login.id, house.codeFor(phone))
  await house.startWorker()
  expect(await answer).toMatchObject({ status: 200, body: { status: 'verified' } })
})
