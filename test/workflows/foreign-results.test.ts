/** Results that are none of ours: written by somebody else, or replaced because the codec refused them. */
import { Client } from '@temporalio/client'
import { expect, test } from 'vitest'
import type { Phone } from '../../domain/phone.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'

/** A worker that runs workflows and leaves every activity to the test. */
async function openForger() {
  const house = await openHouse({ worker: 'none', isForged: true })
  await house.startWorker({ activities: {} })
  return house
}

/** Answers for the activity that waits for a worker. */
async function answer(
  house: House,
  phone: Phone,
  result: unknown,
  client: Client = house.client,
): Promise<void> {
  const workflowId = house.workflowId(phone)
  const pending = async () => {
    const { raw } = await house.client.workflow.getHandle(workflowId).describe()
    return raw.pendingActivities?.map(({ activityId }) => activityId) ?? []
  }
  await expect.poll(pending).toHaveLength(1)
  const [activityId] = await pending()
  await client.activity.complete({ workflowId, activityId: activityId ?? '' }, result)
}

const sent = { outcome: 'sent', challenge: 'a-session' }

async function waitingLogin(house: House, phone: Phone) {
  const starting = house.login(phone)
  await answer(house, phone, sent)
  return starting
}

/** The type and what was recorded of each event. */
async function told(house: House, loginId: string) {
  const read = await house.gateway.events(house.app, loginId)
  if (read.outcome !== 'events') throw new Error(`no events were read: ${read.outcome}`)
  return read.events.map(({ type, data }) => ({ type, data }))
}

const notOurs = (attemptsLeft: number) => ({
  type: 'login.check_failed',
  data: { cause: 'not-ours', spent: true, attemptsLeft },
})

test('BIND-4: a forged `verified` in plain text verifies nothing, and the attempt is spent', async () => {
  const house = await openForger()
  const phone = aPhone()
  const login = await waitingLogin(house, phone)
  const submitted = house.submit(login.id, '123456')
  const forger = new Client({ connection: house.client.connection, namespace: house.namespace })
  await answer(house, phone, { outcome: 'verified' }, forger)
  expect(await submitted).toMatchObject({
    outcome: 'unavailable',
    login: { status: 'waiting_for_code', attemptsLeft: 4 },
  })
  expect((await house.budget(phone)).failures.count).toBe(1)
  expect((await told(house, login.id)).at(-1)).toEqual(notOurs(4))
})

test('BIND-4: a result of another shape is no verdict, spends its attempt and stops nothing', async () => {
  const house = await openForger()
  const phone = aPhone()
  const login = await waitingLogin(house, phone)
  const foreign = [
    { refused: 'this payload was not encrypted by Postern' },
    'verified',
    null,
    { outcome: 'toString' },
  ]
  for (const [n, result] of foreign.entries()) {
    const submitted = house.submit(login.id, '123456')
    await answer(house, phone, result)
    expect(await submitted).toMatchObject({ outcome: 'unavailable', login: { attemptsLeft: 4 - n } })
  }
  const last = house.submit(login.id, '123456')
  await answer(house, phone, { outcome: ['verified'] })
  expect(await last).toMatchObject({
    outcome: 'closed',
    login: { status: 'failed', reason: 'too_many_attempts' },
  })
  expect((await told(house, login.id)).slice(2, -1)).toEqual([4, 3, 2, 1, 0].map(notOurs))
})

test('a send with a result that is not ours may have happened: it is repeated once, and the session is the repeated one’s', async () => {
  const house = await openForger()
  const phone = aPhone()
  const starting = house.login(phone)
  await answer(house, phone, { outcome: 'sent', challenge: { refused: true } })
  await answer(house, phone, sent)
  const login = await starting
  expect(login.status).toBe('waiting_for_code')
  expect((await told(house, login.id))[1]).toEqual({
    type: 'login.send_failed',
    data: { channel: 'sms', failure: 'unknown', cause: 'not-ours', resendsLeft: 2 },
  })
})

test('two sends with results that are not ours end the login', async () => {
  const house = await openForger()
  const phone = aPhone()
  const starting = house.login(phone)
  await answer(house, phone, { refused: 'this payload was not encrypted by Postern' })
  await answer(house, phone, 7)
  expect(await starting).toMatchObject({ status: 'failed', reason: 'provider_unavailable' })
})
