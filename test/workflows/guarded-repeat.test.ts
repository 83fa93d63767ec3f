/** Row 31: the repeat of a lost first send that only 8x8's interval guards, when it does not get through at once. */
import { expect, test } from 'vitest'
import type { Fault } from '../../sandbox/faults.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'

const lost: Fault = { kind: 'drop-after' }
const accepted = (house: House) => house.sends().filter((send) => send.accepted).length

/** 8x8 takes the first message and does not say so, and wants nothing more until its interval is over. */
async function startLost(...later: readonly Fault[]) {
  const house = await openHouse({ policy: { resendIntervalSeconds: 14 } })
  const busy: Fault = { kind: 'status', status: 429, headers: { 'retry-after': '15' } }
  for (const fault of [lost, busy, ...later]) house.sandbox.fault({ operation: 'send', fault })
  const phone = aPhone()
  const { id } = await house.login(phone, { waitSeconds: 0 })
  // The charged one comes after one interval or two, which no caller's patience is sure to outlast.
  const login = await house.until(id, ({ status }) => status !== 'sending')
  return { house, phone, login }
}

test.concurrent(
  'row 31: it is not made when the interval is over; the charged one is, and is the second message',
  async () => {
    const { house, phone, login } = await startLost()
    expect(login.status).toBe('waiting_for_code')
    expect(house.sends().map(({ answered }) => answered)).toEqual(['none', 429, 200])
    expect(accepted(house)).toBe(2)
    expect((await house.budget(phone)).sends).toHaveLength(2)
  },
)

test.concurrent('row 32: when the charged one is lost as well, there is no third message', async () => {
  const { house, phone, login } = await startLost(lost)
  expect(login).toMatchObject({ status: 'failed', reason: 'provider_unavailable' })
  expect(accepted(house)).toBe(2)
  expect((await house.budget(phone)).sends).toHaveLength(2)
})
