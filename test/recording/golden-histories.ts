/**
 * Records the golden histories, one a path of a login. They are what the replay test holds the workflow code to, so
 * from the first release tag on none is ever recorded again: changed code gets a new one beside it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { expect, test } from 'vitest'
import { maskPhone, type Phone } from '../../domain/phone.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'

const folder = new URL('../workflows/histories/', import.meta.url)

/** Numbers that Ofcom keeps for drama, so that no fixture names a person's. */
function fictional(last: number): Phone {
  const e164 = `+4477009001${String(last).padStart(2, '0')}`
  return { e164, country: 'GB', masked: maskPhone(e164) }
}
type Path = {
  readonly name: string
  readonly status: string
  readonly options?: HouseOptions
  readonly play: (house: House, phone: Phone, loginId: string) => Promise<unknown>
}

const paths: readonly Path[] = [
  {
    name: 'verified',
    status: 'verified',
    play: (house, phone, id) => house.submit(id, house.codeFor(phone)),
  },
  {
    name: 'verified-at-the-second-try-by-signal',
    status: 'verified',
    async play(house, phone, id) {
      await house.submit(id, house.wrongCodeFor(phone))
      const handle = house.client.workflow.getHandle(house.workflowId(phone))
      await handle.signal('userCode', { code: house.codeFor(phone) })
    },
  },
  {
    name: 'failed-after-five-wrong-codes',
    status: 'failed',
    async play(house, phone, id) {
      for (const n of [1, 2, 3, 4, 5]) await house.submit(id, house.wrongCodeFor(phone, n))
    },
  },
  {
    name: 'failed-because-the-number-was-refused',
    status: 'failed',
    play: () => Promise.resolve(),
  },
  {
    name: 'expired',
    status: 'expired',
    options: { policy: { codeValiditySeconds: 2 } },
    play: () => Promise.resolve(),
  },
  {
    name: 'resent-by-call',
    status: 'verified',
    async play(house, phone, id) {
      await expect.poll(() => house.resend(id, 'call'), { timeout: 5000 }).toMatchObject({ outcome: 'sent' })
      await house.submit(id, house.codeFor(phone))
    },
  },
  {
    name: 'sent-again-after-a-lost-answer',
    status: 'verified',
    play: (house, phone, id) => house.submit(id, house.codeFor(phone)),
  },
  {
    name: 'checked-again-after-a-lost-answer',
    status: 'verified',
    async play(house, phone, id) {
      house.sandbox.fault({ operation: 'check', fault: { kind: 'drop-after' } })
      await house.submit(id, house.codeFor(phone))
      await house.submit(id, house.codeFor(phone))
    },
  },
  {
    name: 'canceled',
    status: 'canceled',
    play: (house, _phone, id) => house.cancel(id),
  },
  {
    name: 'superseded',
    status: 'superseded',
    async play(house, phone) {
      await expect.poll(() => house.start(phone), { timeout: 5000 }).toMatchObject({ outcome: 'started' })
    },
  },
]

test.each(paths.map((path, n) => ({ ...path, n })))('$name', async ({ name, status, options, play, n }) => {
  const house = await openHouse(options)
  const phone = fictional(n)
  if (name.startsWith('failed-because')) {
    house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 400, code: 1002 } })
  }
  if (name.startsWith('sent-again')) house.sandbox.fault({ operation: 'send', fault: { kind: 'drop-after' } })
  const login = await house.login(phone)
  const { runId } = await house.client.workflow.getHandle(house.workflowId(phone)).describe()
  await play(house, phone, login.id)
  const handle = house.client.workflow.getHandle(house.workflowId(phone), runId)
  expect(await handle.result()).toMatchObject({ login: { status } })
  await mkdir(folder, { recursive: true })
  const json = JSON.stringify(JSON.parse(historyToJSON(await handle.fetchHistory())), null, 1)
  await writeFile(new URL(`${name}.json`, folder), `${json}\n`)
})
