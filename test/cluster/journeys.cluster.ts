/** The journeys of a login, each request at the other API: what the one has begun the other goes on with. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { wrong } from './people.ts'
import { SERVER_VERSION } from './programs.ts'
import { useStack } from './use-stack.ts'

const stack = useStack()

const checkSetup = fileURLToPath(new URL('../../bin/check-setup.ts', import.meta.url))

const start = (phone: string, headers: Readonly<Record<string, string>> = {}) =>
  stack().post('/v1/logins', { phone }, headers)
const submit = (id: string | undefined, code: string, headers: Readonly<Record<string, string>> = {}) =>
  stack().post(`/v1/logins/${id ?? ''}/code`, { code }, headers)

test('the check of the set-up finds nothing wrong with a cluster that the scripts of deploy/ have made', async () => {
  // It ends with another status than 0, and this with an error, when something is wrong.
  const { stdout } = await promisify(execFile)(process.execPath, [checkSetup], { env: stack().env })
  expect(stdout).toContain(`${SERVER_VERSION}, without a hole`)
  expect(stdout).toMatch(/^ok +search attributes/m)
  expect(stdout).not.toMatch(/^wrong/m)
})

test('a login that one API has started is verified at the other, and both answer repeated requests as they did', async () => {
  const phone = stack().newPhone()
  const key = { 'idempotency-key': 'once' }
  const first = await start(phone, key)
  expect(first).toMatchObject({ httpStatus: 201, status: 'waiting_for_code' })
  expect(await start(phone, key)).toMatchObject({ httpStatus: 201, id: first.id })
  const verified = await submit(first.id, stack().codeFor(phone), key)
  expect(verified).toMatchObject({ httpStatus: 200, status: 'verified' })
  expect(await submit(first.id, stack().codeFor(phone), key)).toMatchObject({
    httpStatus: 200,
    verifiedAt: verified.verifiedAt,
  })
  expect(stack().sends(phone)).toHaveLength(1)
  expect(await stack().violations({ isOver: true })).toEqual([])
})

test('five wrong codes, in turn at either API, end a login, and the right one comes too late', async () => {
  const phone = stack().newPhone()
  const { id } = await start(phone)
  const left: unknown[] = []
  for (let n = 1; n <= 5; n += 1) left.push((await submit(id, wrong(stack().codeFor(phone), n))).attemptsLeft)
  expect(left).toEqual([4, 3, 2, 1, 0])
  expect(await submit(id, stack().codeFor(phone))).toMatchObject({
    httpStatus: 409,
    code: 'login-closed',
    reason: 'too_many_attempts',
  })
  expect(await stack().violations({ isOver: true })).toEqual([])
})

test('a resend is refused before its time by the other API too, and then sends once', async () => {
  const phone = stack().newPhone()
  const { id, resendAfter } = await start(phone)
  const resend = () => stack().post(`/v1/logins/${id ?? ''}/resend`, {})
  expect(await resend()).toMatchObject({ httpStatus: 429, code: 'resend-too-early' })
  expect(await resend()).toMatchObject({ httpStatus: 429, code: 'resend-too-early' })
  const isTime = () => Date.now() > Date.parse(resendAfter ?? '')
  await expect.poll(isTime).toBe(true)
  await expect.poll(async () => (await resend()).httpStatus).toBe(200)
  expect(stack().sends(phone)).toHaveLength(2)
  expect(await submit(id, stack().codeFor(phone))).toMatchObject({ httpStatus: 200 })
  expect(await stack().violations({ isOver: true })).toEqual([])
})

test('a login that one API has canceled takes no code at the other', async () => {
  const phone = stack().newPhone()
  const { id } = await start(phone)
  expect(await stack().post(`/v1/logins/${id ?? ''}/cancel`, {})).toMatchObject({ status: 'canceled' })
  for (const api of stack().apis) {
    expect(await submit(id, stack().codeFor(phone)), api.name).toMatchObject({
      httpStatus: 409,
      reason: 'caller',
    })
  }
  expect(await stack().violations({ isOver: true })).toEqual([])
})

test('a newer login of the number supersedes the older one, whichever API has started it', async () => {
  const phone = stack().newPhone()
  const older = await start(phone)
  const oldCode = stack().codeFor(phone)
  const isTime = () => Date.now() > Date.parse(older.resendAfter ?? '')
  await expect.poll(isTime).toBe(true)
  let newer = await start(phone)
  await expect
    .poll(async () => (newer = newer.httpStatus === 201 ? newer : await start(phone)).httpStatus)
    .toBe(201)
  expect(await submit(older.id, oldCode)).toMatchObject({ httpStatus: 409, reason: 'newer_login' })
  expect(await submit(newer.id, stack().codeFor(phone))).toMatchObject({ httpStatus: 200 })
  expect(stack().sends(phone)).toHaveLength(2)
  expect(await stack().violations({ isOver: true })).toEqual([])
})
