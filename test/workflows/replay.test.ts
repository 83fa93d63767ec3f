/** Recorded logins and deliveries of every kind still replay on today's code; and the alarm rings when they should not. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { attributesOf, parseHistory, type History } from '../../bin/replay/history.ts'
import { at, elementsOf, isObject, objectAt, textAt } from '../../bin/replay/json.ts'
import { openHistory, toReadable } from '../../bin/replay/payloads.ts'
import { bundleOnce, openReplayer, type Replayer } from '../../bin/replay/replayer.ts'
import { statusOf } from '../../bin/replay/tell.ts'
import type { FinalStatus, LoginReason } from '../../domain/login.ts'
import { DELIVERY_TYPE, DISABLED_TYPE, FAILING_TYPE, type DeliveryAnswer } from '../../domain/webhook.ts'
import type { FailingEnd } from '../../workflows/endpoint-failing.ts'

const namesIn = (folder: string) =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((name) => name.endsWith('.json'))
    .map((name) => `${folder}${name}`)
const logins = namesIn('histories/')
const deliveries = namesIn('delivery-histories/')
const names = [...logins, ...deliveries]
const textOf = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

async function historyOf(name: string): Promise<History> {
  const noKeys = () => Promise.reject(new Error('a golden history is not encrypted'))
  return (await openHistory(parseHistory(textOf(name)), noKeys)).history
}

/** A reason that is added to the list does not compile before it has its row here. */
const reasons: Record<LoginReason, FinalStatus> = {
  too_many_attempts: 'failed',
  phone_refused: 'failed',
  provider_refused: 'failed',
  provider_unavailable: 'failed',
  operator: 'failed',
  deadline: 'expired',
  caller: 'canceled',
  newer_login: 'superseded',
}

describe('OPS-9: a golden history is kept of', () => {
  let kept: readonly string[] = []
  beforeAll(async () => {
    kept = await Promise.all(logins.map(async (name) => statusOf(await historyOf(name))))
  })

  const endings = Object.entries(reasons).map(([reason, status]) => `${status}/${reason}`)
  test.each(['verified', ...endings])('a login that ends %s', (ending) => {
    expect(kept).toContain(ending)
  })

  test.each([
    ['ended from outside', 'terminated'],
    ['that outlived its own deadline', 'timed out'],
    ['of an operator’s clear', 'completed'],
  ])('a run %s', (_, status) => {
    expect(kept).toContain(status)
  })

  test('a login that is pinned to a version', () => {
    expect(logins.some((name) => textOf(name).includes('"VERSIONING_BEHAVIOR_PINNED"'))).toBe(true)
  })
})

/** As `reasons`: how a delivery's last attempt went, and how a row of failures ended. */
const outcomes: Record<DeliveryAnswer['outcome'], true> = {
  delivered: true,
  failed: true,
  gone: true,
  skipped: true,
}
const ends: Record<FailingEnd, true> = { taken: true, forgotten: true, disabled: true }

describe('OPS-9: a golden history is kept, of what moves to each new version while it is open:', () => {
  let kept: readonly string[] = []
  beforeAll(async () => {
    kept = await Promise.all(deliveries.map(async (name) => endOf(await historyOf(name))))
  })

  const deliveryEnds = Object.keys(outcomes).map((outcome) => `${DELIVERY_TYPE} ${outcome}`)
  const failingEnds = Object.keys(ends).map((end) => `${FAILING_TYPE} ${end}`)
  test.each([...deliveryEnds, ...failingEnds, `${DISABLED_TYPE} `])('%s', (end) => {
    expect(kept).toContain(end)
  })

  /** Its type, and what the run answered with. */
  function endOf({ events }: History): string {
    const type = textAt(attributesOf(events[0]), 'workflowType', 'name') ?? ''
    const [payload] = elementsOf(at(attributesOf(events.at(-1)), 'result', 'payloads'))
    const { value } = toReadable(objectAt(payload))
    return `${type} ${typeof value === 'string' ? value : (textAt(value, 'last', 'outcome') ?? '')}`
  }
})

describe('OPS-9: every golden history', () => {
  let ours: Replayer
  let drifted: Replayer
  beforeAll(() => {
    ours = openReplayer(() => Promise.resolve({ codePath: inject('workflowBundle') }))
    drifted = openReplayer(bundleOnce(fileURLToPath(new URL('drifted/index.ts', import.meta.url))))
  })
  afterAll(async () => {
    await ours.close()
    await drifted.close()
  })

  test.each(names)('%s replays', async (name) => {
    expect(await ours.replay(await historyOf(name))).toBeUndefined()
  })

  const reached = names.filter((name) => textOf(name).includes('WORKFLOW_TASK_COMPLETED'))
  test.each(reached)('%s does not replay on a drifted copy of the workflow', async (name) => {
    expect(await drifted.replay(await historyOf(name))).toContain('TMPRL1100')
  })

  test.each(names)('%s names nobody', (name) => {
    const text = textOf(name)
    const phones = text.match(/\+\d{6,}/g) ?? []
    expect(phones.filter((phone) => !/^\+447700900\d{3}$/.test(phone))).toEqual([])
    const identities = [...text.matchAll(/"identity": "([^"]*)"/g)].map(([, identity]) => identity)
    expect(identities.filter((identity) => !/^identity\d+$/.test(identity ?? ''))).toEqual([])
    expect(text).not.toContain('binary/encrypted')
  })

  test.each(names)('%s has summaries that are told, not replaced', async (name) => {
    const { events } = await historyOf(name)
    const summaries = events.flatMap((event) => {
      const summary = objectAt(event, 'userMetadata', 'summary')
      return isObject(summary) && textAt(summary, 'data') ? [toReadable(summary).value] : []
    })
    expect(summaries.filter((summary) => typeof summary !== 'string' || /^text\d/.test(summary))).toEqual([])
  })
})
