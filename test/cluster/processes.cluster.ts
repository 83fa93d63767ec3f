/** Rows 8 and 9: APIs that are replaced and workers that die, while people sign in. */
import { expect, test } from 'vitest'
import { createDice, injected, observed, seed } from '../support/injected.ts'
import { gatherCrowd } from './people.ts'
import type { Service } from './service.ts'
import { useStack } from './use-stack.ts'

const PEOPLE = 10
const ROUNDS = 6

const stack = useStack()

test('row 8: APIs that are replaced one after the other under load fail no request that they took, and send nothing twice', async ({
  task,
}) => {
  const before = stack().sends().length
  const crowd = gatherCrowd(stack(), PEOPLE)
  const isDoneBy = (logins: number) => () => crowd.endings.length >= logins
  for (const api of [...stack().apis, ...stack().apis]) {
    await expect.poll(isDoneBy(crowd.endings.length + PEOPLE), { timeout: 120_000 }).toBe(true)
    expect(await api.end('SIGTERM')).toEqual({ code: 0, signal: null })
    injected(task, `${api.name} drained and replaced`)
    await api.start()
  }
  const endings = await crowd.goHome()
  observed(task, ...endings)
  expect(new Set(endings)).toEqual(new Set(['verified']))
  expect(stack().balancer.lost).toEqual([])
  expect(stack().balancer.answers.filter(({ status }) => status >= 500)).toEqual([])
  expect(stack().sends()).toHaveLength(before + endings.length)
  expect(await stack().violations({ isOver: true })).toEqual([])
})

test(`row 9: with workers killed and drained in turn, and at last all at once, every login ends and none is false (seed ${seed})`, async ({
  task,
}) => {
  const dice = createDice()
  // So long that many of the kills fall between a request and its record.
  for (const operation of ['send', 'check'] as const) {
    stack().sandbox.fault({ operation, times: 'always', fault: { kind: 'delay', ms: 400 } })
  }
  const runsBefore = new Set((await stack().evidence()).runs.map(({ runId }) => runId))
  const crowd = gatherCrowd(stack(), PEOPLE, () => ({ mistypes: dice() < 0.5 ? 1 : 0 }))
  const requests = () => stack().sandbox.requests.length
  const fell = async (worker: Service, isKill: boolean) => {
    await worker.end(isKill ? 'SIGKILL' : 'SIGTERM')
    injected(task, isKill ? 'worker SIGKILL' : 'worker SIGTERM')
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    const isLast = round === ROUNDS
    const victims = stack().workers.filter((_, n) => isLast || n === round % stack().workers.length)
    const isKill = isLast || dice() < 0.7
    // It dies while the n-th request from now is under way.
    const due = requests() + PEOPLE + Math.floor(dice() * 4)
    await expect.poll(requests, { timeout: 120_000 }).toBeGreaterThanOrEqual(due)
    await Promise.all(victims.map((worker) => fell(worker, isKill)))
    await Promise.all(victims.map((worker) => worker.start()))
  }
  const endings = await crowd.goHome()
  observed(task, ...endings)
  const { runs } = await stack().evidence()
  const own = runs.filter(({ runId }) => !runsBefore.has(runId))
  const cutOff = own.flatMap(({ effects }) => effects).filter(({ end }) => end === 'timed out START_TO_CLOSE')
  observed(task, ...cutOff.map(({ type }) => `${type} cut off`))
  observed(
    task,
    ...own.flatMap((run) => (stack().sends(run.input.phone).length > 1 ? ['a second message (Q)'] : [])),
  )
  expect(cutOff.length).toBeGreaterThan(0)
  expect(own).toHaveLength(endings.length)
  expect(endings).toContain('verified')
  expect(endings).not.toContain('turned away')
  expect(await stack().violations({ isOver: true, outageMs: 60_000 })).toEqual([])
})
