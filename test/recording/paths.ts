/**
 * Every way that a run of our workflows can go, to be recorded once: what is set up, what is said to it, how it ends.
 * Those that messages under way and webhooks add are in `delivery-paths.ts`.
 */
import { randomUUID } from 'node:crypto'
import { WithStartWorkflowOperation } from '@temporalio/client'
import { expect } from 'vitest'
import type { Activities } from '../../activities/index.ts'
import { freshBudget } from '../../domain/budget.ts'
import type { Login } from '../../domain/login.ts'
import type { Phone } from '../../domain/phone.ts'
import type { StartRequest } from '../../api/gateway.ts'
import { startedUpdateId, type LoginInput, type LoginMemo } from '../../workflows/messages.ts'
import type { Fault } from '../../sandbox/faults.ts'
import type { House, HouseOptions } from '../support/house.ts'
import { plant } from '../support/plant.ts'
import { promote, startVersion } from '../support/versions.ts'

export type Stage = { readonly house: House; readonly phone: Phone }
export type Played = Stage & { readonly login: Login; readonly runId: string }

export type Path = {
  /** Of the file, without `.json`. */
  readonly name: string
  /** As `npm run replay` tells it: `failed/operator`, `terminated`, `open`. */
  readonly ends: string
  readonly options?: HouseOptions
  /** What only some apps have; `start` is not for these. */
  readonly with?: Pick<LoginInput, 'ladder' | 'endpoints'>
  /** In the place of the real one, made anew for each recording. */
  readonly announceEvents?: () => Activities['announceEvents']
  readonly before?: (stage: Stage) => unknown
  readonly start?: Partial<StartRequest>
  /** In the place of a start by the API. */
  readonly begin?: (stage: Stage) => Promise<unknown>
  readonly play?: (played: Played) => Promise<unknown>
  /** Default: the run that the start made. */
  readonly recorded?: 'newest'
}

/** 8x8 meets the next send, or so many, with this. */
export const onSend =
  (fault: Fault, times: number | 'always' = 1) =>
  ({ house }: Stage) => {
    house.sandbox.fault({ operation: 'send', times, fault })
  }

const onCheck = ({ house }: Stage, fault: Fault, times: number | 'always' = 1) => {
  house.sandbox.fault({ operation: 'check', times, fault })
}

export const submit = ({ house, phone, login }: Played) => house.submit(login.id, house.codeFor(phone))
export const submitWrong = ({ house, phone, login }: Played, n = 1) =>
  house.submit(login.id, house.wrongCodeFor(phone, n))
export const handleOf = ({ house, phone, runId }: Played) =>
  house.client.workflow.getHandle(house.workflowId(phone), runId)
const signal = (played: Played, message: unknown) => handleOf(played).signal('userCode', message)

async function fiveWrong(played: Played): Promise<void> {
  for (const n of [1, 2, 3, 4, 5]) await submitWrong(played, n)
}

/** A second start, as soon as the number may be sent to again. */
async function startAgain({ house, phone }: Stage): Promise<void> {
  await expect.poll(() => house.start(phone)).toMatchObject({ outcome: 'started' })
}

async function resendWhenPossible({ login }: Played): Promise<void> {
  const at = Date.parse(login.resendAfter ?? '')
  await expect.poll(() => Date.now() > at).toBe(true)
}

/** A start whose budget the API has not looked at: its clock is another, or a second API was there before it. */
const beginWith =
  (of: (now: number) => Partial<LoginInput>, timeout?: string) =>
  async ({ house, phone }: Stage): Promise<void> => {
    const workflowId = house.workflowId(phone)
    const loginId = house.identity.newLoginId(workflowId)
    const input: LoginInput = {
      loginId,
      previousRunId: null,
      app: 'acme',
      phone: phone.e164,
      maskedPhone: phone.masked,
      country: phone.country,
      channel: 'sms',
      brand: 'Acme',
      purpose: 'login',
      policy: house.policy,
      budget: freshBudget,
      ...of(Date.now()),
    }
    const { budget, previousRunId, app } = input
    const memo: LoginMemo = { loginId, previousRunId, app, budget, idempotencyKeys: [] }
    const startWorkflowOperation = new WithStartWorkflowOperation('login', {
      workflowId,
      taskQueue: house.taskQueue,
      args: [input],
      memo,
      workflowIdConflictPolicy: 'FAIL',
      ...(timeout === undefined ? {} : { workflowExecutionTimeout: timeout }),
    })
    const updateId = startedUpdateId(null)
    await house.client.workflow.executeUpdateWithStart('started', { updateId, startWorkflowOperation })
  }

