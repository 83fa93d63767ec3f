/** Rows 30 to 35: what a send meets between the worker and 8x8, and how many messages it may cost. */
import { expect, test } from 'vitest'
import type { Phone } from '../../domain/phone.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Fault } from '../../sandbox/faults.ts'
import { answers, connection, noSuchHost, refused, selfSigned, withoutTls } from '../support/faults.ts'
import type { Injection } from '../support/faults.ts'
import { aPhone } from '../support/house.ts'
import { injected } from '../support/injected.ts'
import { createWays, openWatchedHouse, startWorkerVia, type WatchedHouse } from '../support/watched-house.ts'

type Row = {
  readonly fault: string
  readonly inject: Injection
  /** The login when the start is answered. */
  readonly told: string
  /** Messages that went out in all. */
  readonly accepted: number
}

const waiting = { told: 'waiting_for_code', accepted: 1 } as const
const lost = { told: 'waiting_for_code', accepted: 2 } as const
const refusedBy = (accepted: number) => ({ told: 'failed, provider_refused', accepted }) as const
const phoneRefused = { told: 'failed, phone_refused', accepted: 0 } as const
const status = (code: number, number: number): Fault => ({ kind: 'status', status: code, code: number })
const says = (members: Record<string, unknown>): Injection => answers({ kind: 'merge', members }, Infinity)

const rows: readonly (readonly [row: number, behaviour: string, cases: readonly Row[]])[] = [
  [
    31,
    'a send whose answer was lost is sent once more and never a third time',
    [
      { fault: 'cut when the answer comes back', inject: connection({ kind: 'cut-after' }, 1), ...lost },
      { fault: 'cut before the request passes', inject: connection({ kind: 'cut-before' }, 1), ...waiting },
      { fault: 'answer withheld', inject: connection({ kind: 'lose-answer' }, 1), ...lost },
      { fault: 'black hole', inject: connection({ kind: 'blackhole' }, 1), ...waiting },
      {
        fault: 'answer ends after 40 bytes',
        inject: connection({ kind: 'truncate', bytes: 40 }, 1),
        ...lost,
      },
      { fault: 'a web page', inject: answers({ kind: 'html' }), ...lost },
    ],
  ],
  [
    32,
    'a send that 8x8 answers with a server error costs two messages at most',
    [
      { fault: '500 after really sending', inject: answers({ kind: 'status-after', status: 500 }), ...lost },
      { fault: '500 without sending', inject: answers({ kind: 'status', status: 500 }), ...waiting },
      {
        fault: '500 after really sending, always',
        inject: answers({ kind: 'status-after', status: 500 }, Infinity),
        told: 'failed, provider_unavailable',
        accepted: 2,
      },
      {
        fault: '503 without sending, always',
        inject: answers({ kind: 'status', status: 503 }, Infinity),
        told: 'failed, provider_unavailable',
        accepted: 0,
      },
    ],
  ],
  [
    33,
    'a send answered without a session of ours ends the login and is not repeated',
    [
      { fault: 'no sessionId', inject: says({ sessionId: null }), ...refusedBy(1) },
      { fault: 'uid in place of sessionId', inject: says({ sessionId: null, uid: 'x' }), ...refusedBy(1) },
      { fault: 'a sessionId that is a path', inject: says({ sessionId: '../x' }), ...refusedBy(1) },
      { fault: 'another destination', inject: says({ destination: '+6590000000' }), ...refusedBy(1) },
      { fault: 'verified already', inject: says({ status: 'VERIFIED' }), ...refusedBy(1) },
      { fault: 'an empty object', inject: answers({ kind: 'empty-object' }, Infinity), ...refusedBy(1) },
    ],
  ],
  [
    34,
    'a send that 8x8 refuses for good ends the login and is not repeated',
    [
      {
        fault: '400, 1002: number unreachable',
        inject: answers(status(400, 1002), Infinity),
        ...phoneRefused,
      },
      { fault: '400, error code 99', inject: answers(status(400, 99), Infinity), ...refusedBy(0) },
      { fault: '400, 1003: parameter', inject: answers(status(400, 1003), Infinity), ...refusedBy(0) },
      { fault: '401', inject: answers(status(401, 1200), Infinity), ...refusedBy(0) },
      { fault: '403, 1201', inject: answers(status(403, 1201), Infinity), ...refusedBy(0) },
      { fault: '404', inject: answers(status(404, 1404), Infinity), ...refusedBy(0) },
    ],
  ],
]

const inWords = ({ status: now, reason }: { readonly status: string; readonly reason?: string }) =>
  reason === undefined ? now : `${now}, ${reason}`

async function openScene(policy: Partial<Policy> = {}) {
  const house = await openWatchedHouse({ worker: 'none', policy })
  const ways = createWays(house, { sendTimeoutMs: 1000 })
  await startWorkerVia(house, ways)
  return { house, ways }
}

const acceptedFor = (house: WatchedHouse, phone: Phone) =>
  house.sends().filter((send) => send.accepted && send.phone === phone.e164).length

async function play({ house, ways }: Awaited<ReturnType<typeof openScene>>, { fault, inject }: Row) {
  const phone = aPhone()
  await inject({ house, ways, phone, operation: 'send' })
  const login = await house.login(phone, { waitSeconds: 15 })
  return { fault, told: inWords(login), accepted: acceptedFor(house, phone), id: login.id, phone }
}

