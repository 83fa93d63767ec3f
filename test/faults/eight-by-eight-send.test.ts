/** Rows 30 to 35: what a send meets between the worker and 8x8, and how many messages it may cost. */
import { expect, test } from 'vitest'
import type { Phone } from '../../domain/phone.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Fault } from '../../sandbox/faults.ts'
import { errorsIn } from '../support/alarms.ts'
import {
  answers,
  connection,
  noSuchHost,
  refused,
  selfSigned,
  withoutTls,
  type Injection,
} from '../support/faults.ts'
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
  /** Why 8x8 refused, as the worker's log says it as an error; default nothing. */
  readonly refusal?: string
}

const waiting = { told: 'waiting_for_code', accepted: 1 } as const
const lost = { told: 'waiting_for_code', accepted: 2 } as const
const refusedBy = (refusal: string, accepted: number) =>
  ({ told: 'failed, provider_refused', accepted, refusal }) as const
const phoneRefused = { told: 'failed, phone_refused', accepted: 0 } as const
const status = (code: number, number: number): Fault => ({ kind: 'status', status: code, code: number })
/** As a gateway in front of 8x8 might say it. */
const bareForbidden: Fault = { kind: 'status', status: 403, body: {} }
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
      { fault: 'no sessionId', inject: says({ sessionId: null }), ...refusedBy('contract', 1) },
      {
        fault: 'uid in place of sessionId',
        inject: says({ sessionId: null, uid: 'x' }),
        ...refusedBy('contract', 1),
      },
      {
        fault: 'a sessionId that is a path',
        inject: says({ sessionId: '../x' }),
        ...refusedBy('contract', 1),
      },
      {
        fault: 'another destination',
        inject: says({ destination: '+6590000000' }),
        ...refusedBy('contract', 1),
      },
      { fault: 'verified already', inject: says({ status: 'VERIFIED' }), ...refusedBy('contract', 1) },
      {
        fault: 'an empty object',
        inject: answers({ kind: 'empty-object' }, Infinity),
        ...refusedBy('contract', 1),
      },
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
      {
        fault: '400, error code 99',
        inject: answers(status(400, 99), Infinity),
        ...refusedBy('parameter', 0),
      },
      {
        fault: '400, 1003: parameter',
        inject: answers(status(400, 1003), Infinity),
        ...refusedBy('parameter', 0),
      },
      { fault: '401', inject: answers(status(401, 1200), Infinity), ...refusedBy('credentials', 0) },
      { fault: '403, 1201', inject: answers(status(403, 1201), Infinity), ...refusedBy('credentials', 0) },
      { fault: '404', inject: answers(status(404, 1404), Infinity), ...refusedBy('account', 0) },
    ],
  ],
]

const refusedAlarm = (refusal: string) =>
  `8x8 refuses to send: check the account and its configuration ${JSON.stringify({ refusal })}`

const inWords = ({ status: now, reason }: { readonly status: string; readonly reason?: string }) =>
  reason === undefined ? now : `${now}, ${reason}`

async function openScene(policy: Partial<Policy> = {}) {
  const house = await openWatchedHouse({ worker: 'none', policy })
  const ways = createWays(house, { sendTimeoutMs: 1000 })
  const { alarms } = await startWorkerVia(house, ways)
  return { house, ways, alarms }
}

type Scene = Awaited<ReturnType<typeof openScene>>

const acceptedFor = (house: WatchedHouse, phone: Phone) =>
  house.sends().filter((send) => send.accepted && send.phone === phone.e164).length

async function play({ house, ways, alarms }: Scene, { fault, inject }: Row) {
  const phone = aPhone()
  await inject({ house, ways, phone, operation: 'send' })
  const { id, ...login } = await house.login(phone, { waitSeconds: 15 })
  const errors = errorsIn(alarms, house.workflowId(phone))
  return { seen: { fault, told: inWords(login), accepted: acceptedFor(house, phone), errors }, id, phone }
}

test.for(rows)('row %i: %s', async ([, , cases], { task }) => {
  const scene = await openScene()
  injected(task, ...cases.map(({ fault }) => fault))
  const played = await Promise.all(cases.map((row) => play(scene, row)))
  expect(played.map(({ seen }) => seen)).toEqual(
    cases.map(({ fault, told, accepted, refusal }) => {
      return { fault, told, accepted, errors: refusal === undefined ? [] : [refusedAlarm(refusal)] }
    }),
  )
  const open = played.filter(({ seen }) => seen.told === 'waiting_for_code')
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
      await expect.poll(tries).toBeGreaterThanOrEqual(2)
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

const taken = (codeClass: string) =>
  `WARN 8x8 forbids a send and does not say why: taken for its interval {"status":403,"codeClass":"${codeClass}"}`
const forbidden = (codeClass: string) =>
  `ERROR 8x8 forbids sending and does not say why: check the account and its allowed addresses {"status":403,"codeClass":"${codeClass}"}`

test('row 34: a send that 8x8 forbids without saying why waits for the interval, and an operator is told', async ({
  task,
}) => {
  const { house, ways, alarms } = await openScene({ resendIntervalSeconds: 4 })
  const cases = [
    ['403, 1400, once', answers(status(403, 1400)), 'waiting_for_code', []],
    ['403 without a code, once', answers(bareForbidden), 'waiting_for_code', [taken('none')]],
    [
      '403, 1300, always',
      answers(status(403, 1300), Infinity),
      'failed, provider_unavailable',
      [taken('13xx'), forbidden('13xx')],
    ],
  ] as const
  injected(task, ...cases.map(([fault]) => fault))
  const seen = await Promise.all(
    cases.map(async ([fault, inject]) => {
      const phone = aPhone()
      await inject({ house, ways, phone, operation: 'send' })
      const login = await house.login(phone, { waitSeconds: 20 })
      return [fault, inWords(login), acceptedFor(house, phone), alarms.get(house.workflowId(phone)) ?? []]
    }),
  )
  expect(seen).toEqual(
    cases.map(([fault, , told, lines]) => [fault, told, told === 'waiting_for_code' ? 1 : 0, lines]),
  )
  expect(await house.violations()).toEqual([])
})

test('row 34: a login that has no time to wait after such a send ends, and an operator is told at once', async ({
  task,
}) => {
  const { house, ways, alarms } = await openScene({ resendIntervalSeconds: 10, codeValiditySeconds: 5 })
  const phone = aPhone()
  await answers(status(403, 1300), Infinity)({ house, ways, phone, operation: 'send' })
  injected(task, '403, 1300, for a code shorter-lived than the interval')
  expect(inWords(await house.login(phone))).toBe('failed, provider_unavailable')
  expect(alarms.get(house.workflowId(phone))).toEqual([forbidden('13xx')])
  expect(await house.violations({ isOver: true })).toEqual([])
})

test('row 34: a resend that 8x8 forbids without saying why leaves the first code good, and an operator is told', async ({
  task,
}) => {
  const { house, ways, alarms } = await openScene()
  const phone = aPhone()
  const { id } = await house.login(phone)
  await answers(bareForbidden, Infinity)({ house, ways, phone, operation: 'send' })
  injected(task, '403 without a code, on a resend')
  await expect
    .poll(() => house.resend(id), { interval: 300 })
    .toMatchObject({ outcome: 'failed', failure: 'too_early' })
  expect(alarms.get(house.workflowId(phone))).toEqual([taken('none')])
  expect(await house.submit(id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(await house.violations({ isOver: true })).toEqual([])
})
