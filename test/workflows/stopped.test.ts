/** A send that the worker itself does not make: 8x8 is not asked, so it has refused nothing and the number owes nothing. */
import { expect, test } from 'vitest'
import { createEightByEight } from '../../activities/eight-by-eight/client.ts'
import { createActivities } from '../../activities/index.ts'
import type { Block } from '../../domain/blocks.ts'
import { parsePhone } from '../../domain/phone.ts'
import type { Policy } from '../../domain/policy.ts'
import { plainEffects } from '../support/effects.ts'
import { aPhone, openHouse } from '../support/house.ts'

/** A house whose worker alone knows the blocks. */
async function openBlockable(policy: Partial<Policy> = {}) {
  const house = await openHouse({ worker: 'none', policy })
  const blocks: Block[] = []
  await house.startWorker({
    activities: createActivities({
      ...plainEffects(),
      eightByEight: (subAccountId) =>
        createEightByEight({ version: 'v2', baseUrl: house.sandboxUrl, apiKey: 'sandbox-key', subAccountId }),
      blocks: () => blocks,
    }),
  })
  return { house, blocks }
}

test('FRD-11: a resend that a block stops costs neither a resend nor a place in the windows', async () => {
  const { house, blocks } = await openBlockable()
  const phone = aPhone()
  const { id } = await house.login(phone)
  blocks.push({ country: 'SG', reason: 'pumping' })
  await expect
    .poll(() => house.resend(id))
    .toMatchObject({ outcome: 'failed', cause: 'blocked', login: { resendsLeft: 2 } })
  expect(house.sends()).toHaveLength(1)
  blocks.pop()
  await expect.poll(() => house.resend(id)).toMatchObject({ outcome: 'sent', login: { resendsLeft: 1 } })
  await house.submit(id, house.codeFor(phone))
  expect((await house.budget(phone)).sends).toHaveLength(2)
})

test('FRD-11: nor does a start', async () => {
  const { house, blocks } = await openBlockable()
  const phone = aPhone()
  blocks.push({ country: 'SG', reason: 'pumping' })
  expect(await house.login(phone)).toMatchObject({ status: 'failed', reason: 'provider_refused' })
  expect((await house.budget(phone)).sends).toHaveLength(0)
  expect(house.sends()).toHaveLength(0)
})

test.each([
  ['', 1, 1],
  // Long enough that the lost one is repeated at once, which 8x8 refuses as too early.
  [' and was repeated too early', 15, 2],
])(
  'a block that comes after a first send whose answer was lost%s does not undo it',
  async (_name, interval, tries) => {
    const { house, blocks } = await openBlockable({ resendIntervalSeconds: interval })
    const phone = aPhone()
    house.sandbox.fault({ operation: 'send', fault: { kind: 'drop-after' } })
    const starting = house.start(phone, { waitSeconds: 30 })
    await expect.poll(() => house.sends().length).toBe(tries)
    blocks.push({ country: 'SG', reason: 'pumping' })
    expect(await starting).toMatchObject({
      login: { status: 'failed', reason: 'provider_unavailable' },
      failure: { failure: 'unknown' },
    })
    expect((await house.budget(phone)).sends).toHaveLength(1)
    expect(house.sends().filter(({ accepted }) => accepted)).toHaveLength(1)
    expect(house.sends()).toHaveLength(tries)
  },
)

test('an SMS to a landline is not asked of 8x8, and costs nothing', async () => {
  const house = await openHouse()
  const parsed = parsePhone('+6562345678')
  if (parsed.outcome !== 'phone') throw new Error('that is a number')
  const { id } = await house.login(parsed.phone, { channel: 'call' })
  await expect
    .poll(() => house.resend(id, 'sms'))
    .toMatchObject({ outcome: 'failed', failure: 'phone', cause: 'number_type', login: { resendsLeft: 2 } })
  expect(house.sends()).toHaveLength(1)
})
