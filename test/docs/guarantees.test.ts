import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { chargeCheck, decideStart, freshBudget, sendEnded } from '../../domain/budget.ts'
import { defaultPolicy } from '../../domain/policy.ts'
import { pageAt, root, sectionsOf, titlesIn } from './pages.ts'

const page = pageAt('docs/guarantees.md')
const witnesses = [...page.text.matchAll(/^- `(test\/[^`]+)`: (.+)$/gm)].map(([, path = '', title = '']) => {
  return { path, title }
})

test('the page calls witnesses', () => {
  expect(witnesses.length).toBeGreaterThan(50)
})

test.each(witnesses)('$path has the test that the page names: $title', ({ path, title }) => {
  expect(existsSync(join(root, path))).toBe(true)
  expect(titlesIn(path)).toContain(title)
})

describe('every promise has a test', () => {
  const promises = [...sectionsOf(page)].filter(([heading]) => heading !== 'What cannot be promised')
  test.each(promises)('%s', (_, section) => {
    expect(section).toMatch(/^- `test\//m)
  })
})

test('ATT-8: whoever starts and guesses as fast as the budget lets him disables a number after 20 logins and 33 hours', () => {
  const begunAt = Date.UTC(2026, 0, 1)
  let budget = freshBudget
  let now = begunAt
  let logins = 0
  for (;;) {
    const decision = decideStart(budget, 'login', now, defaultPolicy)
    if (decision.outcome === 'granted') {
      logins += 1
      budget = sendEnded(decision.budget, 'login', now, defaultPolicy)
      for (let n = 0; n < defaultPolicy.maxAttempts; n += 1) budget = chargeCheck(budget, 'login', now)
    } else if (decision.denial.retryAt === undefined) break
    else now = decision.denial.retryAt
  }
  const hours = (now - begunAt) / 3_600_000
  expect({ logins, hours }).toEqual({ logins: 20, hours: 33 })
  expect(page.text).toContain('takes 20 logins and 33 hours at least')
})
