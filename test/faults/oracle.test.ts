/** The oracle sees what there is, says nothing against a login that went well, and something against each lie. */
import { expect, test } from 'vitest'
import { defaultPolicy } from '../../domain/policy.ts'
import type { LoggedRequest } from '../../sandbox/request-log.ts'
import type { Effect, Evidence, RunEvidence } from '../support/evidence.ts'
import { aPhone } from '../support/house.ts'
import { judge, type Terms } from '../support/oracle.ts'
import { openWatchedHouse } from '../support/watched-house.ts'

const begin = Date.parse('2030-01-01T12:00:00.000Z')
const at = (seconds: number) => new Date(begin + seconds * 1000).toISOString()
const phone = '+6591234567'
const login: RunEvidence['input'] = {
  loginId: 'lg_one',
  previousRunId: null,
  app: 'acme',
  phone,
  maskedPhone: '+••••••••67',
  country: 'SG',
  channel: 'sms',
  brand: 'Acme',
  purpose: 'login',
  policy: defaultPolicy,
  budget: {
    sends: [],
    enrolmentSends: [],
    earliestSendAt: 0,
    failures: { count: 0, lastAt: 0 },
    enrolmentFailures: { count: 0, lastAt: 0 },
  },
}
const shown = {
  id: 'lg_one',
  status: 'verified',
  phone: login.maskedPhone,
  country: 'SG',
  channel: 'sms',
  brand: 'Acme',
  purpose: 'login',
  attemptsLeft: 4,
  resendsLeft: 2,
  resendAfter: at(31),
  expiresAt: at(301),
  createdAt: at(0),
  delivery: 'sent',
} as const

const send: LoggedRequest = {
  at: at(1),
  version: 'v2',
  operation: 'send',
  subAccountId: 'acme',
  phone,
  sessionId: 's1',
  accepted: true,
  code: '111111',
  status: 'WAITING',
  answered: 200,
  body: { resetSession: true },
}
const check = (seconds: number, code: string, status: 'WAITING' | 'VERIFIED'): LoggedRequest => ({
  at: at(seconds),
  version: 'v2',
  operation: 'check',
  subAccountId: 'acme',
  phone,
  sessionId: 's1',
  accepted: true,
  code,
  status,
  answered: 200,
})
const sendIntent: Effect = { type: 'sendCode', scheduledAt: begin + 900, end: 'completed sent' }
const checkIntent = (seconds: number, code: string, end: string): Effect => ({
  type: 'checkCode',
  scheduledAt: begin + seconds * 1000 - 100,
  challenge: 's1',
  code,
  end,
})

/** A login that was verified by its second code; 8x8, Temporal and the callers agree about it. */
const run: RunEvidence = {
  workflowId: 'login:acme:x',
  runId: 'r1',
  originalRunId: 'r1',
  input: login,
  startedAt: begin,
  status: 'completed',
  closedAt: begin + 20_000,
  isDisabled: false,
  effects: [
    sendIntent,
    checkIntent(10, '222222', 'completed incorrect'),
    checkIntent(20, '111111', 'completed verified'),
  ],
  resendsGranted: 0,
  record: {
    login: shown,
    events: [
      {
        id: 'evt_1',
        sequence: 1,
        at: at(0),
        type: 'login.started',
        data: { ...shown, attemptsLeft: 5, resendsLeft: 2 },
      },
      {
        id: 'evt_2',
        sequence: 2,
        at: at(1),
        type: 'login.code_sent',
        data: { channel: 'sms', expiresAt: at(301), resendAfter: at(31), resendsLeft: 2 },
      },
      { id: 'evt_3', sequence: 3, at: at(10), type: 'login.code_rejected', data: { attemptsLeft: 4 } },
      { id: 'evt_4', sequence: 4, at: at(20), type: 'login.verified', data: { channel: 'sms' } },
    ],
  },
}
const honest: Evidence = {
  at: begin + 25_000,
  requests: [send, check(10, '222222', 'WAITING'), check(20, '111111', 'VERIFIED')],
  runs: [run],
  told: [{ call: 'submitCode', outcome: 'answered', login: shown }],
}

