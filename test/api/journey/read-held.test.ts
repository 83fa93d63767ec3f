/** What reads that are held with `Prefer: wait` cost Temporal: long polls, of which a namespace has only so many (OPS-13). */
import { expect, test } from 'vitest'
import { openCountedGateway } from '../../support/counted-gateway.ts'
import { aPhone } from '../../support/house.ts'
import { openHttp, openJourney } from '../../support/http.ts'

const MOST_HELD = 5
/** Sooner than Temporal ends a long poll of itself, which it does after some 20 s. */
const soon = { timeout: 5000 }

/** A login, and a process of the API whose long polls are counted. */
async function openCounted() {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const counted = await openCountedGateway(house)
  const elsewhere = await openHttp(house, counted)
  /** A read by a client that may hang up. */
  const hold = (id = login.id) => {
    const leaving = new AbortController()
    const headers = { authorization: elsewhere.authorization('acme'), prefer: 'wait=30' }
    const answer = fetch(`${elsewhere.url}/v1/logins/${id}`, { headers, signal: leaving.signal })
    const applied = answer.then(
      (response) => response.headers.get('preference-applied'),
      () => 'hung up',
    )
    return {
      applied,
      hangUp: () => {
        leaving.abort()
      },
    }
  }
  return { house, api, phone, login, elsewhere, hold, counts: counted.counts }
}

test('a client that hangs up ends the long poll of its read', async () => {
  const { hold, counts } = await openCounted()
  const held = hold()
  await expect.poll(() => counts.polls).toBe(1)
  held.hangUp()
  expect(await held.applied).toBe('hung up')
  await expect.poll(() => counts.polls, soon).toBe(0)
})

test('of one login five reads are held, and others are answered at once as without a wait', async () => {
  const { house, api, phone, login, elsewhere, hold, counts } = await openCounted()
  const held = Array.from({ length: MOST_HELD }, () => hold())
  await expect.poll(() => counts.polls).toBe(MOST_HELD)
  const surplus = await elsewhere.read(login.id, { prefer: 'wait=30' })
  expect(surplus).toMatchObject({ status: 200, body: login })
  expect(surplus.headers.get('preference-applied')).toBeNull()
  expect(counts.mostPolls).toBe(MOST_HELD)
  await api.submit(login.id, house.codeFor(phone))
  expect(await Promise.all(held.map(({ applied }) => applied))).toEqual(Array(MOST_HELD).fill('wait=30'))
})

test('whoever hangs up makes room for another read, and of another login there is room anyway', async () => {
  const { api, hold, counts } = await openCounted()
  const held = Array.from({ length: MOST_HELD }, () => hold())
  await expect.poll(() => counts.polls).toBe(MOST_HELD)
  const other = await api.login(aPhone())
  hold(other.id)
  await expect.poll(() => counts.polls, soon).toBe(MOST_HELD + 1)
  held[0]?.hangUp()
  await expect.poll(() => counts.polls, soon).toBe(MOST_HELD)
  hold()
  await expect.poll(() => counts.polls, soon).toBe(MOST_HELD + 1)
})
