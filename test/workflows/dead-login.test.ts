/** What is said to a login that is over does not hold up its number's live one. */
import { expect, test } from 'vitest'
import type { LoginGateway } from '../../api/gateway.ts'
import { openCountedGateway } from '../support/counted-gateway.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'

/** A login that was superseded, the run of the one that took its place, and an API process that knows neither. */
async function openSuperseded() {
  const house = await openHouse()
  const phone = aPhone()
  const dead = await house.login(phone)
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
  const live = await house.client.workflow.getHandle(house.workflowId(phone)).describe()
  const { gateway, updatedRuns } = await openCountedGateway(house)
  /** How many updates have reached the live login. */
  const reached = () => updatedRuns.filter((run) => run === undefined || run === live.runId).length
  return { house, phone, dead, gateway, reached }
}

const superseded = { outcome: 'answered', answer: { outcome: 'closed', login: { status: 'superseded' } } }
const submit = (gateway: LoginGateway, house: House, id: string, respondAsync = false) =>
  gateway.submitCode(house.app, id, { code: '000000', respondAsync })

test('of ten codes for a dead login one at most is said to the live one', async () => {
  const { house, dead, gateway, reached } = await openSuperseded()
  for (let n = 0; n < 10; n += 1) expect(await submit(gateway, house, dead.id)).toMatchObject(superseded)
  expect(reached()).toBeLessThanOrEqual(1)
})

test('of ten codes at once for a dead login one at most is said to the live one', async () => {
  const { house, dead, gateway, reached } = await openSuperseded()
  const answers = await Promise.all(Array.from({ length: 10 }, () => submit(gateway, house, dead.id)))
  for (const answer of answers) expect(answer).toMatchObject(superseded)
  expect(reached()).toBeLessThanOrEqual(1)
})

test('a login in flight costs one call, and its number’s dead ones do not change that', async () => {
  const { house, phone, dead, gateway, reached } = await openSuperseded()
  await submit(gateway, house, dead.id)
  const before = reached()
  const live = await house.gateway.list(house.app, phone, 1)
  if (live.outcome !== 'logins') throw new Error('the live login cannot be read')
  const id = live.logins[0]?.id ?? ''
  const answer = await gateway.submitCode(house.app, id, { code: house.codeFor(phone), respondAsync: false })
  expect(answer).toMatchObject({ outcome: 'answered', answer: { outcome: 'verified' } })
  expect(reached() - before).toBe(1)
})