const withRun = (change: Partial<RunEvidence>): Evidence => ({ ...honest, runs: [{ ...run, ...change }] })
const withRecord = (change: Partial<NonNullable<RunEvidence['record']>>): Evidence =>
  withRun({ record: { login: shown, events: [], ...run.record, ...change } })
const withRequests = (...requests: LoggedRequest[]): Evidence => ({ ...honest, requests })
const events = run.record?.events ?? []
const open = { status: 'open', closedAt: null, record: null } as const
const noAnswer = { ...honest, told: [] }
const canceled = { ...shown, status: 'canceled', reason: 'caller' } as const

test('an honest login breaks nothing', () => {
  expect(judge(honest, { isOver: true })).toEqual([])
})

const lies: readonly (readonly [lie: string, found: readonly string[], evidence: Evidence, terms?: Terms])[] =
  [
    [
      'a login that a caller was told of and that has no run',
      [
        'D: a send without an intent',
        'A: a check without an intent',
        'A: a check without an intent',
        'N: login lg_one is lost',
      ],
      { ...noAnswer, ...honest, runs: [] },
    ],
    [
      'a login with two runs of its own',
      ['N: login lg_one has 2 runs'],
      { ...honest, runs: [run, { ...run, runId: 'r2', originalRunId: 'r2' }] },
    ],
    [
      'an end that comes 61 s after the deadline',
      ['N: login lg_one ended late or not at all'],
      withRun({ closedAt: begin + 362_000 }),
    ],
    [
      'a login that is still open then',
      ['N: login lg_one ended late or not at all'],
      { ...withRun(open), told: [], at: begin + 1_000_000 },
    ],
    [
      'a login that should be over',
      ['N: login lg_one has not ended'],
      { ...withRun(open), told: [], at: begin + 25_000 },
      { isOver: true },
    ],
    [
      'two terminal events',
      ['N: login lg_one has 2 terminal events'],
      withRecord({
        events: [
          ...events,
          { id: 'evt_5', sequence: 5, at: at(21), type: 'login.canceled', data: { reason: 'caller' } },
        ],
      }),
    ],
    [
      'no terminal event',
      ['N: login lg_one has 0 terminal events', 'N: login lg_one ended otherwise than it says'],
      withRecord({ events: events.slice(0, 3) }),
    ],
    [
      'an event that is missing',
      ['N: login lg_one has lost an event'],
      withRecord({ events: events.filter(({ sequence }) => sequence !== 3) }),
    ],
    [
      'a final status that its events do not tell',
      ['N: login lg_one ended otherwise than it says'],
      { ...withRecord({ login: canceled }), told: [] },
    ],
    [
      'a final word that did not stand',
      ['N: a caller was told that lg_one is canceled, and it is not'],
      { ...honest, told: [{ call: 'cancel', outcome: 'answered', login: canceled }] },
    ],
    [
      'a run that failed as a workflow',
      ['N: login lg_one was closed as failed, without a story'],
      { ...withRun({ status: 'failed', record: null }), told: [] },
    ],
    [
      'a second message without a resend or a lost answer',
      ['D: login lg_one sent 2 messages, at most 1'],
      withRequests(send, { ...send, at: at(40) }, ...honest.requests.slice(1)),
    ],
    [
      'a third message after one lost answer',
      ['D: login lg_one sent 3 messages, at most 2'],
      {
        ...withRequests(send, { ...send, at: at(40) }, { ...send, at: at(80) }, ...honest.requests.slice(1)),
        runs: [{ ...run, effects: [{ ...sendIntent, end: 'timed out START_TO_CLOSE' }, ...run.effects] }],
      },
    ],
    [
      'a message before any intent',
      ['D: a send without an intent', 'D: a number was sent more than 1 messages in 29.75 s'],
      withRequests({ ...send, at: at(0.5) }, ...honest.requests),
    ],
    [
      'a message to a number that nobody asked for',
      ['D: a send without an intent'],
      withRequests({ ...send, phone: '+6590000000' }, ...honest.requests),
    ],
    [
      'two messages within the interval',
      ['D: a number was sent more than 1 messages in 29.75 s'],
      {
        ...withRequests(send, { ...send, at: at(9) }, ...honest.requests.slice(1)),
        runs: [{ ...run, resendsGranted: 1 }],
      },
    ],
    [
      'four messages to one number in ten minutes',
      ['D: a number was sent more than 3 messages in 600 s'],
      {
        ...withRequests(
          send,
          ...[40, 80, 120].map((seconds) => ({ ...send, at: at(seconds) })),
          ...honest.requests.slice(1),
        ),
        runs: [{ ...run, resendsGranted: 3 }],
      },
    ],
    [
      'a login verified without any check',
      ['V: login lg_one is verified, and 8x8 did not judge its own right code in time'],
      withRequests(send),
    ],
    [
      'a login verified by a code that 8x8 found wrong',
      ['V: login lg_one is verified, and 8x8 did not judge its own right code in time'],
      withRequests(send, check(10, '222222', 'WAITING'), check(20, '111111', 'WAITING')),
    ],
    [
      'a login verified by another code than the one that was sent',
      ['V: login lg_one is verified, and 8x8 did not judge its own right code in time'],
      withRequests({ ...send, code: '999999' }, ...honest.requests.slice(1)),
    ],
    [
      'a login verified in a session that it did not make',
      ['V: login lg_one is verified, and 8x8 did not judge its own right code in time'],
      withRequests({ ...send, sessionId: 's0' }, ...honest.requests.slice(1)),
    ],
    [
      'a login verified in a session whose code it did not ask for anew',
      ['V: login lg_one is verified, and 8x8 did not judge its own right code in time'],
      withRequests({ ...send, body: { resetSession: false } }, ...honest.requests.slice(1)),
    ],
    [
      'a login verified after its deadline',
      ['V: login lg_one is verified, and 8x8 did not judge its own right code in time'],
      {
        ...withRequests(send, check(10, '222222', 'WAITING'), check(302, '111111', 'VERIFIED')),
        runs: [
          {
            ...run,
            closedAt: begin + 303_000,
            effects: [...run.effects.slice(0, 2), checkIntent(302, '111111', 'completed verified')],
          },
        ],
      },
    ],
    [
      'a login verified although no check came back as such',
      [
        'V: login lg_one is verified, and no answer of 8x8 said so',
        'A: login lg_one has more attempts left than it should',
      ],
      withRun({ effects: [...run.effects.slice(0, 2), checkIntent(20, '111111', 'completed incorrect')] }),
    ],
    [
      'a caller told of a success that there was not',
      ['V: a caller was told that lg_one is verified, and it is not'],
      {
        ...withRun({
          record: {
            login: canceled,
            events: [
              ...events.slice(0, 3),
              { id: 'evt_4', sequence: 4, at: at(20), type: 'login.canceled', data: { reason: 'caller' } },
            ],
          },
        }),
      },
    ],
    [
      'six codes checked in one session',
      [
        'V: session s1 was asked 6 times',
        'V: login lg_one was checked 6 times',
        'A: login lg_one had 6 codes checked and counted 2',
      ],
      withRequests(
        send,
        ...Array.from({ length: 5 }, () => check(10, '222222', 'WAITING')),
        check(20, '111111', 'VERIFIED'),
      ),
    ],
    [
      'a status read without a code',
      ['V: a session was read without a code'],
      withRequests(...honest.requests, { ...check(21, '', 'VERIFIED'), operation: 'read' }),
    ],
    [
      'a check before any intent',
      ['A: a check without an intent'],
      withRequests(send, check(5, '222222', 'WAITING'), ...honest.requests.slice(1)),
    ],
    [
      'a check of a code that nobody submitted',
      ['A: a check without an intent'],
      withRequests(...honest.requests, check(20, '333333', 'VERIFIED')),
    ],
    [
      'more checks than attempts counted',
      ['A: login lg_one had 3 codes checked and counted 2'],
      withRequests(
        send,
        check(10, '222222', 'WAITING'),
        check(11, '222222', 'WAITING'),
        check(20, '111111', 'VERIFIED'),
      ),
    ],
    [
      'a check that was judged and whose attempt was given back',
      ['A: login lg_one had 2 codes checked and counted 1'],
      withRun({
        effects: [
          sendIntent,
          checkIntent(10, '222222', 'failed not-done'),
          checkIntent(20, '111111', 'completed verified'),
        ],
      }),
    ],
    [
      'an attempt that was spent and is still left',
      ['A: login lg_one has more attempts left than it should'],
      withRecord({ login: { ...shown, attemptsLeft: 5 } }),
    ],
  ]

