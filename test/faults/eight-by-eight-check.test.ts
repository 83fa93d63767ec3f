/** Rows 20 to 29: what a check meets between the worker and 8x8, what it costs, and that the login goes on. */
import { expect, test } from 'vitest'
import type { Fault } from '../../sandbox/faults.ts'
import { errorsIn } from '../support/alarms.ts'
import {
  answers,
  connection,
  expired,
  noSuchHost,
  refused,
  selfSigned,
  withoutTls,
  wrongHost,
  type Injection,
} from '../support/faults.ts'
import { aPhone } from '../support/house.ts'
import { injected } from '../support/injected.ts'
import { createWays, openWatchedHouse, startWorkerVia } from '../support/watched-house.ts'

type Row = {
  readonly fault: string
  readonly inject: Injection
  /** What is submitted while the fault lasts. */
  readonly code: 'right' | 'wrong'
  /** The answer to it, attempts left and the login's status then. */
  readonly told: string
  /** Requests that reached 8x8 with that code. */
  readonly reached: number
  /** The answer to the right code afterwards. */
  readonly then: string
  /** What the worker's log says to an operator, as an error; default nothing. */
  readonly alarm?: string
}

const spent = 'unavailable, 4 left, waiting_for_code'
const notSpent = 'unavailable, 5 left, waiting_for_code'
const verified = (left: number) => `verified, ${left} left, verified`
const tooMany = (retryAfter: string): Fault => ({
  kind: 'status',
  status: 429,
  headers: { 'retry-after': retryAfter },
})
const status = (code: number, number?: number): Fault => ({
  kind: 'status',
  status: code,
  ...(number === undefined ? {} : { code: number }),
})
const evaluated = (code: number): Fault => ({ kind: 'status-after', status: code })
const says = (members: Record<string, unknown>): Injection => answers({ kind: 'merge', members })

/** Certain that 8x8 never looked at the code: the attempt is given back. */
const given = { code: 'right', told: notSpent, reached: 0, then: verified(5) } as const
/** 8x8 may have looked at it: spent, once, and the caller submits again. */
const lost = { code: 'wrong', told: spent, reached: 1, then: verified(4) } as const

const notTrusted = '8x8 is not trusted: no TLS, or not its certificate {"operation":"check"}'
const ourKey = '8x8 refuses our key: no code can be checked'
const another = '8x8 answered about another login; not believed'
const unknownStatus = '8x8 answered with a status that is unknown to us; not believed'

