/** A worker that is asked before it has acted on the newest events, and would act on them by the clock of older ones. */
import { Worker } from '@temporalio/worker'
import { expect, inject, test } from 'vitest'
import { loginQuery } from '../../workflows/messages.ts'
import { interceptors } from '../../workflows/whole-tasks.ts'
import { aPhone, openHouse } from '../support/house.ts'

/**
 * The login waits for a time; its worker goes, somebody asks, the time comes, and a worker. Whether the question is
 * there before the workflow task is the server's affair: of four logins one at least is, nearly always.
 */
test('who asks before a workflow task is told nothing that was decided by a clock that stood still', async () => {
  const house = await openHouse({ worker: 'own', policy: { resendIntervalSeconds: 3 } })
  const phones = Array.from({ length: 4 }, aPhone)
  house.sandbox.fault({ operation: 'send', times: phones.length, fault: { kind: 'drop-after' } })
  const logins = await Promise.all(phones.map((phone) => house.login(phone, { waitSeconds: 0 })))
  for (const { id } of logins) await expect.poll(() => house.events(id)).toContain('login.send_failed')
  await house.stopWorker()

  const handles = phones.map((phone) => house.client.workflow.getHandle(house.workflowId(phone)))
  const deadline = Date.now() + 20_000
  const answers = handles.map(async (handle) => {
    const ask = () => handle.query(loginQuery)
    const answer = house.client.connection.withDeadline(deadline, ask)
    return answer.then(
      ({ status }) => status,
      () => 'refused',
    )
  })
  for (const handle of handles) {
    const rung = async () =>
      (await handle.fetchHistory()).events?.some((event) => event.timerFiredEventAttributes)
    await expect.poll(rung).toBe(true)
  }
  await house.startWorker()

  expect(['sending', 'waiting_for_code', 'refused']).toEqual(
    expect.arrayContaining(await Promise.all(answers)),
  )
  for (const { id } of logins) await house.until(id, ({ status }) => status === 'waiting_for_code')
  for (const handle of handles) {
    const { dataConverter } = house
    const bundle = { workflowBundle: { codePath: inject('workflowBundle') }, dataConverter }
    const replay = Worker.runReplayHistory(bundle, await handle.fetchHistory(), handle.workflowId)
    await expect(replay).resolves.toBeUndefined()
  }
})

type Activation = { at?: number; nanos?: number; events: number; isReplaying?: boolean }

/** What the workflow is given of these activations, in order; the first that is refused throws. */
function given(...activations: readonly Activation[]): number {
  const guard = interceptors().internals?.[0]
  let count = 0
  for (const { at = 1000, nanos = 0, events, isReplaying = false } of activations) {
    const timestamp = { seconds: at, nanos }
    const activation = { timestamp, historyLength: events, isReplaying }
    guard?.activate?.({ activation: activation as never, batchIndex: 0 }, () => (count += 1))
  }
  return count
}

test.each<[string, Activation, Activation]>([
  ['of the next task', { events: 3 }, { at: 1001, events: 9 }],
  ['of a task a nanosecond later', { events: 3 }, { nanos: 1, events: 9 }],
  ['of a local activity or a query within the task', { events: 3 }, { events: 3 }],
  [
    'of a replay, whose clock the history has',
    { events: 3, isReplaying: true },
    { events: 9, isReplaying: true },
  ],
])('events are acted on that come %s', (_, first, second) => {
  expect(given(first, second)).toBe(2)
})

test.each<[string, Activation, Activation]>([
  ['to a workflow in the cache', { events: 3 }, { events: 8 }],
  ['at the end of a replay', { events: 3, isReplaying: true }, { events: 8 }],
])('events without a task, which a query has brought %s, are not acted on', (_, first, second) => {
  expect(given(first)).toBe(1)
  expect(() => given(first, second)).toThrow('ask again')
})
