import { describe, expect, test } from 'vitest'
import { pageAt, read, rowsOf } from './pages.ts'

const page = pageAt('docs/path-of-a-login.md')
const quoted = [...page.text.matchAll(/`([\w./-]+\.ts)`: `([^`]+)`/g)].map(([, path = '', line = '']) => {
  return { path, line }
})

test('the page quotes lines of code', () => {
  expect(quoted.length).toBeGreaterThan(15)
})

describe('a quoted line stands in its file, once', () => {
  test.each(quoted)('$path: $line', ({ path, line }) => {
    const lines = read(path).split('\n')
    expect(lines.filter((text) => text.includes(line))).toHaveLength(1)
  })
})

test('the files are opened one after another, and none twice', () => {
  const steps = page.text.match(/^\d+\. .+$/gm) ?? []
  const opened = steps.flatMap((step) => [...step.matchAll(/`([\w/-]+\.ts)`/g)].map(([, path = '']) => path))
  expect(opened.length).toBeGreaterThan(12)
  expect(new Set(opened).size).toBe(opened.length)
  for (const path of opened) expect(read(path).split('\n').length).toBeLessThanOrEqual(301)
})

test('the events are those of the recorded login, in order', () => {
  const events = rowsOf(page).flatMap(([number = '', , event = '']) =>
    /^\d+$/.test(number) ? [event.replaceAll('`', '')] : [],
  )
  const recorded = historyOf('verified.json').map(({ eventType }) => toName(eventType))
  expect(events).toEqual(recorded)
})

describe('the number of events is that of the recorded login', () => {
  const counted = rowsOf(page).flatMap(([path = '', count = '', file = '']) => {
    const [, name] = /^`([\w-]+\.json)`$/.exec(file) ?? []
    return name === undefined ? [] : [{ path, count: Number(count), name }]
  })

  test('of nine ways a login can go', () => {
    expect(counted).toHaveLength(9)
  })

  test.each(counted)('$path', ({ count, name }) => {
    expect(historyOf(name)).toHaveLength(count)
  })
})

function historyOf(name: string): readonly { readonly eventType: string }[] {
  const history = JSON.parse(read(`test/workflows/histories/${name}`)) as {
    events: { eventType: string }[]
  }
  return history.events
}

/** `EVENT_TYPE_TIMER_STARTED` → `TimerStarted`, as the Temporal CLI and UI write it. */
function toName(eventType: string): string {
  const words = eventType.replace('EVENT_TYPE_', '').toLowerCase().split('_')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
