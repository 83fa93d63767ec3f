import { expect, test } from 'vitest'
import { createEightByEight } from '../../activities/eight-by-eight/client.ts'
import { measured, type MeasuredCall } from '../../activities/eight-by-eight/measured.ts'
import { freePort } from '../../platform/dev-server/ports.ts'
import { magicNumbers } from '../../sandbox/magic-numbers.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'

const request = {
  channel: 'sms',
  newCode: true,
  codeLength: 6,
  validitySeconds: 300,
  resendIntervalSeconds: 30,
} as const

function open(baseUrl: string) {
  const calls: MeasuredCall[] = []
  const client = createEightByEight({
    version: 'v2',
    baseUrl,
    subAccountId: 'acme',
    apiKey: 'sandbox-key',
    breaker: { failures: 1 },
  })
  return { ...measured(client, (call) => calls.push(call)), calls }
}

const told = (calls: readonly MeasuredCall[]) =>
  calls.map(({ operation, outcome, cause }) => `${operation} ${outcome} ${cause}`)

async function verify(house: House, eightByEight: ReturnType<typeof open>) {
  const phone = aPhone()
  const sent = await eightByEight.send({ ...request, phone: phone.e164 })
  if (sent.outcome !== 'sent') throw new Error(sent.outcome)
  await eightByEight.send({ ...request, phone: phone.e164 })
  const check = { phone: phone.e164, challenge: sent.challenge }
  await eightByEight.check({ ...check, code: house.wrongCodeFor(phone) })
  return eightByEight.check({ ...check, code: house.codeFor(phone) })
}

test('OPS-8: each call to 8x8 is told with what came of it, and answered as without', async () => {
  const house = await openHouse()
  const eightByEight = open(house.sandboxUrl)
  expect(await verify(house, eightByEight)).toEqual({ outcome: 'verified' })
  await eightByEight.send({ ...request, phone: magicNumbers.invalidNumber.phone })
  expect(told(eightByEight.calls)).toEqual([
    'send sent none',
    'send too_early interval',
    'check incorrect none',
    'check verified none',
    'send refused phone',
  ])
  for (const { seconds } of eightByEight.calls) expect(seconds).toBeGreaterThan(0)
})

test('OPS-8: so is one without an answer, and one that is not made since those before it failed', async () => {
  const eightByEight = open(`http://127.0.0.1:${await freePort()}`)
  const phone = aPhone().e164
  await eightByEight.send({ ...request, phone })
  await eightByEight.send({ ...request, phone })
  expect(told(eightByEight.calls)).toEqual(['send not_done connect', 'send not_done open'])
})
