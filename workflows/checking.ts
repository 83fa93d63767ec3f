/**
 * One code, one question to 8x8, one verdict. The attempt is counted before the question leaves (ATT-5): by the check's
 * schedule in the history. The memo follows with the verdict; of a run that never comes to one, the next start counts
 * the attempt (`api/login-gateway/cut-off.ts`).
 */
import { proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import { chargeCheck, checkNeverHappened, checkSucceeded, isDisabled } from '../domain/budget.ts'
import { isFinal } from '../domain/login.ts'
import { checkOptions } from './activity-options.ts'
import { takeChecked, toEffectFailure, type EffectFailure } from './effects.ts'
import type { CodeAnswer } from './messages.ts'
import { record, saveBudget, setBusy, view, type Run } from './run.ts'

type CheckResult = ReturnType<typeof takeChecked> | EffectFailure

export async function checkCode(run: Run, code: string): Promise<CodeAnswer> {
  const { purpose } = run.input
  const before = run.budget
  run.budget = chargeCheck(run.budget, purpose, Date.now())
  const charged = run.budget
  const result = await check(run, code)
  // Before the events: what is told with them says whether the number is disabled.
  if (result.outcome === 'verified') run.budget = checkSucceeded(run.budget, purpose)
  // An operator may have forgiven all failures meanwhile, this one too.
  if (wasNeverAsked(result) && run.budget === charged) {
    run.budget = checkNeverHappened(charged, purpose, before)
  }
  judge(run, result)
  saveBudget(run)
  return { ...verdict(run, result), login: view(run) }
}

async function check(run: Run, code: string): Promise<CheckResult> {
  const { input, challenge } = run
  if (challenge === undefined) throw new Error('a check needs a challenge of this login’s own')
  const attempt = input.policy.maxAttempts - run.login.attemptsLeft + 1
  const { checkCode: ask } = proxyActivities<Activities>(
    checkOptions(`attempt ${attempt} of ${input.policy.maxAttempts}`),
  )
  setBusy(run, 'checking')
  const result = await ask({
    phone: input.phone,
    challenge,
    code,
    originalRunId: workflowInfo().originalExecutionRunId,
    app: input.app,
    country: input.country,
    channel: run.login.channel,
  }).then(takeChecked, (error: unknown) => toEffectFailure(error, 'timeout'))
  setBusy(run, undefined)
  return result
}

/** What the answer means for the login. Only `verified` may verify it (design idea 3). */
function judge(run: Run, result: CheckResult): void {
  // The hundredth failure in a row is the last one, whatever the login has left (ATT-2).
  const spent = isDisabled(run.budget) ? 0 : run.login.attemptsLeft - 1
  switch (result.outcome) {
    case 'verified':
      return record(run, { type: 'login.verified', data: { channel: run.login.channel } })
    case 'incorrect': {
      const counted = run.input.policy.maxAttempts - (result.attempt ?? 0)
      return reject(run, Math.max(0, Math.min(spent, counted)))
    }
    case 'exhausted':
      return reject(run, 0)
    case 'expired':
      return record(run, { type: 'login.expired', data: { reason: 'deadline' } })
    case 'unknown':
      record(run, {
        type: 'login.check_failed',
        data: { cause: result.cause, spent: true, attemptsLeft: spent },
      })
      if (spent === 0) record(run, { type: 'login.failed', data: { reason: 'too_many_attempts' } })
      return
    case 'gone':
    case 'refused': {
      const cause = result.outcome === 'gone' ? 'gone' : result.refusal
      record(run, { type: 'login.check_failed', data: { cause, spent: true, attemptsLeft: spent } })
      return record(run, { type: 'login.failed', data: { reason: 'provider_refused', cause } })
    }
    case 'unauthorized':
    case 'not_done': {
      const cause = result.outcome === 'unauthorized' ? 'credentials' : result.cause
      const { attemptsLeft } = run.login
      return record(run, { type: 'login.check_failed', data: { cause, spent: false, attemptsLeft } })
    }
    case 'after-reset':
      return record(run, { type: 'login.failed', data: { reason: 'operator', cause: 'reset' } })
  }
}

function reject(run: Run, attemptsLeft: number): void {
  record(run, { type: 'login.code_rejected', data: { attemptsLeft } })
  if (attemptsLeft === 0) record(run, { type: 'login.failed', data: { reason: 'too_many_attempts' } })
}

function verdict(run: Run, result: CheckResult): Omit<CodeAnswer, 'login'> {
  switch (result.outcome) {
    case 'verified': {
      const { phone, nonce } = run.input
      return { outcome: 'verified', terms: { phone, ...(nonce === undefined ? {} : { nonce }) } }
    }
    case 'incorrect':
    case 'exhausted':
      return { outcome: 'incorrect' }
    case 'not_done':
      return { outcome: 'unavailable', retryAfterSeconds: waitSeconds(run, result.retryAfterSeconds) }
    default:
      return isFinal(run.login.status)
        ? { outcome: 'closed' }
        : { outcome: 'unavailable', retryAfterSeconds: 1 }
  }
}

/** As 8x8 asks, but at least a second and no longer than the login has left (fault row 27). */
function waitSeconds({ login }: Run, asked = 1): number {
  const left = Math.ceil((Date.parse(login.expiresAt ?? '') - Date.now()) / 1000)
  return Math.max(1, Math.min(asked, left))
}

function wasNeverAsked({ outcome }: CheckResult): boolean {
  return outcome === 'not_done' || outcome === 'unauthorized' || outcome === 'after-reset'
}
