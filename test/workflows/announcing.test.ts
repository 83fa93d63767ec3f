/** Every event is handed on to the app's webhook endpoints, once and in order, and never in the login's way. */
import { Worker } from '@temporalio/worker'
import { expect, inject, test } from 'vitest'
import type { Activities } from '../../activities/index.ts'
import { aPhone } from '../support/house.ts'
import { openHouseWith } from '../support/house-with.ts'

type Announcement = Parameters<Activities['announceEvents']>[0]

/** A house whose announcements are only taken down; `hiccup` may make one fail. */
async function openAnnouncingHouse(hiccup: (nth: number) => Promise<void> = () => Promise.resolve()) {
  const announcements: Announcement[] = []
  const tries = { made: 0, atOnce: 0, mostAtOnce: 0 }
  const house = await openHouseWith({ endpoints: ['main'] }, {}, async (announcement) => {
    tries.made += 1
    tries.atOnce += 1
    tries.mostAtOnce = Math.max(tries.mostAtOnce, tries.atOnce)
    try {
      await hiccup(tries.made)
      announcements.push(announcement)
    } finally {
      tries.atOnce -= 1
    }
  })
  const announced = () => announcements.flatMap(({ events }) => events.map(({ type }) => type))
  const historyOf = async (phone: ReturnType<typeof aPhone>) => {
    const { events } = await house.client.workflow.getHandle(house.workflowId(phone)).fetchHistory()
    return events ?? []
  }
  const result = (phone: ReturnType<typeof aPhone>) =>
    house.client.workflow.getHandle(house.workflowId(phone)).result()
  return { ...house, announcements, announced, tries, historyOf, result }
}

test('each event is announced once and in order, for one event of the history at most', async () => {
  const house = await openAnnouncingHouse()
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await house.submit(loginId, house.codeFor(phone))
  await house.result(phone)
  expect(house.announced()).toEqual(await house.events(loginId))
  expect(house.announced()).toEqual(['login.started', 'login.code_sent', 'login.verified'])
  expect(house.announcements.at(-1)).toMatchObject({
    app: 'acme',
    workflowId: house.workflowId(phone),
    login: { id: loginId, status: 'verified' },
    endpoints: ['main'],
  })
  // The start is told together with the code sent.
  expect(await house.historyOf(phone)).toHaveLength(27 + 2)
})

test('a send is done before the start is told, and a check before the verdict', async () => {
  const house = await openAnnouncingHouse()
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await house.submit(loginId, house.codeFor(phone))
  const history = await house.historyOf(phone)
  const steps = history.flatMap((event) => {
    if (event.activityTaskScheduledEventAttributes) return 'effect'
    if (event.activityTaskCompletedEventAttributes) return 'done'
    return event.markerRecordedEventAttributes ? 'told' : []
  })
  expect(steps).toEqual(['effect', 'done', 'told', 'effect', 'done', 'told'])
})

test('announcements that Temporal does not take are repeated one at a time, and the login goes on meanwhile', async () => {
  let isTaken = false
  const house = await openAnnouncingHouse(() =>
    isTaken ? Promise.resolve() : Promise.reject(new Error('Temporal takes nothing')),
  )
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  expect(await house.submit(loginId, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(house.announced()).toEqual([])
  isTaken = true
  expect(await house.result(phone)).toMatchObject({ login: { status: 'verified' } })
  expect(house.announced()).toEqual(['login.started', 'login.code_sent', 'login.verified'])
  expect(house.tries.made).toBeGreaterThan(1)
  expect(house.tries.mostAtOnce).toBe(1)
})

test('an announcement that hangs is cut off and repeated, and the login goes on', async () => {
  const house = await openAnnouncingHouse(async (nth) => {
    // Longer than an announcement may take, and over before the worker stops.
    if (nth === 1) await new Promise((resolve) => setTimeout(resolve, 5000))
  })
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  expect(await house.submit(loginId, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(await house.result(phone)).toMatchObject({ login: { status: 'verified' } })
  expect(house.tries.made).toBeGreaterThan(1)
  expect(new Set(house.announced())).toEqual(new Set(await house.events(loginId)))
})

test('a login whose announcements failed at first replays', async () => {
  const house = await openAnnouncingHouse((nth) =>
    nth === 1 || nth === 3 ? Promise.reject(new Error('Temporal takes nothing')) : Promise.resolve(),
  )
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await house.submit(loginId, house.wrongCodeFor(phone))
  await house.submit(loginId, house.codeFor(phone))
  await house.result(phone)
  const { dataConverter } = house
  const replay = Worker.runReplayHistory(
    { workflowBundle: { codePath: inject('workflowBundle') }, dataConverter },
    { events: await house.historyOf(phone) },
    house.workflowId(phone),
  )
  await expect(replay).resolves.toBeUndefined()
  expect(house.announced()).toEqual(await house.events(loginId))
})

test('the end of a login that an operator canceled is announced too', async () => {
  const house = await openAnnouncingHouse()
  const phone = aPhone()
  await house.login(phone)
  await house.client.workflow.getHandle(house.workflowId(phone)).cancel()
  expect(await house.result(phone)).toMatchObject({ login: { status: 'failed', reason: 'operator' } })
  expect(house.announced()).toEqual(['login.started', 'login.code_sent', 'login.failed'])
})