test.for(lies)('%s is a violation', ([, found, evidence, terms]) => {
  expect(judge(evidence, terms).map(({ invariant, what }) => `${invariant}: ${what}`)).toEqual(found)
})

test('a check that 8x8 refused to look at is no attempt', () => {
  const refused = { ...check(9.95, '222222', 'WAITING'), accepted: false, answered: 429 }
  expect(judge(withRequests(send, refused, ...honest.requests.slice(1)))).toEqual([])
})

test('one message more is allowed when an answer was lost', () => {
  const lost: Effect = { ...sendIntent, scheduledAt: begin - 60_000, end: 'completed unknown' }
  const evidence = withRequests({ ...send, at: at(-59) }, ...honest.requests)
  expect(judge({ ...evidence, runs: [{ ...run, effects: [lost, ...run.effects] }] })).toEqual([])
})

test('deadlines are late by an outage at most', () => {
  const late = withRun({ closedAt: begin + 362_000 })
  expect(judge(late, { outageMs: 5000 })).toEqual([])
})

test('of a real login the oracle sees the send, the checks, the run and every answer', async () => {
  const house = await openWatchedHouse()
  const number = aPhone()
  const { id } = await house.login(number)
  await house.submit(id, house.wrongCodeFor(number))
  await house.submit(id, house.codeFor(number))
  const seen = await house.gather()
  expect(seen.requests.map(({ operation }) => operation)).toEqual(['send', 'check', 'check'])
  expect(seen.told.map(({ call, login: told }) => [call, told?.id])).toEqual([
    ['start', id],
    ['submitCode', id],
    ['submitCode', id],
  ])
  expect(seen.runs).toHaveLength(1)
  expect(seen.runs[0]).toMatchObject({
    status: 'completed',
    isDisabled: false,
    resendsGranted: 0,
    input: { loginId: id, phone: number.e164 },
    record: { login: { status: 'verified' } },
    effects: [
      { type: 'sendCode', end: 'completed sent' },
      { type: 'checkCode', end: 'completed incorrect', challenge: seen.requests[0]?.sessionId },
      { type: 'checkCode', end: 'completed verified', code: house.codeFor(number) },
    ],
  })
  expect(judge(seen, { isOver: true })).toEqual([])
})

test('a message and a check that did not go through a login are seen in what 8x8 has logged', async () => {
  const house = await openWatchedHouse()
  const path = `${house.sandboxUrl}/api/v2/subaccounts/acme/sessions`
  const headers = { authorization: 'Bearer sandbox-key', 'content-type': 'application/json' }
  const body = JSON.stringify({ destination: aPhone().e164, resetSession: true })
  const sent = (await (await fetch(path, { method: 'POST', headers, body })).json()) as { sessionId: string }
  await fetch(`${path}/${sent.sessionId}?code=1234`, { headers })
  const found = await house.violations()
  expect(found.map(({ invariant }) => invariant)).toEqual(['D', 'A'])
})
