/** How a login is told, from recorded histories: readable in any terminal, with nothing of the person in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/index.js'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../api/identity.ts'
import { parseTarget } from '../../bin/login/find-runs.ts'
import { createOpener } from '../../bin/login/open-payloads.ts'
import { readRun, type RunStory } from '../../bin/login/read-run.ts'
import { parseHistory } from '../../bin/replay/history.ts'
import { openHistory } from '../../bin/replay/payloads.ts'
import { parsePhone } from '../../domain/phone.ts'
import { noPaint, tellOverview, tellRun, terminalPaint, type Telling } from '../../bin/login/tell-run.ts'

const folder = new URL('../workflows/histories/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.json'))

const now = Date.UTC(2030, 0, 1)
const telling: Telling = {
  now,
  uiUrl: 'https://ui.example',
  namespace: 'default',
  isLinked: false,
  isPolled: undefined,
  complaints: [],
  paint: noPaint,
}

async function recorded(name: string): Promise<RunStory> {
  const fixture = parseHistory(readFileSync(new URL(name, folder), 'utf8'))
  const stored = await openHistory(fixture, () => Promise.reject(new Error('a fixture is not sealed')))
  const history = historyFromJSON(stored.history)
  const first = history.events?.[0]
  const last = history.events?.at(-1)
  // As the protocol counts them: terminated, timed out, completed.
  const status = last?.workflowExecutionTerminatedEventAttributes
    ? 5
    : last?.workflowExecutionTimedOutEventAttributes
      ? 7
      : 2
  const workflowExecutionInfo = {
    status,
    startTime: first?.eventTime ?? null,
    closeTime: history.events?.at(-1)?.eventTime ?? null,
  }
  const run = {
    workflowId: 'login:acme:aaaaaaaaaaaaaaaaaaaaaa',
    runId: '01a20737-d3b8-724f-b26a-2eb5f401c811',
    description: { workflowExecutionInfo },
    loginId: undefined,
    previousRunId: null,
  }
  return readRun(run, history, undefined, createOpener(loadDataConverter()))
}

describe('what a person types', () => {
  const identity = createIdentity(Buffer.alloc(32, 1))
  const parsed = parsePhone('+6591234567')
  const workflowId = parsed.outcome === 'phone' ? identity.workflowId('acme', parsed.phone) : ''
  const loginId = identity.newLoginId(workflowId)
  const runId = '01a20737-d3b8-724f-b26a-2eb5f401c811'

  test.each([
    [loginId, { workflowId, loginId }],
    ['+6591234567', { workflowId }],
    ['+65 9123 4567', { workflowId }],
    [workflowId, { workflowId }],
    [`${workflowId}/${runId}`, { workflowId, runId }],
    [`+6591234567/${runId}`, { workflowId, runId }],
  ])('%s is a login or a number', (text, target) => {
    expect(parseTarget(text, identity, () => 'acme')).toEqual(target)
  })

  test.each([
    '',
    'lg_x',
    `${loginId}A`,
    `${loginId}/${runId}`,
    '07700900123',
    '+4477',
    'payroll',
    `${workflowId}x`,
  ])('“%s” is neither', (text) => {
    expect(parseTarget(text, identity, () => 'acme')).toBeUndefined()
  })

  test.each(['newest', runId.slice(1), `${runId}/`, ''])('no run is called “%s”', (run) => {
    expect(parseTarget(`${workflowId}/${run}`, identity, () => 'acme')).toBeUndefined()
  })
})

test.each(names)(
  '%s is told to its end, in lines of 100 characters, without a number or a code',
  async (name) => {
    const story = await recorded(name)
    const lines = tellRun(story, telling)
    const text = lines.join('\n')
    const { phone, codes } = secretsOf(readFileSync(new URL(name, folder), 'utf8'))
    expect(text.replaceAll(/[ ()-]/g, '')).not.toContain(phone.slice(3))
    for (const code of codes) expect(text).not.toMatch(new RegExp(`(?<![\\w-])${code}(?![\\w-])`))

    const isFree = (line: string) => !/^(UI|login) /.test(line)
    expect(lines.filter((line) => isFree(line) && line.length > 100)).toEqual([])
    expect(tellOverview(story).length).toBeLessThanOrEqual(100)
    expect(text).toMatch(/^status {4}(verified|failed|expired|canceled|superseded|cleared by)/m)
    expect(text).toMatch(/^(budget left|status {4}cleared by)/m)
    expect(text).not.toMatch(/undefined|unknown|NaN|null|\[object|update : |admitted/)
  },
)

/** A fixture holds its payloads as JSON. An operator's clear is of a number and names none. */
function secretsOf(json: string): { phone: string; codes: readonly string[] } {
  return {
    phone: /"phone": "(\+\d+)"/.exec(json)?.[1] ?? 'names no number',
    codes: [...json.matchAll(/"code": "(\d+)"/g)].map(([, code = '']) => code),
  }
}

test('the recorded histories have numbers and codes in them that could be told', () => {
  const secrets = names.map((name) => secretsOf(readFileSync(new URL(name, folder), 'utf8')))
  expect(secrets.filter(({ phone }) => /^\+44\d+$/.test(phone)).length).toBeGreaterThan(40)
  expect(secrets.filter(({ codes }) => codes.length > 0).length).toBeGreaterThan(20)
})

test('each of the login’s own events is told once, in order, and none is left out', async () => {
  const story = await recorded('verified-at-the-second-try-by-signal.json')
  const facts = story.steps.flatMap((step) => (step.kind === 'fact' ? [step.event.type] : []))
  expect(facts).toEqual(['login.started', 'login.code_sent', 'login.code_rejected', 'login.verified'])
  const numbers = story.steps.map(({ eventId }) => eventId)
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
})

test('after a reset a message is told by its name, where it came in again and where it is answered', async () => {
  const text = tellRun(await recorded('failed-after-a-reset.json'), telling).join('\n')
  expect(text).toMatch(/#5 +update started: the caller waits for the first code\n/)
  expect(text).toMatch(/#18 +update started is answered: failed/)
  expect(text).not.toMatch(/#9 /)
})

test('in a terminal the number of a step is a link to its event, and the words are the same', async () => {
  const story = await recorded('verified.json')
  const page = `https://ui.example/namespaces/default/workflows/login%3Aacme%3A${'a'.repeat(22)}/${story.runId}/history`
  const lines = tellRun(story, { ...telling, paint: terminalPaint })
  const link = `\u001b]8;;${page}/events/23\u001b\\#23\u001b]8;;\u001b\\  a code was checked and is right`
  expect(lines.join('\n')).toContain(link)
  const words = lines.map((line) => stripVTControlCharacters(line).trimEnd())
  expect(words).toEqual(tellRun(story, telling))
})
