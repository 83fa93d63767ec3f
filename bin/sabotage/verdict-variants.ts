/** What 8x8 says, and what it did not get to say. */
import type { Variant } from './variant.ts'

const trouble = 'test/workflows/trouble.test.ts'
const story = 'test/workflows/login.test.ts'

export const verdictVariants: readonly Variant[] = [
  {
    name: 'ask 8x8 without the code',
    file: 'activities/eight-by-eight/client.ts',
    from: 'new URLSearchParams({ code: request.code })',
    to: 'new URLSearchParams()',
    test: story,
    title: 'a login is verified by its own code',
  },
  {
    name: 'believe VERIFIED about another session',
    file: 'activities/eight-by-eight/outcome.ts',
    from: '    session.challenge === request.challenge &&\n',
    to: '',
    test: trouble,
    title: 'ATT-6: a check that may have happened spends one attempt',
  },
  {
    name: 'believe VERIFIED about another number',
    file: 'activities/eight-by-eight/outcome.ts',
    from: "(namesOnly(session, request.phone) || (verdict.outcome !== 'verified' && session.phones.length === 0))",
    to: 'true',
    test: trouble,
    title: 'ATT-6: a check that may have happened spends one attempt',
  },
  {
    name: 'take an unknown status for verified',
    file: 'activities/eight-by-eight/outcome.ts',
    from: "      return { outcome: 'unknown', cause: 'unknown_status' }",
    to: "      return { outcome: 'verified' }",
    test: trouble,
    title: 'ATT-6: a check that may have happened spends one attempt',
  },
  {
    name: 'repeat a check whose answer was lost',
    file: 'activities/check-code.ts',
    from: "      if (checked.outcome !== 'not_done') return checked",
    to: "      if (checked.outcome === 'unknown') throw notDone(checked.cause, undefined, undefined)\n      if (checked.outcome !== 'not_done') return checked",
    test: trouble,
    title: 'ATT-6: a check that may have happened spends one attempt',
  },
  {
    name: 'repeat a send whose answer was lost, blindly',
    file: 'activities/send-code.ts',
    from: "      if (sent.outcome !== 'not_done') return sent",
    to: "      if (sent.outcome === 'unknown') throw notDone(sent.cause, undefined, undefined)\n      if (sent.outcome !== 'not_done') return sent",
    test: trouble,
    title: 'row 32: two answers lost end the login',
  },
  {
    name: 'give a lost check’s attempt back',
    file: 'workflows/checking.ts',
    from: '{ cause: result.cause, spent: true, attemptsLeft: spent }',
    to: '{ cause: result.cause, spent: false, attemptsLeft: run.login.attemptsLeft }',
    test: trouble,
    title: 'ATT-6: a check that may have happened spends one attempt',
  },
  {
    name: 'keep the attempt of a check that never happened',
    file: 'workflows/checking.ts',
    from: "  return outcome === 'not_done' || outcome === 'unauthorized' || outcome === 'after-reset'",
    to: "  return outcome === 'after-reset'",
    test: trouble,
    title: 'ATT-6: a check that certainly did not happen gives the attempt back',
  },
  {
    name: 'believe any expiresAt',
    file: 'domain/deadline.ts',
    from: 'const believed = theirs > sentAt && theirs <= sentAt + MAX_BELIEVED_EXPIRY_SECONDS * 1000',
    to: 'const believed = MAX_BELIEVED_EXPIRY_SECONDS > 0',
    test: trouble,
    title: 'EXP-5: an expiresAt that is',
  },
]
