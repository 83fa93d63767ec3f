/** Row 41: encryption keys that are away, unknown or wrong stop a login for a while and cost it nothing. */
import { randomBytes } from 'node:crypto'
import { NativeConnection, Worker } from '@temporalio/worker'
import { expect, inject, test } from 'vitest'
import { createDataConverter } from '../../platform/codec/data-converter.ts'
import { parseKeyRing } from '../../platform/codec/key-ring.ts'
import { aPhone, encryptionKeys, openHouse, type House } from '../support/house.ts'
import { injected } from '../support/injected.ts'

function converterWith(house: House, text: string) {
  const keys = parseKeyRing(text)
  if (keys === undefined) throw new Error('malformed keys')
  return createDataConverter({
    keys,
    namespace: house.namespace,
    plainText: 'refused',
    alarm: (told) => {
      throw new Error(told)
    },
  })
}

const another = () => randomBytes(32).toString('base64')
/** Why the newest workflow task failed, as the history has it: sealed, so only that it did. */
async function failedTasks(house: House, workflowId: string): Promise<number> {
  const { events } = await house.client.workflow.getHandle(workflowId).fetchHistory()
  return events?.filter((event) => event.workflowTaskFailedEventAttributes).length ?? 0
}

const wrongRings: readonly (readonly [fault: string, ring: () => string])[] = [
  ['unknown key id', () => `other:${another()}`],
  ['another key under the same id', () => `test:${another()}`],
]

test.for(wrongRings)(
  'row 41: a worker with the wrong keys (%s) holds a login up, and one with the right keys ends it well',
  async ([fault, ring], { task }) => {
    injected(task, fault)
    const house = await openHouse({ worker: 'none' })
    const wrong = await house.startWorker({ dataConverter: converterWith(house, ring()) })
    const phone = aPhone()
    const started = await house.login(phone, { waitSeconds: 1 })
    expect(started.status).toBe('sending')
    const workflowId = house.workflowId(phone)
    await expect.poll(() => failedTasks(house, workflowId)).toBeGreaterThan(0)
    expect(house.sends()).toHaveLength(0)
    await wrong.stop()

    await house.startWorker()
    // Temporal repeats a failed workflow task later and later, so a query may have to be asked again.
    await expect
      .poll(() => house.gateway.read(house.app, started.id, 0))
      .toMatchObject({ login: { status: 'waiting_for_code' } })
    expect(await house.submit(started.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
    expect(house.sends()).toHaveLength(1)
  },
)

test('row 41: a worker that lacks the new key gives a check back, and the attempt with it', async ({
  task,
}) => {
  injected(task, 'activities on a worker without the key')
  const house = await openHouse({ worker: 'none' })
  const dataConverter = converterWith(house, `new:${another()},${encryptionKeys}`)
  const before = await house.startWorker()
  const phone = aPhone()
  const { id } = await house.login(phone)
  await before.stop()
  const stories = await house.startWorker({ dataConverter, enableNonLocalActivities: false })
  const ignorant = await startEffectsOnly(house, encryptionKeys)
  const gateway = house.openGatewayWith(dataConverter)
  const submit = () => gateway.submitCode(house.app, id, { code: house.codeFor(phone), respondAsync: false })
  expect(await submit()).toMatchObject({
    answer: { outcome: 'unavailable', login: { status: 'waiting_for_code', attemptsLeft: 5 } },
  })
  expect(house.checks()).toHaveLength(0)
  await Promise.all([stories.stop(), ignorant.stop()])

  await house.startWorker({ dataConverter })
  expect(await submit()).toMatchObject({ answer: { outcome: 'verified' } })
})

/** A worker of activities alone, with another key; whatever it may do, it does not get to know what. */
async function startEffectsOnly(house: House, ring: string) {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') })
  const worker = await Worker.create({
    connection,
    namespace: house.namespace,
    taskQueue: house.taskQueue,
    dataConverter: converterWith(house, ring),
    activities: {
      checkCode: () => {
        throw new Error('it could read what to check')
      },
    },
  })
  const ended = worker.run()
  return {
    async stop() {
      worker.shutdown()
      await ended
      await connection.close()
    },
  }
}

test('row 41: an API that lacks the key starts nothing for a number whose budget it cannot read', async ({
  task,
}) => {
  injected(task, 'an API without the key')
  const house = await openHouse()
  const phone = aPhone()
  const { id } = await house.login(phone)
  const alarms: string[] = []
  const converter = converterWith(house, `old:${another()}`)
  const ignorant = house.openGatewayWith(converter, (text) => alarms.push(text))
  expect(await ignorant.start(house.app, house.toStart(phone))).toEqual({ outcome: 'unavailable' })
  expect(await ignorant.read(house.app, id, 0)).toEqual({ outcome: 'unavailable' })
  const told = `${house.workflowId(phone)} cannot be read: a payload was sealed with a key that is not here`
  expect(alarms).toEqual([told, told])
  expect(await house.submit(id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  expect(house.sends()).toHaveLength(1)
})

test('row 41: in the middle of a rotation, parts with the keys in either order work on one login', async ({
  task,
}) => {
  injected(task, 'API and worker with another current key')
  const house = await openHouse({ worker: 'none' })
  const recent = `recent:${another()}`
  await house.startWorker({ dataConverter: converterWith(house, `${recent},${encryptionKeys}`) })
  const gateway = house.openGatewayWith(converterWith(house, `${encryptionKeys},${recent}`))
  const phone = aPhone()
  const started = await gateway.start(house.app, house.toStart(phone))
  if (started.outcome !== 'started') throw new Error(`no login: ${started.outcome}`)
  const code = house.codeFor(phone)
  expect(await gateway.submitCode(house.app, started.login.id, { code, respondAsync: false })).toMatchObject({
    answer: { outcome: 'verified' },
  })
})
