/** `GET /v1/logins/{id}` and its timeline, over HTTP and all the way. */
import { expect, test } from 'vitest'
import { loginOf, openHttp, openJourney, problemOf, untilResendable } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

test('Prefer: wait answers as soon as the status changes', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const askedAt = performance.now()
  const held = api.read(login.id, { prefer: 'wait=20' })
  await api.submit(login.id, house.codeFor(phone))
  expect(await held).toMatchObject({ status: 200 })
  expect(['checking', 'verified']).toContain((await held).body.status)
  expect(performance.now() - askedAt).toBeLessThan(10_000)
})

test('Prefer: wait that nothing comes of answers with the login as it is, when the time is over', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  const askedAt = performance.now()
  const answer = await api.read(login.id, { prefer: 'wait=2' })
  expect(answer).toMatchObject({ status: 200, body: login })
  expect(answer.headers.get('preference-applied')).toBe('wait=2')
  expect(performance.now() - askedAt).toBeGreaterThan(1900)
})

test('Prefer: wait does not hold the answer of a login that is final', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  await api.cancel(login.id)
  const askedAt = performance.now()
  expect(await api.read(login.id, { prefer: 'wait=20' })).toMatchObject({ body: { status: 'canceled' } })
  expect(performance.now() - askedAt).toBeLessThan(10_000)
})

test('a start that 8x8 does not take yet is sending, and a held read sees the code go out', async () => {
  const { house, api } = await openJourney()
  house.sandbox.fault({
    operation: 'send',
    times: 'always',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  })
  const started = await api.start({ phone: aPhone().e164 }, { prefer: 'wait=1' })
  expect(started).toMatchObject({ status: 202, body: { status: 'sending' } })
  const held = api.read(loginOf(started).id, { prefer: 'wait=20' })
  house.sandbox.clearFaults()
  expect(await held).toMatchObject({ status: 200, body: { status: 'waiting_for_code' } })
})

test('a login is read by every process of the API, also when newer ones have come after it', async () => {
  const { house, api } = await openJourney()
  const elsewhere = await openHttp(house, { gateway: house.openGateway() })
  const phone = aPhone()
  const older = await api.login(phone)
  await untilResendable(older)
  await api.login(phone)
  expect(await elsewhere.read(older.id)).toMatchObject({ status: 200, body: { id: older.id } })
})

test('an open login without a worker cannot be told, and says so after three seconds', async () => {
  const { house, api } = await openJourney({ worker: 'own' })
  const login = await api.login(aPhone())
  await house.stopWorker()
  const askedAt = performance.now()
  expect(problemOf(await api.read(login.id))).toEqual({
    status: 503,
    code: 'service-unavailable',
    retryAfter: 1,
  })
  const tookMs = performance.now() - askedAt
  expect(tookMs).toBeGreaterThan(2000)
  expect(tookMs).toBeLessThan(8000)
})

test('the timeline of an open login without a worker cannot be told either', async () => {
  const { house, api } = await openJourney({ worker: 'own' })
  const login = await api.login(aPhone())
  await house.stopWorker()
  expect(problemOf(await api.events(login.id))).toMatchObject({ status: 503, code: 'service-unavailable' })
})

test('EXP-7: a closed login and its timeline are read without a worker', async () => {
  const { house, api } = await openJourney({ worker: 'own' })
  const phone = aPhone()
  const login = await api.login(phone)
  const verified = await api.submit(login.id, house.codeFor(phone))
  await house.stopWorker()
  expect(await api.read(login.id)).toMatchObject({ status: 200, text: verified.text })
  expect(await api.events(login.id)).toMatchObject({ status: 200 })
})

test('the timeline tells all that happened, in order', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.wrongCodeFor(phone))
  await untilResendable(login)
  await api.resend(login.id, { channel: 'call' })
  await api.submit(login.id, house.codeFor(phone))
  expect((await api.events(login.id)).body.events).toMatchObject([
    { sequence: 1, type: 'login.started', data: { phone: phone.masked, channel: 'sms' } },
    { sequence: 2, type: 'login.code_sent', data: { channel: 'sms', resendsLeft: 2 } },
    { sequence: 3, type: 'login.code_rejected', data: { attemptsLeft: 4 } },
    { sequence: 4, type: 'login.code_sent', data: { channel: 'call', resendsLeft: 1 } },
    { sequence: 5, type: 'login.verified', data: { channel: 'call' } },
  ])
})

test('PII-4: no answer about a login shows its code or its number', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const code = house.codeFor(phone)
  const wrong = await api.submit(login.id, house.wrongCodeFor(phone))
  const verified = await api.submit(login.id, code)
  const shown = [wrong, verified, await api.read(login.id), await api.events(login.id)]
  const text = shown.map((answer) => answer.text).join('\n')
  expect(text).not.toMatch(new RegExp(`"[^"]*\\b${code}\\b|${phone.e164.slice(3)}`))
})

test('BIND-8: no later request changes whose login it is; only a resend changes the channel', async () => {
  const { api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const other = { phone: aPhone().e164, channel: 'call', userId: 'mallory' }
  const path = `/v1/logins/${login.id}`
  const refused = [
    await api.send('POST', `${path}/code`, { body: { code: '123456', ...other } }),
    await api.send('POST', `${path}/resend`, { body: other }),
    await api.send('POST', `${path}/cancel`, { body: other }),
    await api.send('PATCH', path, { body: other }),
    await api.send('PUT', path, { body: other }),
  ]
  expect(refused.map(({ status }) => status)).toEqual([422, 422, 422, 405, 405])
  expect((await api.read(login.id)).body).toEqual(login)
  await untilResendable(login)
  expect(loginOf(await api.resend(login.id, { channel: 'call' }))).toMatchObject({
    id: login.id,
    phone: phone.masked,
    channel: 'call',
  })
})
