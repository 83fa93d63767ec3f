/** Rows 14, 17 and 18: Temporal's roles and its database go away, one by one and all at once, and come back. */
import { expect, test } from 'vitest'
import { injected, observed } from '../support/injected.ts'
import { gatherCrowd, signIn, type Crowd } from './people.ts'
import { useStack } from './use-stack.ts'

const PEOPLE = 6
/** The shortest that the settings allow, since a test waits for its end. */
const CODE_VALIDITY_SECONDS = 60
const READ_ONLY_MS = 30_000

const stack = useStack({ codeValiditySeconds: CODE_VALIDITY_SECONDS })
/** How long the cluster could not be used in this file, all told. */
let outageMs = 0

/** The same start, made once. */
const start = (phone: string) =>
  stack().post('/v1/logins', { phone }, { 'idempotency-key': `start of ${phone}` })
const patience = { timeout: 120_000, interval: 500 }

/** Somebody new can sign in. */
const recovered = () => expect.poll(() => signIn(stack(), { patienceSeconds: 20 }), patience).toBe('verified')

/** People go on signing in during `outage`, and finish afterwards. */
async function during(outage: (crowd: Crowd) => Promise<void>): Promise<readonly string[]> {
  const crowd = gatherCrowd(stack(), PEOPLE)
  await expect.poll(() => crowd.endings.length, patience).toBeGreaterThanOrEqual(PEOPLE)
  const since = Date.now()
  await outage(crowd)
  await recovered()
  outageMs += Date.now() - since
  return crowd.goHome()
}

/** None of our processes fell, and no history breaks a promise. */
async function allStoodAndHeld(): Promise<void> {
  expect(stack().fallen()).toEqual([])
  expect(await stack().violations({ outageMs })).toEqual([])
}

test.for([
  ['is killed', 'kill'],
  ['hangs', 'hold'],
] as const)(
  'row 14: while the frontend %s a start is 503 and nothing half-created, and then it works',
  async ([, how], { task }) => {
    const { frontend } = stack().temporal
    const phones = Array.from({ length: 10 }, stack().newPhone)
    const since = Date.now()
    if (how === 'kill') await frontend.end('SIGKILL')
    else frontend.hold()
    injected(task, how === 'kill' ? 'frontend SIGKILL' : 'frontend SIGSTOP')
    const refused = await Promise.all(phones.map(start))
    for (const answer of refused) {
      expect(answer).toMatchObject({ httpStatus: 503, code: 'service-unavailable' })
      expect(Number(answer.retryAfter)).toBeGreaterThan(0)
    }
    await frontend.mend()
    await recovered()
    outageMs += Date.now() - since
    expect(await Promise.all(phones.map((phone) => stack().hasRun(phone)))).toEqual(phones.map(() => false))
    expect(phones.flatMap((phone) => stack().sends(phone))).toEqual([])

    const again = await Promise.all(phones.map(start))
    expect(again.map(({ httpStatus }) => httpStatus)).toEqual(phones.map(() => 201))
    expect(phones.map((phone) => stack().sends(phone).length)).toEqual(phones.map(() => 1))
    await allStoodAndHeld()
  },
)

test('row 17: while the database is read-only for 30 s starts are 503, and then they work, and nothing is sent twice', async ({
  task,
}) => {
  const phone = stack().newPhone()
  const endings = await during(async () => {
    const until = Date.now() + READ_ONLY_MS
    await stack().postgres.setReadOnly(true)
    injected(task, 'database read-only for 30 s')
    // Another number each time, since one that was in time is answered for ever after.
    const refused = async () => (await start(stack().newPhone())).httpStatus
    await expect.poll(refused, patience).toBe(503)
    expect(await start(phone)).toMatchObject({ httpStatus: 503, code: 'service-unavailable' })
    await expect.poll(() => Date.now() > until, { timeout: READ_ONLY_MS }).toBe(true)
    await stack().postgres.setReadOnly(false)
  })
  observed(task, ...endings)
  await expect.poll(async () => (await start(phone)).httpStatus, patience).toBe(201)
  expect(stack().sends(phone)).toHaveLength(1)
  expect(endings).not.toContain('turned away')
  await allStoodAndHeld()
})

test('row 17: while the database is down after a crash starts are 503, and then they work, and nothing is sent twice', async ({
  task,
}) => {
  const phone = stack().newPhone()
  const endings = await during(async () => {
    await stack().postgres.end('SIGQUIT')
    injected(task, 'database crashed')
    expect(await start(phone)).toMatchObject({ httpStatus: 503, code: 'service-unavailable' })
    await stack().postgres.start()
  })
  observed(task, ...endings)
  await expect.poll(async () => (await start(phone)).httpStatus, patience).toBe(201)
  expect(stack().sends(phone)).toHaveLength(1)
  expect(endings).not.toContain('turned away')
  await allStoodAndHeld()
})

test('row 18: each role of Temporal killed in turn under load loses no login and sends nothing twice', async ({
  task,
}) => {
  const endings = await during(async (crowd) => {
    for (const role of stack().temporal.roles) {
      const done = crowd.endings.length
      await role.end('SIGKILL')
      injected(task, `${role.name} SIGKILL`)
      await role.start()
      await expect.poll(() => crowd.endings.length, patience).toBeGreaterThan(done)
    }
  })
  observed(task, ...endings)
  expect(endings).toContain('verified')
  expect(endings).not.toContain('turned away')
  await allStoodAndHeld()
})

test('row 18: with all roles killed timers fire late and none is lost, and a code after the deadline is too late', async ({
  task,
}) => {
  const noShows = Array.from({ length: 5 }, stack().newPhone)
  const late = Array.from({ length: 5 }, stack().newPhone)
  const logins = await Promise.all([...noShows, ...late].map(start))
  expect(logins.map(({ httpStatus }) => httpStatus)).toEqual(logins.map(() => 201))
  const deadline = Math.max(...logins.map(({ expiresAt }) => Date.parse(expiresAt ?? '')))
  const since = Date.now()
  await Promise.all(stack().temporal.roles.map((role) => role.end('SIGKILL')))
  injected(task, 'all roles SIGKILL')
  await expect.poll(() => Date.now() > deadline, { timeout: 2 * CODE_VALIDITY_SECONDS * 1000 }).toBe(true)
  await Promise.all(stack().temporal.roles.map((role) => role.start()))
  await recovered()
  outageMs += Date.now() - since

  const submits = late.map(async (phone, n) => {
    const id = logins[noShows.length + n]?.id ?? ''
    const code = stack().codeFor(phone)
    const submitted = async () => (await stack().post(`/v1/logins/${id}/code`, { code })).code
    await expect.poll(submitted, patience).toMatch(/login-expired|login-closed/)
  })
  await Promise.all(submits)
  const app = stack().firstApp
  const ended = async () =>
    (await Promise.all(logins.map(({ id }) => app.read(id ?? '')))).map(({ status }) => status)
  await expect.poll(ended, patience).toEqual(logins.map(() => 'expired'))
  expect(
    stack().sandbox.requests.filter(
      ({ phone, operation }) => operation === 'check' && late.includes(phone ?? ''),
    ),
  ).toEqual([])
  expect(stack().fallen()).toEqual([])
  expect(await stack().violations({ outageMs, isOver: false })).toEqual([])
})
