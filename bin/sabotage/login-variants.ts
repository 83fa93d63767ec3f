/** What a login promises: its budget, its order, its end. */
import type { Variant } from './variant.ts'

const story = 'test/workflows/login.test.ts'
const races = 'test/workflows/races.test.ts'
const budget = 'test/workflows/budget.test.ts'
const receipts = 'test/workflows/receipts.test.ts'
const ladder = 'test/workflows/ladder.test.ts'
const idempotency = 'test/workflows/idempotency.test.ts'

export const loginVariants: readonly Variant[] = [
  {
    name: 'count an attempt after the check',
    file: 'workflows/checking.ts',
    from: '  saveBudget(run)\n  const result = await check(run, code)',
    to: '  const result = await check(run, code)',
    test: budget,
    title: 'ATT-5: an attempt is in the memo before the check leaves',
  },
  {
    name: 'a budget for each login instead of the number',
    file: 'api/login-gateway/start.ts',
    from: 'let budget = before ? before.budget : freshBudget',
    to: 'let budget: Budget | undefined = freshBudget',
    test: budget,
    title: 'FRD-2: a fourth send within ten minutes is denied',
  },
  {
    name: 'a new login forgives the failures',
    file: 'domain/budget.ts',
    from: '    sends: [...recent(budget.sends), now],',
    to: '    failures: none,\n    sends: [...recent(budget.sends), now],',
    test: budget,
    title: 'ATT-3: neither a new login nor a resend resets the failures',
  },
  {
    name: 'a resend gives the attempts back',
    file: 'domain/login.ts',
    from: "return { ...login, status, channel, expiresAt, resendAfter, resendsLeft, delivery: 'sent' }",
    to: "return { ...login, attemptsLeft: 5, status, channel, expiresAt, resendAfter, resendsLeft, delivery: 'sent' }",
    test: story,
    title: 'a resend may change to a voice call',
  },
  {
    name: 'no deadline',
    file: 'workflows/alarm.ts',
    from: '    isPast: () => armedFor !== undefined &&',
    to: "    isPast: () => armedFor === '' &&",
    test: story,
    title: 'EXP-6: a no-show ends at the deadline by itself',
  },
  {
    name: 'a start that is not tied to the run it was decided on',
    file: 'workflows/messages.ts',
    from: '  return `after:${previousRunId ?? ',
    to: '  return `after:${Math.random()}${previousRunId ?? ',
    test: races,
    title: 'a start that read the budget, slept',
  },
  {
    name: 'send and check after an operator’s reset',
    file: 'activities/refusals.ts',
    from: '  if (activityInfo().workflowExecution?.runId === originalRunId) return\n',
    to: '  if (activityInfo().workflowExecution?.runId !== originalRunId.slice(1)) return\n',
    test: 'test/faults/operator.test.ts',
    title: 'row 48: a reset to before',
  },
  {
    name: 'answer another app about a login',
    file: 'api/login-gateway/runs.ts',
    from: "return found.outcome === 'run' && found.run.memo.app !== appName ? { outcome: 'none' } : found",
    to: "return appName === '' ? { outcome: 'none' } : found",
    test: races,
    title: 'BIND-7: a login id of one app is nothing to another app',
  },
  {
    name: 'take what another app says to a login',
    file: 'workflows/mailbox.ts',
    from: '(message.loginId ?? loginId) === loginId && (message.app ?? app) === app',
    to: '(message.loginId ?? loginId) === loginId',
    test: races,
    title: 'BIND-7: a login id of one app is nothing to another app',
  },
  {
    name: 'let an enrolment supersede a live login',
    file: 'workflows/mailbox.ts',
    from: "const isInTheWay = next.purpose === 'enrolment' && !closed()",
    to: 'const isInTheWay = false',
    test: story,
    title: 'an enrolment never supersedes a live login',
  },
  {
    name: 'take in more codes than there are attempts',
    file: 'workflows/mailbox.ts',
    from: 'mailbox.pendingCodes >= run.login.attemptsLeft',
    to: 'mailbox.pendingCodes < 0',
    test: story,
    title: 'ATT-5: a code beyond the attempts that are left',
  },
  {
    name: 'check a submission as often as it comes',
    file: 'workflows/mailbox.ts',
    from: '    if (known) return known\n',
    to: '',
    test: story,
    title: 'RPL-8: the same submission twice',
  },
  {
    name: 'close a disabled number’s run',
    file: 'workflows/login.ts',
    from: '  if (isDisabled(run.budget)) {',
    to: '  if (isDisabled(run.budget) && run.budget.sends.length > 99) {',
    test: budget,
    title: 'ATT-2: the hundredth failure in a row disables the number',
  },
  {
    name: 'the same answer to another body',
    file: 'api/login-gateway.ts',
    from: 'const isSame = spoken.answer.fingerprint === idempotency?.fingerprint',
    to: 'const isSame = spoken.answer.fingerprint !== "" || idempotency === undefined',
    test: idempotency,
    title: 'RPL-5: a key that came with another code is a conflict',
  },
  {
    name: 'let a receipt verify a login',
    file: 'workflows/delivery.ts',
    from: "        if (said === 'delivered') record(run, { type: 'login.delivered', data: { channel } })",
    to: "        if (said === 'delivered') record(run, { type: 'login.verified', data: { channel } })",
    test: receipts,
    title: 'WHI-2: a receipt that says delivered',
  },
  {
    name: 'let a receipt fail a login',
    file: 'workflows/delivery.ts',
    from: "        if (said === 'undelivered') recordUndelivered(run, channel, cause)",
    to: "        if (said === 'undelivered') record(run, { type: 'login.failed', data: { reason: 'phone_refused' } })",
    test: receipts,
    title: 'WHI-2: a receipt that says undelivered',
  },
  {
    name: 'let the ladder call without asking the budget',
    file: 'domain/ladder.ts',
    from: '  const decision = decideSend(budget, purpose, now, policy)',
    to: "  const decision = policy.sendLimits.length > 0 ? { outcome: 'granted' as const } : decideSend(budget, purpose, now, policy)",
    test: ladder,
    title: 'no call follows when the budget has no send left',
  },
]