test.for(rows)('row %i: %s', async ([, , cases], { task }) => {
  const scene = await openScene()
  injected(task, ...cases.map(({ fault }) => fault))
  const seen = await Promise.all(cases.map((row) => play(scene, row)))
  expect(seen.map(({ fault, told, accepted }) => ({ fault, told, accepted }))).toEqual(
    cases.map(({ fault, told, accepted }) => ({ fault, told, accepted })),
  )
  const open = seen.filter(({ told }) => told === 'waiting_for_code')
  const verdicts = await Promise.all(
    open.map(({ id, phone }) => scene.house.submit(id, scene.house.codeFor(phone))),
  )
  expect(verdicts.map(({ outcome }) => outcome)).toEqual(open.map(() => 'verified'))
  expect(await scene.house.violations({ isOver: true })).toEqual([])
})

test('row 30: a send that certainly did not leave is tried again until it can, and is one message', async ({
  task,
}) => {
  const { house, ways } = await openScene()
  const tooMany: Fault = { kind: 'status', status: 429, headers: { 'retry-after': '1' } }
  const faults: readonly (readonly [string, Injection])[] = [
    ['no such host', noSuchHost],
    ['connection refused', refused],
    ['self-signed certificate', selfSigned],
    ['no TLS where https was asked for', withoutTls],
    ['429, three times', answers(tooMany, 3)],
  ]
  injected(task, ...faults.map(([fault]) => fault))
  const seen = await Promise.all(
    faults.map(async ([fault, inject]) => {
      const phone = aPhone()
      const mend = await inject({ house, ways, phone, operation: 'send' })
      const { id, status: first } = await house.login(phone, { waitSeconds: 1 })
      const handle = house.client.workflow.getHandle(house.workflowId(phone))
      const tries = async () => (await handle.describe()).raw.pendingActivities?.[0]?.attempt
      await expect.poll(tries, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
      mend()
      await house.until(id, ({ status: now }) => now === 'waiting_for_code')
      const { outcome } = await house.submit(id, house.codeFor(phone))
      return { fault, first, accepted: acceptedFor(house, phone), outcome }
    }),
  )
  const expected = { first: 'sending', accepted: 1, outcome: 'verified' }
  expect(seen).toEqual(faults.map(([fault]) => ({ fault, ...expected })))
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 30: an 8x8 that cannot be reached for as long as a code lives ends the login without a message', async ({
  task,
}) => {
  const { house, ways } = await openScene({ codeValiditySeconds: 3 })
  const phone = aPhone()
  await refused({ house, ways, phone, operation: 'send' })
  injected(task, 'connection refused, always')
  const login = await house.login(phone)
  expect(login).toMatchObject({ status: 'failed', reason: 'provider_unavailable' })
  expect(acceptedFor(house, phone)).toBe(0)
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 31: inside 8x8’s own interval a send that was not taken is repeated at once', async ({ task }) => {
  const { house, ways } = await openScene({ resendIntervalSeconds: 30 })
  const phone = aPhone()
  await connection({ kind: 'cut-before' }, 1)({ house, ways, phone, operation: 'send' })
  injected(task, 'cut before the request passes')
  const login = await house.login(phone)
  expect(login.status).toBe('waiting_for_code')
  expect(acceptedFor(house, phone)).toBe(1)
  expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 35: an 8x8 that is slow, but within our limit, costs ten logins at once no message too many', async ({
  task,
}) => {
  const { house } = await openScene()
  const phones = Array.from({ length: 10 }, aPhone)
  for (const { e164 } of phones) {
    house.sandbox.fault({ operation: 'send', phone: e164, fault: { kind: 'delay', ms: 700 } })
  }
  injected(task, ...phones.map(() => 'latency of 70 % of our limit'))
  const logins = await Promise.all(phones.map((phone) => house.login(phone)))
  expect(logins.map(({ status: now }) => now)).toEqual(phones.map(() => 'waiting_for_code'))
  expect(house.sends()).toHaveLength(10)
  expect(await house.violations()).toEqual([])
})

test('row 35: in a brown-out each login ends after two messages at most, and the next ones do not suffer', async ({
  task,
}) => {
  const { house, ways } = await openScene()
  const phones = [aPhone(), aPhone(), aPhone(), aPhone()]
  const mends = await Promise.all(
    phones.map((phone) => connection({ kind: 'delay', ms: 1500 })({ house, ways, phone, operation: 'send' })),
  )
  injected(task, ...phones.map(() => 'latency of 150 % of our limit'))
  const logins = await Promise.all(phones.map((phone) => house.login(phone, { waitSeconds: 20 })))
  expect(logins.map(inWords)).toEqual(phones.map(() => 'failed, provider_unavailable'))
  expect(phones.map((phone) => acceptedFor(house, phone))).toEqual([2, 2, 2, 2])
  for (const mend of mends) mend()
  const [again = aPhone()] = phones
  await expect
    .poll(() => house.start(again), { timeout: 5000, interval: 300 })
    .toMatchObject({ outcome: 'started', login: { status: 'waiting_for_code' } })
  expect(await house.violations()).toEqual([])
})
