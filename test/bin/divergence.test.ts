/** What an engineer is told when a history and the code are not of one mind. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { parseHistory, UnreadableError, type History } from '../../bin/replay/history.ts'
import { objectAt, type JsonObject } from '../../bin/replay/json.ts'
import { openHistory } from '../../bin/replay/payloads.ts'
import { verdictOn } from '../../bin/replay/replay-all.ts'
import { bundleOnce, openReplayer, type Replayer } from '../../bin/replay/replayer.ts'

vi.setConfig({ testTimeout: 60_000 })

const textOf = (name: string) =>
  readFileSync(new URL(`../workflows/histories/${name}.json`, import.meta.url), 'utf8')
const noKeys = () => Promise.reject(new Error('a golden history is not encrypted'))

/** The events of a golden history, changed as if other code had made them. */
function changed(name: string, change: (events: JsonObject[]) => readonly JsonObject[]): History {
  return { events: change([...parseHistory(textOf(name)).events]) }
}

async function told(replayer: Replayer, history: History) {
  const read = () => openHistory(history, noKeys)
  const verdict = await verdictOn({ name: 'it', read }, replayer)
  return verdict.outcome === 'diverged' ? verdict.divergence : verdict.outcome
}

/** An event with other attributes, in the place of the one with this id. */
const instead = (id: number, key: string, type: string, attributes: JsonObject) => (events: JsonObject[]) =>
  events.with(id - 1, {
    ...Object.fromEntries(Object.entries(events[id - 1] ?? {}).filter(([name]) => name.startsWith('event'))),
    eventType: `EVENT_TYPE_${type}`,
    [`${key}EventAttributes`]: attributes,
  })

describe('a history of code that', () => {
  let ours: Replayer
  beforeAll(() => {
    ours = openReplayer(() => Promise.resolve({ codePath: inject('workflowBundle') }))
  })
  afterAll(() => ours.close())

  test('had another activity is told with both', async () => {
    const history = changed('checked-again-after-a-lost-answer', (events) => {
      const second = events.findLastIndex((event) => 'activityTaskScheduledEventAttributes' in event)
      const attributes = objectAt(events[second], 'activityTaskScheduledEventAttributes')
      return events.with(second, {
        ...events[second],
        activityTaskScheduledEventAttributes: { ...attributes, activityType: { name: 'verifyCode' } },
      })
    })
    expect(await told(ours, history)).toEqual({
      history: 'event 30 ActivityTaskScheduled: schedules verifyCode, "attempt 2 of 5"',
      code: 'schedules checkCode in its place',
    })
  })

  test('had no timer there is told what the code does with it', async () => {
    const memo = { workflowTaskCompletedEventId: '11', upsertedMemo: { fields: {} } }
    const without = instead(12, 'workflowPropertiesModified', 'WORKFLOW_PROPERTIES_MODIFIED', memo)
    expect(await told(ours, changed('verified', without))).toEqual({
      history: 'event 12 WorkflowPropertiesModified: changes the memo',
      code: 'starts a timer in its place',
    })
  })

  test('had a timer where the code has none is told so', async () => {
    const timer = { timerId: '9', startToFireTimeout: '7s', workflowTaskCompletedEventId: '11' }
    const withTimer = instead(14, 'timerStarted', 'TIMER_STARTED', timer)
    const history = changed('verified', (events) => withTimer(events.slice(0, 14)))
    expect(await told(ours, history)).toEqual({
      history: 'event 14 TimerStarted: starts a timer of 7s',
      code: 'makes no command in its place',
    })
  })

  test('accepted another update is told with the one of the history', async () => {
    const history = changed('verified', (events) => {
      const attributes = objectAt(events[4], 'workflowExecutionUpdateAcceptedEventAttributes')
      const acceptedRequest = objectAt(attributes, 'acceptedRequest')
      const input = { ...objectAt(acceptedRequest, 'input'), name: 'cancelAll' }
      return events.with(4, {
        ...events[4],
        workflowExecutionUpdateAcceptedEventAttributes: {
          ...attributes,
          acceptedRequest: { ...acceptedRequest, input },
        },
      })
    })
    expect(await told(ours, history)).toMatchObject({
      history: 'event 5 WorkflowExecutionUpdateAccepted: accepts the update cancelAll',
    })
  })

  test('completed where the code goes on is told so', async () => {
    const completed = { workflowTaskCompletedEventId: '11' }
    const early = instead(14, 'workflowExecutionCompleted', 'WORKFLOW_EXECUTION_COMPLETED', completed)
    expect(
      await told(
        ours,
        changed('verified', (events) => early(events.slice(0, 14))),
      ),
    ).toEqual({
      history: 'event 14 WorkflowExecutionCompleted: completes the workflow',
      code: 'makes no command in its place',
    })
  })

  test('replays is ok', async () => {
    expect(
      await told(
        ours,
        changed('verified', (events) => events),
      ),
    ).toBe('ok')
  })

  test.each([
    [
      'an event is missing',
      (events: JsonObject[]) => events.toSpliced(10, 1),
      'event 11 is missing or out of place',
    ],
    [
      'a workflow task has no end',
      instead(4, 'timerFired', 'TIMER_FIRED', {}),
      'event 4 cannot follow a WorkflowTaskStarted',
    ],
    [
      'the beginning is missing',
      (events: JsonObject[]) => events.slice(1),
      'event 1 is missing or out of place',
    ],
    ['nothing has happened yet', (events: JsonObject[]) => events.slice(0, 1), /nothing to replay$/],
  ])('is not whole is refused before the SDK stops on it: %s', (_name, change, why) => {
    const { events } = changed('verified', change)
    expect(() => parseHistory(JSON.stringify({ events }))).toThrow(UnreadableError)
    expect(() => parseHistory(JSON.stringify({ events }))).toThrow(why)
  })
})

describe('code that', () => {
  async function on(file: string, name: string) {
    const path = fileURLToPath(new URL(`../workflows/drifted/${file}`, import.meta.url))
    const replayer = openReplayer(bundleOnce(path))
    try {
      return await told(
        replayer,
        changed(name, (events) => events),
      )
    } finally {
      await replayer.close()
    }
  }

  test('does something before is told what', async () => {
    expect(await on('index.ts', 'canceled')).toEqual({
      history: 'event 5 WorkflowExecutionUpdateAccepted: accepts the update started',
      code: 'starts a timer in its place',
    })
  })

  test('breaks is told with the place, and not with its message', async () => {
    const divergence = await on('broken.ts', 'canceled')
    expect(divergence).toEqual({
      history: 'event 5 WorkflowExecutionUpdateAccepted: accepts the update started',
      code: expect.stringMatching(/^breaks with TypeError at workflows\/drifted\/broken\.ts:\d+$/) as string,
    })
    expect(JSON.stringify(divergence)).not.toContain('+447700900')
  })

  test('has no such workflow any more is told so', async () => {
    expect(await on('broken.ts', 'cleared-between-two-logins')).toMatchObject({
      code: 'has no workflow type clearNumber',
    })
  })
})