const rows: readonly (readonly [row: number, behaviour: string, cases: readonly Row[]])[] = [
  [
    20,
    'a check for which 8x8 has no address is not spent',
    [{ fault: 'no such host', inject: noSuchHost, ...given }],
  ],
  [
    21,
    'a check that finds no connection it may trust is not spent, and never falls back to plain HTTP',
    [
      { fault: 'connection refused', inject: refused, ...given },
      { fault: 'self-signed certificate', inject: selfSigned, ...given, alarm: notTrusted },
      { fault: 'expired certificate', inject: expired, ...given, alarm: notTrusted },
      { fault: 'certificate for another host', inject: wrongHost, ...given, alarm: notTrusted },
      { fault: 'no TLS where https was asked for', inject: withoutTls, ...given, alarm: notTrusted },
    ],
  ],
  [
    22,
    'a check whose verdict is lost on the way is spent, and the same code may be submitted again',
    [
      {
        fault: 'connection cut when the verdict comes back',
        inject: connection({ kind: 'cut-after' }),
        ...lost,
        code: 'right',
      },
      { fault: 'the same with a wrong code', inject: connection({ kind: 'cut-after' }), ...lost },
      {
        fault: 'connection cut before the request passes',
        inject: connection({ kind: 'cut-before' }),
        ...lost,
        reached: 0,
      },
    ],
  ],
  [
    23,
    'a check that hangs ends at our own limit and is spent',
    [
      { fault: 'black hole', inject: connection({ kind: 'blackhole' }), ...lost, reached: 0 },
      { fault: 'answer withheld', inject: connection({ kind: 'lose-answer' }), ...lost },
      { fault: 'answer later than our limit', inject: connection({ kind: 'delay', ms: 2000 }), ...lost },
    ],
  ],
  [
    24,
    'a check that 8x8 answers with a server error is spent and not repeated',
    [
      { fault: '500', inject: answers(status(500)), ...lost },
      { fault: '502', inject: answers(status(502)), ...lost },
      { fault: '503', inject: answers(status(503)), ...lost },
      { fault: '504', inject: answers(status(504)), ...lost },
      {
        fault: '500 after the code was judged right',
        inject: answers(evaluated(500)),
        ...lost,
        code: 'right',
      },
    ],
  ],
  [
    25,
    'a check that 8x8 refuses for our key or address is not spent, and the login stays open',
    [
      { fault: '401', inject: answers(status(401, 1200)), ...given, reached: 1, alarm: ourKey },
      { fault: '403', inject: answers(status(403, 1201)), ...given, reached: 1, alarm: ourKey },
      { fault: '403, 1300', inject: answers(status(403, 1300)), ...given, reached: 1, alarm: ourKey },
    ],
  ],
  [
    26,
    'a check whose answer cannot be read is spent and never verifies',
    [
      { fault: 'answer ends after 40 bytes', inject: connection({ kind: 'truncate', bytes: 40 }), ...lost },
      { fault: 'answer ends in its body', inject: answers({ kind: 'truncate' }), ...lost },
      { fault: 'a web page', inject: answers({ kind: 'html' }), ...lost },
      { fault: 'an empty object', inject: answers({ kind: 'empty-object' }), ...lost },
      {
        fault: 'gzip that is none',
        inject: answers({
          kind: 'status-after',
          status: 200,
          headers: { 'content-encoding': 'gzip' },
          body: { status: 'VERIFIED' },
        }),
        ...lost,
      },
    ],
  ],
  [
    27,
    'a check that comes too often waits as told within reason, and is not spent',
    [
      { fault: '429, retry after 1 s', inject: answers(tooMany('1'), 3), ...given, reached: 3 },
      {
        fault: '429 once, retry after 1 s',
        inject: answers(tooMany('1')),
        ...given,
        told: verified(5),
        reached: 2,
        then: 'closed, 5 left, verified',
      },
      { fault: '429, retry after 30 s', inject: answers(tooMany('30')), ...given, reached: 1 },
      { fault: '429, retry after 99999 s', inject: answers(tooMany('99999')), ...given, reached: 1 },
      { fault: '429, retry after soon', inject: answers(tooMany('soon'), 3), ...given, reached: 3 },
      { fault: '429, retry after -1 s', inject: answers(tooMany('-1'), 3), ...given, reached: 3 },
    ],
  ],
  [
    28,
    '8x8’s own count of attempts may lower ours and never raises it',
    [
      {
        fault: 'attempt goes backwards',
        inject: says({ attempt: 0 }),
        ...lost,
        told: 'incorrect, 4 left, waiting_for_code',
      },
      {
        fault: 'attempt is missing',
        inject: says({ attempt: null }),
        ...lost,
        told: 'incorrect, 4 left, waiting_for_code',
      },
      {
        fault: 'attempt is 4',
        inject: says({ attempt: 4 }),
        ...lost,
        told: 'incorrect, 1 left, waiting_for_code',
        then: verified(1),
      },
      {
        fault: 'attempt jumps to 5',
        inject: says({ attempt: 5 }),
        ...lost,
        told: 'incorrect, 0 left, failed',
        then: 'closed, 0 left, failed',
      },
    ],
  ],
  [
    29,
    'a verdict about another session or number verifies nobody',
    [
      {
        fault: 'verified for another session',
        inject: says({ status: 'VERIFIED', sessionId: 'another-session' }),
        ...lost,
        alarm: another,
      },
      {
        fault: 'verified for another number',
        inject: says({ status: 'VERIFIED', destination: '+6590000000' }),
        ...lost,
        alarm: another,
      },
      {
        fault: 'verified for no number',
        inject: says({ status: 'VERIFIED', destination: null }),
        ...lost,
        alarm: another,
      },
      {
        fault: 'a status that 8x8 does not have',
        inject: says({ status: 'APPROVED' }),
        ...lost,
        alarm: unknownStatus,
      },
    ],
  ],
]

