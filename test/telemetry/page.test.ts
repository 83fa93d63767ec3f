import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  HIGH_WRONG_RATIO,
  LEAST_CHECKS,
  LEAST_SENDS,
  LOW_CONVERSION,
  MOST_WRONG,
} from '../../platform/limits/conversion.ts'
import { anchorsOf, pageAt, read, root } from '../docs/pages.ts'
import { alerts, documented, metricsIn, panels, recorded, ruleText, toldAlerts } from './files.ts'

const names = documented.map(({ name }) => name)
/** Of the SDK and of Node: told as groups. */
const isOfGroup = (name: string) => /^(temporal|nodejs|process)_/.test(name)

test('names are as Prometheus has them: counters end in _total, histograms are of seconds', () => {
  expect(names.length).toBeGreaterThan(10)
  for (const { name, kind } of documented) {
    if (kind === 'counter') expect(name).toMatch(/^postern_\w+_total$/)
    else if (kind === 'histogram') expect(name).toMatch(/_seconds$/)
    else expect([name, kind]).toEqual([expect.not.stringMatching(/_(total|seconds)$/), 'gauge'])
  }
})

describe('OPS-8: what a rule or a panel asks for is there to be asked for', () => {
  test('rules', () => {
    const asked = metricsIn(ruleText)
    expect(asked.length).toBeGreaterThan(12)
    const known = [...names, ...recorded]
    expect(asked.filter((name) => !known.includes(name) && !isOfGroup(name))).toEqual([])
  })

  test.each(panels.filter(({ targets }) => targets !== undefined))('$title', ({ targets = [] }) => {
    const asked = targets.flatMap(({ expr }) => metricsIn(expr))
    expect(asked).not.toEqual([])
    const known = [...names, ...recorded]
    expect(asked.filter((name) => !known.includes(name) && !isOfGroup(name))).toEqual([])
  })

  test('and every metric of the page is on the dashboard', () => {
    const shown = panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsIn(expr)))
    expect([...names, ...recorded].filter((name) => !shown.includes(name))).toEqual([])
  })
})

test('the dashboard has its rows', () => {
  const rows = panels.filter(({ targets }) => targets === undefined).map(({ title }) => title)
  expect(rows).toEqual(['Logins', '8x8', 'HTTP', 'Limits', 'Webhooks', 'Temporal worker'])
})

test('the page tells every alert with its severity, in the order of the file', () => {
  expect(alerts.length).toBeGreaterThan(10)
  expect(toldAlerts).toEqual(alerts.map(({ name, severity }) => `${name} ${severity ?? ''}`))
})

describe('an alert says where it is written what to do', () => {
  test.each(alerts)('$name', ({ runbook = '', severity }) => {
    expect(['critical', 'warning']).toContain(severity)
    const [page = '', anchor] = runbook.split('#')
    expect(existsSync(join(root, page))).toBe(true)
    expect(anchorsOf(pageAt(page))).toContain(anchor)
  })
})

test('every alert has a scenario that raises it', () => {
  const scenarios = read('deploy/observability/alerts.test.yaml')
  const raised = [...scenarios.matchAll(/\{alertname="(\w+)"\}/g)].map(([, name = '']) => name)
  expect([...new Set(raised)].sort()).toEqual(alerts.map(({ name }) => name).sort())
})

test('FRD-6, ATT-9: the alerts think as the worker does that alarms in its log', () => {
  const textOf = (wanted: string) => alerts.find(({ name }) => name === wanted)?.text ?? ''
  expect(textOf('PosternConversionFell')).toContain(`ratio_1h < ${LOW_CONVERSION}`)
  expect(textOf('PosternConversionFell')).toContain(`>= ${LEAST_SENDS}`)
  expect(textOf('PosternCodesGuessed')).toContain(`> ${HIGH_WRONG_RATIO}`)
  expect(textOf('PosternCodesGuessed')).toContain(`>= ${LEAST_CHECKS}`)
  expect(textOf('PosternCodesGuessed')).toContain(`> ${MOST_WRONG}`)
})
