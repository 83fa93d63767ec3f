import { expect, test } from 'vitest'
import {
  ADDRESS_LIMITS,
  APP_LIMIT,
  CAP_ALARM,
  PREFIX_LIMIT,
  REFUSED_ADDRESS_LIMIT,
} from '../../domain/limits.ts'
import { variables } from '../../platform/config/variables.ts'
import { parseBlocks } from '../../platform/limits/blocks-file.ts'
import {
  HIGH_WRONG_RATIO,
  LEAST_CHECKS,
  LEAST_SENDS,
  LOW_CONVERSION,
  MOST_WRONG,
} from '../../platform/limits/conversion.ts'
import { pageAt } from './pages.ts'

const { text } = pageAt('docs/limits.md')

test('FRD-3, FRD-5: the page says the limits that are enforced', () => {
  const words: Readonly<Record<number, string>> = { 60: 'a minute', 3600: 'an hour', 86_400: 'a day' }
  const say = ({ most, seconds }: { most: number; seconds: number }) => `${most} ${words[seconds] ?? ''}`
  const defaults = variables.parse({})
  expect(text).toContain(`| ${say(REFUSED_ADDRESS_LIMIT)} | 429 \`too-many-requests\`, \`address\` |`)
  expect(text).toContain(`| ${ADDRESS_LIMITS.map(say).join(', ')} | 429, \`address\` |`)
  expect(text).toContain(`| ${say(APP_LIMIT)} | 429, \`app\` |`)
  expect(text).toContain(`| ${say(PREFIX_LIMIT)} | 429, \`prefix\` |`)
  expect(text).toContain(`| ${defaults.SENDS_PER_DAY_COUNTRY} a day | 429, \`country\` |`)
  expect(text).toContain(`| ${defaults.SENDS_PER_DAY} a day | 429, \`app-day\` |`)
  expect(text).toContain(`| ${defaults.SENDS_PER_DAY_OVERALL} a day | 429, \`all-day\` |`)
  expect(text).toContain(`**At ${CAP_ALARM * 100} %**`)
})

test('FRD-6, ATT-9: the page says when the log alarms', () => {
  expect(text).toContain(`Below ${LOW_CONVERSION * 100} %, with at least ${LEAST_SENDS} messages`)
  expect(text).toContain(
    `More than ${MOST_WRONG} wrong codes in ten minutes over all phones, or more than ${HIGH_WRONG_RATIO * 100} % of at least ${LEAST_CHECKS}`,
  )
})

test('FRD-11: the page’s blocks are taken', () => {
  const json = /```json\n([^`]+)```/.exec(text)?.[1] ?? ''
  expect(parseBlocks(json)).toHaveLength(2)
})
