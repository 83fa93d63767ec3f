/** `POST /v1/logins/{id}/code` with `Prefer: respond-async`: the same submission as without, and not waited for. */
import { expect, test } from 'vitest'
import { openJourney, problemOf, tokenOf } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

const key = { 'idempotency-key': 'submit-1' }
const unawaited = { prefer: 'respond-async' }

test('fifty equal requests are one submission, and the fifty after the first leave nothing', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const { id } = await api.login(phone)
  const wrong = house.wrongCodeFor(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 300 } })
  const submit = () => api.submit(id, wrong, { ...key, ...unawaited })
  expect((await submit()).status).toBe(202)
  await api.until(id, ({ attemptsLeft, status }) => attemptsLeft === 4 && status === 'waiting_for_code')
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const { historyLength } = await handle.describe()
  const answers = await Promise.all(Array.from({ length: 50 }, submit))
  const incorrect = { status: 422, code: 'code-incorrect', attemptsLeft: 4 }
  expect(answers.map(problemOf)).toEqual(answers.map(() => incorrect))
  expect((await handle.describe()).historyLength - historyLength).toBeLessThan(10)
  expect(house.checks()).toHaveLength(1)
})

test('fifty equal requests at once are one check', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const { id } = await api.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
  const code = house.wrongCodeFor(phone)
  await Promise.all(Array.from({ length: 50 }, () => api.submit(id, code, { ...key, ...unawaited })))
  await api.until(id, ({ attemptsLeft, status }) => attemptsLeft === 4 && status === 'waiting_for_code')
  expect(house.checks()).toHaveLength(1)
})

test('with one attempt left and a check under way a code is 429, and is not dropped behind a 202', async () => {
  const { house, api } = await openJourney({ policy: { maxAttempts: 1 } })
  const phone = aPhone()
  const { id } = await api.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
  const first = api.submit(id, house.codeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  const second = await api.submit(id, house.wrongCodeFor(phone), unawaited)
  expect(problemOf(second)).toEqual({
    status: 429,
    code: 'too-many-requests',
    reason: 'codes',
    retryAfter: 1,
  })
  expect((await first).status).toBe(200)
})

test.for(['app', 'client'] as const)(
  'the same request after the verdict has the verdict and its assertion, with the preference and without (%s)',
  async (who) => {
    const { house, api } = await openJourney()
    const phone = aPhone()
    const started = await api.start({ phone: phone.e164 })
    const id = String(started.body.id)
    const caller = who === 'app' ? api : api.bearing(tokenOf(started))
    const code = house.codeFor(phone)
    house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 500 } })
    expect((await caller.submit(id, code, { ...key, ...unawaited })).status).toBe(202)
    await api.until(id, ({ status }) => status === 'verified')
    const verdict = { status: 200, body: { status: 'verified', assertion: expect.any(String) as unknown } }
    expect(await caller.submit(id, code, { ...key, ...unawaited })).toMatchObject(verdict)
    expect(await caller.submit(id, code, key)).toMatchObject(verdict)
    expect(house.checks()).toHaveLength(1)
  },
)

test('the same key with another code is a conflict once the first one has its verdict', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const { id } = await api.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 300 } })
  expect((await api.submit(id, house.wrongCodeFor(phone), { ...key, ...unawaited })).status).toBe(202)
  await api.until(id, ({ attemptsLeft, status }) => attemptsLeft === 4 && status === 'waiting_for_code')
  const other = await api.submit(id, house.codeFor(phone), { ...key, ...unawaited })
  expect(problemOf(other)).toEqual({ status: 422, code: 'idempotency-conflict' })
})
