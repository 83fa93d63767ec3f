/**
 * A login that Temporal closed before its workflow had acted on what came last: no worker can tell of it any more, since
 * no task comes that it would act in (`workflows/whole-tasks.ts`). Its history can.
 */
import { describe, expect, test } from 'vitest'
import { announceMissing, announceMissingOrLog, type Announcement } from '../../platform/missing-ends.ts'
import type { Log } from '../../domain/log.ts'
import { aPhone, openHouse } from '../support/house.ts'
import { openHouseWith } from '../support/house-with.ts'

/** The deadline rings while no worker is there, and the run is ended. */
async function openUnread(codes: number) {
  const house = await openHouseWith({ endpoints: ['shop'] }, { policy: { codeValiditySeconds: 4 } }, () =>
    Promise.resolve(),
  )
  const phone = aPhone()
  const { id } = await house.login(phone)
  for (let n = 1; n <= codes; n += 1) await house.submit(id, house.wrongCodeFor(phone, n))
  await house.stopWorker()
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  const hasRung = async () =>
    (await handle.fetchHistory()).events?.some((event) => event.timerFiredEventAttributes)
  await expect.poll(hasRung).toBe(true)
  await handle.terminate('an operator')
  await house.startWorker()
  const { runId, historyLength } = await handle.describe()
  return { house, phone, id, name: { workflowId: handle.workflowId, runId }, historyLength }
}

describe('EXP-7: a login that was ended before its last news were acted on', () => {
  test('is read by what it last told, its timeline by its beginning, and its number’s list with it', async () => {
    const { house, phone, id } = await openUnread(1)
    expect(await house.read(id)).toMatchObject({ id, status: 'failed', reason: 'operator', attemptsLeft: 4 })
    expect(await house.events(id)).toEqual(['login.started'])
    const listed = await house.gateway.list(house.app, phone, 10)
    expect(listed).toMatchObject({ outcome: 'logins', logins: [{ id, status: 'failed' }] })
  })

  test('has its end announced, under one id however often', async () => {
    const { house, id, name, historyLength } = await openUnread(0)
    const announced: Announcement[] = []
    const announce = (announcement: Announcement) => {
      announced.push(announcement)
      return Promise.resolve()
    }
    for (const _ of [1, 2]) expect(await announceMissing(house.client, name, announce)).toBe('announced')
    const end = {
      id: `evt_${id.replace('lg_', '')}_${historyLength}`,
      sequence: historyLength,
      type: 'login.failed',
      data: { reason: 'operator', cause: 'terminated' },
    }
    expect(announced[0]).toMatchObject({
      app: house.app.name,
      endpoints: ['shop'],
      login: { id, status: 'failed', reason: 'operator' },
      events: [end],
    })
    expect(announced[1]).toEqual(announced[0])
  })

  test('is read by what it began with when no worker ever had it', async () => {
    const house = await openHouse({ worker: 'none' })
    const phone = aPhone()
    const { id } = await house.login(phone, { waitSeconds: 0 })
    const handle = house.client.workflow.getHandle(house.workflowId(phone))
    await handle.terminate('an operator')
    expect(await house.read(id)).toMatchObject({ id, status: 'failed', reason: 'operator', attemptsLeft: 5 })
    expect(await house.events(id)).toEqual(['login.started'])
  })
})

test('a login that had acted on all that came is told by a worker alone, whole, and by nobody while there is none', async () => {
  const house = await openHouseWith({ endpoints: ['shop'] }, {}, () => Promise.resolve())
  const phone = aPhone()
  const { id } = await house.login(phone)
  await house.stopWorker()
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await handle.terminate('an operator')
  const { workflowId } = handle
  const { runId } = await handle.describe()
  const announced: Announcement[] = []
  const announce = (announcement: Announcement) => {
    announced.push(announcement)
    return Promise.resolve()
  }
  expect(await announceMissing(house.client, { workflowId, runId }, announce)).toBe('unreadable')
  const warned: unknown[] = []
  const log: Pick<Log, 'warn'> = { warn: (fields, message) => warned.push({ ...fields, message }) }
  await announceMissingOrLog(house.client, { workflowId, runId }, announce, log)
  const message = expect.stringContaining('npm run sweep') as string
  expect(warned).toEqual([{ workflowId, runId, outcome: 'unreadable', message }])
  expect(await house.gateway.read(house.app, id, 0)).toEqual({ outcome: 'unavailable' })
  await house.startWorker()
  expect(await announceMissing(house.client, { workflowId, runId }, announce)).toBe('announced')
  expect(announced.map(({ events }) => events.map(({ sequence }) => sequence))).toEqual([[1, 2, 3]])
})