const inWords = (answer: object) => {
  if (!('login' in answer) || !('outcome' in answer)) return JSON.stringify(answer)
  const { attemptsLeft, status: now } = answer.login as { attemptsLeft: number; status: string }
  return `${String(answer.outcome)}, ${attemptsLeft} left, ${now}`
}

/** Several logins of one house, each with its own fault. */
async function openScene() {
  const house = await openWatchedHouse({ worker: 'none', checkTimeoutMs: 1000 })
  const ways = createWays(house, { checkTimeoutMs: 1000 })
  const { alarms } = await startWorkerVia(house, ways)
  return { house, ways, alarms }
}

type Scene = Awaited<ReturnType<typeof openScene>>

async function play({ house, ways, alarms }: Scene, { fault, inject, code }: Row) {
  const phone = aPhone()
  const { id } = await house.login(phone)
  const reached = () => house.checks().filter((check) => check.phone === phone.e164).length
  const mend = await inject({ house, ways, phone, operation: 'check' })
  const submitted = code === 'right' ? house.codeFor(phone) : house.wrongCodeFor(phone)
  const first = inWords(await house.submit(id, submitted))
  const seen = reached()
  mend()
  const then = inWords(await house.submit(id, house.codeFor(phone)))
  return { fault, told: first, reached: seen, then, alarms: errorsIn(alarms, house.workflowId(phone)) }
}

test.for(rows)('row %i: %s', async ([, , cases], { task }) => {
  const scene = await openScene()
  injected(task, ...cases.map(({ fault }) => fault))
  const seen = await Promise.all(cases.map((row) => play(scene, row)))
  expect(seen).toEqual(
    cases.map(({ fault, told, reached, then, alarm }) => {
      return { fault, told, reached, then, alarms: alarm === undefined ? [] : [alarm] }
    }),
  )
  expect(await scene.house.violations()).toEqual([])
})

test('row 22: a right code whose verdict was lost verifies only by an answer to a call that carried it', async ({
  task,
}) => {
  const { house, ways } = await openScene()
  const submitTwice = async (afterwards: Fault) => {
    const phone = aPhone()
    const { id } = await house.login(phone)
    const mend = await connection({ kind: 'cut-after' })({ house, ways, phone, operation: 'check' })
    const first = inWords(await house.submit(id, house.codeFor(phone)))
    mend()
    await answers(afterwards)({ house, ways, phone, operation: 'check' })
    return [first, inWords(await house.submit(id, house.codeFor(phone)))]
  }
  injected(task, 'verdict lost, then 404', 'verdict lost, then WAITING')
  expect(await submitTwice(status(404, 1404))).toEqual([spent, 'closed, 3 left, failed'])
  expect(await submitTwice({ kind: 'merge', members: { status: 'WAITING' } })).toEqual([
    spent,
    'incorrect, 3 left, waiting_for_code',
  ])
  expect(await house.violations()).toEqual([])
})

test('row 23: while one login waits for a check that hangs, another is verified', async ({ task }) => {
  const { house, ways } = await openScene()
  const [slow, quick] = [aPhone(), aPhone()]
  const [one, other] = await Promise.all([house.login(slow), house.login(quick)])
  await connection({ kind: 'blackhole' })({ house, ways, phone: slow, operation: 'check' })
  injected(task, 'black hole for one login of two')
  const order: string[] = []
  const hanging = house.submit(one.id, house.codeFor(slow)).then(() => order.push('hanging'))
  await house.submit(other.id, house.codeFor(quick)).then(() => order.push('quick'))
  await hanging
  expect(order).toEqual(['quick', 'hanging'])
  expect(await house.read(other.id)).toMatchObject({ status: 'verified' })
  expect(await house.violations()).toEqual([])
})
