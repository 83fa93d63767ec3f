/** What a browser does with a login's token, all the way. */
import { expect, test } from 'vitest'
import { loginOf, openJourney, problemOf, seconds, tokenOf, untilResendable } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

test('BIND-6: the token comes with the start and with nothing else, and a repeated start gives the same', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const key = { 'idempotency-key': 'one' }
  const started = await api.start({ phone: phone.e164 }, key)
  const repeated = await api.start({ phone: phone.e164 }, key)
  expect(tokenOf(repeated)).toBe(tokenOf(started))
  const { id } = loginOf(started)
  const later = [await api.read(id), await api.events(id), await api.submit(id, house.codeFor(phone))]
  for (const answer of later) expect(answer.text).not.toContain(tokenOf(started))
})

test('RPL-7: another app that repeats a start with the same key gets no token of the first', async () => {
  const { api } = await openJourney()
  const phone = aPhone().e164
  const key = { 'idempotency-key': 'one' }
  const started = await api.start({ phone }, key)
  const other = await api.as('other').start({ phone }, key)
  expect(problemOf(other)).toMatchObject({ status: 429, code: 'too-many-requests', reason: 'interval' })
  expect(other.text).not.toContain(tokenOf(started))
  expect(other.text).not.toContain(loginOf(started).id)
})

test('BIND-7: with its token a login is read, followed, sent again, and verified', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const started = await api.start({ phone: phone.e164, userId: 'user-17' })
  const { id } = loginOf(started)
  const browser = api.bearing(tokenOf(started))
  const { userId: _, ...shown } = loginOf(started)
  expect((await browser.read(id)).body).toEqual(shown)
  await untilResendable(loginOf(started))
  expect((await browser.resend(id)).status).toBe(200)
  const verified = await browser.submit(id, house.codeFor(phone))
  expect(verified.body).toMatchObject({ status: 'verified', assertion: expect.any(String) as unknown })
  expect((await browser.read(id)).body).not.toHaveProperty('assertion')
  expect((await api.read(id)).body.assertion).toBe(verified.body.assertion)
  expect((await browser.events(id)).text).toContain('login.verified')
})

test('BIND-7: with its token a login is canceled, and knowing an id is knowing nothing', async () => {
  const { api } = await openJourney()
  const [mine, theirs] = [
    await api.start({ phone: aPhone().e164 }),
    await api.as('other').start({ phone: aPhone().e164 }),
  ]
  const browser = api.bearing(tokenOf(mine))
  const unknown = problemOf(await browser.cancel(`lg_${'b'.repeat(50)}`))
  expect(problemOf(await browser.cancel(loginOf(theirs).id))).toEqual(unknown)
  expect((await browser.cancel(loginOf(mine).id)).body.status).toBe('canceled')
  expect((await api.as('other').read(loginOf(theirs).id)).body.status).toBe('waiting_for_code')
})

test('FRD-7: a browser gets a call only after a message and its wait, and never begins with one', async () => {
  const { house, api } = await openJourney({ policy: { resendIntervalSeconds: 2 } })
  const phone = aPhone()
  const channels = () => house.sandbox.messages(phone.e164).map(({ channel }) => channel)
  const started = await api.start({ phone: phone.e164 })
  const browser = api.bearing(tokenOf(started))
  expect(problemOf(await browser.start({ phone: aPhone().e164, channel: 'call' }))).toMatchObject({
    status: 401,
  })
  const { id } = loginOf(started)
  expect(problemOf(await browser.resend(id, { channel: 'call' }))).toMatchObject({ code: 'resend-too-early' })
  expect(channels()).toEqual(['sms'])
  await untilResendable(loginOf(started))
  expect((await browser.resend(id, { channel: 'call' })).body).toMatchObject({ channel: 'call' })
  expect(channels()).toEqual(['call', 'sms'])
})

test('ENUM-2: what is right and too late tells a browser no more than what is wrong', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const started = await api.start({ phone: phone.e164 })
  const { id } = loginOf(started)
  const browser = api.bearing(tokenOf(started))
  await browser.cancel(id)
  const right = problemOf(await browser.submit(id, house.codeFor(phone)))
  expect(problemOf(await browser.submit(id, house.wrongCodeFor(phone)))).toEqual(right)
})

test('ENUM-5: a browser whose number is used up learns nothing of who used it', async () => {
  const sendLimits = [{ sends: 2, seconds: 600 }]
  const { api } = await openJourney({ policy: { sendLimits } })
  const phone = aPhone()
  await untilResendable(await api.login(phone))
  const started = await api.start({ phone: phone.e164 })
  await untilResendable(loginOf(started))
  const { id } = loginOf(started)
  const refused = { status: 429, code: 'too-many-requests' }
  const told = problemOf(await api.resend(id))
  expect(told).toEqual({ ...refused, reason: 'sends', retryAfter: seconds(300, 600) })
  const browser = problemOf(await api.bearing(tokenOf(started)).resend(id))
  expect(browser).toEqual({ ...refused, reason: 'limit', retryAfter: 1 })
})
