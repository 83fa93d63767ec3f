import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { createLimits } from '../../platform/limits/create-limits.ts'
import { connectValkey } from '../../platform/limits/valkey.ts'
import { aPhone } from '../support/house.ts'
import { openHttp, openJourney, problemOf, untilResendable } from '../support/http.ts'

const log = { info: () => undefined, error: () => undefined }

test('FRD-5, row 44: a resend that comes while a code is checked is not sent past a store that is away', async () => {
  const { house, api } = await openJourney({ checkTimeoutMs: 4000 })
  const phone = aPhone()
  const login = await api.login(phone)
  await untilResendable(login)
  const valkey = await connectValkey('redis://127.0.0.1:1', log)
  onTestFinished(() => valkey.disconnect())
  const limits = createLimits({
    lookupKey: randomBytes(32),
    sendsPerDayOverall: 9,
    valkey,
    log,
  })
  const limited = await openHttp(house, { limits })
  house.sandbox.fault({
    operation: 'check',
    phone: phone.e164,
    fault: { kind: 'delay', ms: 3000 },
  })
  const submitted = limited.submit(login.id, house.wrongCodeFor(phone))
  await expect.poll(async () => (await limited.read(login.id)).body.status).toBe('checking')
  expect(problemOf(await limited.resend(login.id))).toMatchObject({
    status: 503,
  })
  await submitted
  expect(house.sends()).toHaveLength(1)
})

test('FRD-5: a resend that comes while a code is checked is counted, and its repetition is not', async () => {
  const { house, api } = await openJourney({ checkTimeoutMs: 4000 })
  const phone = aPhone()
  const login = await api.login(phone)
  await untilResendable(login)
  const limits = createLimits({ lookupKey: randomBytes(32), sendsPerDayOverall: 2, log })
  const limited = await openHttp(house, { limits })
  house.sandbox.fault({ operation: 'check', phone: phone.e164, fault: { kind: 'delay', ms: 1000 } })
  const submitted = limited.submit(login.id, house.wrongCodeFor(phone))
  await expect.poll(async () => (await limited.read(login.id)).body.status).toBe('checking')
  const key = { 'idempotency-key': 'again' }
  expect(await limited.resend(login.id, {}, key)).toMatchObject({ status: 200 })
  await submitted
  expect(await limited.resend(login.id, {}, key)).toMatchObject({ status: 200 })
  expect(house.sends()).toHaveLength(2)
  // Two are allowed in a day: the resend was one of them, and there is room for one more.
  expect(await limited.start({ phone: aPhone().e164 })).toMatchObject({ status: 201 })
  expect(problemOf(await limited.start({ phone: aPhone().e164 }))).toMatchObject({
    status: 429,
    reason: 'all-day',
  })
})