/** `temporal workflow reset` to just after the first workflow task. */
async function reset(played: Played): Promise<void> {
  const { house, phone, runId } = played
  const { events } = await handleOf(played).fetchHistory()
  const completed = events?.find((event) => event.workflowTaskCompletedEventAttributes)
  if (!completed?.eventId) throw new Error('no workflow task has been completed')
  await house.client.workflowService.resetWorkflowExecution({
    namespace: house.namespace,
    workflowExecution: { workflowId: house.workflowId(phone), runId },
    reason: 'asked for by somebody',
    requestId: randomUUID(),
    workflowTaskFinishEventId: completed.eventId,
  })
}

const away = 'http://127.0.0.1:1'

export const paths: readonly Path[] = [
  { name: 'verified', ends: 'verified', play: submit },
  {
    name: 'verified-at-the-second-try-by-signal',
    ends: 'verified',
    async play(played) {
      await submitWrong(played)
      await signal(played, { code: played.house.codeFor(played.phone) })
    },
  },
  {
    name: 'verified-enrolment',
    ends: 'verified',
    start: {
      purpose: 'enrolment',
      channel: 'call',
      language: 'en-SG',
      userId: 'user 7',
      nonce: 'n-0S6_WzA2Mj',
      clientIp: '203.0.113.9',
    },
    play: submit,
  },
  {
    name: 'verified-on-a-pinned-version',
    ends: 'verified',
    options: { worker: 'none', forProcesses: true },
    async before({ house }) {
      await startVersion(house, '0.1.0')
      await promote(house, '0.1.0')
    },
    play: submit,
  },
  {
    name: 'verified-by-another-worker',
    ends: 'verified',
    options: { worker: 'own' },
    async play(played) {
      await submitWrong(played)
      await played.house.restartWorker()
      await submit(played)
    },
  },
  {
    name: 'verified-after-malformed-signals',
    ends: 'verified',
    async play(played) {
      await signal(played, { code: '12' })
      await signal(played, 'not a message')
      await signal(played, {
        code: played.house.codeFor(played.phone),
        submissionId: 'once',
        attemptsLeft: 99,
      })
    },
  },
  {
    name: 'verified-with-a-code-that-came-while-sending',
    ends: 'verified',
    before: onSend({ kind: 'delay', ms: 1500 }),
    start: { waitSeconds: 1 },
    play: submit,
  },
  {
    name: 'verified-after-two-codes-at-once',
    ends: 'verified',
    play: (played) => Promise.all([submitWrong(played, 1), submitWrong(played, 2), submit(played)]),
  },
  {
    name: 'failed-after-five-wrong-codes',
    ends: 'failed/too_many_attempts',
    play: fiveWrong,
  },
  {
    name: 'failed-and-disabled-until-cleared',
    ends: 'failed/too_many_attempts',
    before: ({ house, phone }) =>
      plant(house, phone, { failures: { count: 99, lastAt: Date.now() - 2 * 3_600_000 } }),
    async play(played) {
      await submitWrong(played, 1)
      const { house, phone } = played
      await house.gateway.clearNumber('acme', phone, {
        by: 'eve@example.com',
        why: 'identity proven at the desk',
      })
    },
  },
  {
    name: 'verified-after-an-operator-cleared-a-failure',
    ends: 'verified',
    async play(played) {
      const { house, phone, login } = played
      await house.submit(login.id, house.wrongCodeFor(phone))
      await house.gateway.clearNumber('acme', phone, { by: 'eve@example.com', why: 'asked at the desk' })
      await submit(played)
    },
  },
  {
    name: 'failed-because-the-number-was-refused',
    ends: 'failed/phone_refused',
    before: onSend({ kind: 'status', status: 400, code: 1002 }),
  },
  {
    name: 'failed-because-8x8-refused-the-key',
    ends: 'failed/provider_refused',
    before: onSend({ kind: 'status', status: 401, code: 1200 }),
  },
  {
    name: 'failed-because-8x8-forgot-the-session',
    ends: 'failed/provider_refused',
    async play(played) {
      onCheck(played, { kind: 'status', status: 404, code: 1404 })
      await submit(played)
    },
  },
  {
    name: 'failed-because-8x8-was-away',
    ends: 'failed/provider_unavailable',
    options: { baseUrl: away, policy: { codeValiditySeconds: 3 } },
  },
  {
    name: 'failed-because-two-answers-were-lost',
    ends: 'failed/provider_unavailable',
    before: onSend({ kind: 'status-after', status: 500 }, 'always'),
  },
  {
    name: 'failed-because-the-budget-was-spent-meanwhile',
    ends: 'failed/provider_unavailable',
    options: { worker: 'own' },
    begin: beginWith((now) => ({ budget: { ...freshBudget, sends: [now - 3000, now - 2000, now - 1000] } })),
  },
  {
    name: 'failed-because-an-operator-canceled',
    ends: 'failed/operator',
    play: (played) => handleOf(played).cancel(),
  },
  {
    name: 'failed-because-an-operator-canceled-while-sending',
    ends: 'failed/operator',
    options: { baseUrl: away },
    start: { waitSeconds: 1 },
    play: (played) => handleOf(played).cancel(),
  },
  { name: 'failed-after-a-reset', ends: 'failed/operator', play: reset, recorded: 'newest' },
  {
    name: 'expired',
    ends: 'expired/deadline',
    options: { policy: { codeValiditySeconds: 2 } },
  },
  {
    name: 'expired-by-8x8',
    ends: 'expired/deadline',
    async play(played) {
      onCheck(played, { kind: 'merge', members: { status: 'EXPIRED' } })
      await submit(played)
    },
  },
  {
    name: 'expired-before-a-worker-came',
    ends: 'expired/deadline',
    options: { worker: 'none', policy: { codeValiditySeconds: 1 } },
    start: { waitSeconds: 0 },
    async play({ house, login }) {
      const at = Date.parse(login.createdAt) + 1100
      await expect.poll(() => Date.now() > at).toBe(true)
      await house.startWorker()
    },
  },
  { name: 'canceled', ends: 'canceled/caller', play: ({ house, login }) => house.cancel(login.id) },
  {
    name: 'canceled-while-sending',
    ends: 'canceled/caller',
    options: { baseUrl: away },
    start: { waitSeconds: 1 },
    play: ({ house, login }) => house.cancel(login.id),
  },
  { name: 'superseded', ends: 'superseded/newer_login', play: startAgain },
  {
    name: 'superseded-while-sending',
    ends: 'superseded/newer_login',
    before: onSend({ kind: 'hang' }),
    options: { sendTimeoutMs: 8000 },
    start: { waitSeconds: 1 },
    play: startAgain,
  },
  {
    name: 'resent-by-call',
    ends: 'verified',
    async play(played) {
      await resendWhenPossible(played)
      await played.house.resend(played.login.id, 'call')
      await submit(played)
    },
  },
  {
    name: 'resend-refused-by-8x8',
    ends: 'verified',
    async play(played) {
      await resendWhenPossible(played)
      onSend({ kind: 'status', status: 400, code: 1003 })(played)
      await played.house.resend(played.login.id)
      await submit(played)
    },
  },
  {
    name: 'sent-again-after-a-lost-answer',
    ends: 'verified',
    before: onSend({ kind: 'drop-after' }),
    play: submit,
  },
  {
    name: 'sent-again-at-once-inside-the-interval',
    ends: 'verified',
    options: { policy: { resendIntervalSeconds: 30 } },
    before: onSend({ kind: 'status', status: 500 }),
    play: submit,
  },
  {
    name: 'sent-after-a-guarded-repeat-that-did-not-get-through',
    ends: 'verified',
    options: { policy: { resendIntervalSeconds: 14 } },
    start: { waitSeconds: 30 },
    before(stage) {
      onSend({ kind: 'drop-after' })(stage)
      onSend({ kind: 'status', status: 429 })(stage)
    },
    play: submit,
  },
  {
    name: 'sent-after-8x8-found-it-too-early',
    ends: 'verified',
    before: onSend({ kind: 'status', status: 403, code: 1400 }),
    play: submit,
  },
  {
    name: 'sent-after-the-interval-of-another-start',
    ends: 'verified',
    options: { worker: 'own' },
    begin: beginWith((now) => ({ budget: { ...freshBudget, earliestSendAt: now + 1500 } })),
    play: submit,
  },
  {
    name: 'checked-again-after-a-lost-answer',
    ends: 'verified',
    async play(played) {
      onCheck(played, { kind: 'drop-after' })
      await submit(played)
      await submit(played)
    },
  },
  {
    name: 'checked-again-after-a-check-that-never-happened',
    ends: 'verified',
    async play(played) {
      onCheck(played, { kind: 'status', status: 429, headers: { 'retry-after': '99999' } }, 'always')
      await submit(played)
      played.house.sandbox.clearFaults()
      onCheck(played, { kind: 'status', status: 401, code: 1200 })
      await submit(played)
      await submit(played)
    },
  },
  {
    name: 'terminated',
    ends: 'terminated',
    play: (played) => handleOf(played).terminate('asked for by somebody'),
  },
  {
    name: 'timed-out',
    ends: 'timed out',
    options: { worker: 'own' },
    begin: beginWith(() => ({}), '3 seconds'),
  },
  {
    name: 'cleared-between-two-logins',
    ends: 'completed',
    recorded: 'newest',
    async play(played) {
      await played.house.cancel(played.login.id)
      const { house, phone } = played
      await house.gateway.clearNumber('acme', phone, { by: 'eve@example.com', why: 'asked at the desk' })
    },
  },
]
