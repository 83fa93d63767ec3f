/**
 * Records the golden histories, one a path of a login. They are what the replay test holds the workflow code to, so
 * from the first release tag on none is ever recorded again: changed code gets a new one beside it.
 *
 * Each is saved as `npm run record-history` saves it: decrypted, scrubbed, and only if it still replays.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, expect, inject, test } from 'vitest'
import { toFixture } from '../../bin/record-history/fixture.ts'
import { toHistory } from '../../bin/replay/history.ts'
import { openHistory } from '../../bin/replay/payloads.ts'
import { openReplayer } from '../../bin/replay/replayer.ts'
import { statusOf } from '../../bin/replay/tell.ts'
import type { Login } from '../../domain/login.ts'
import { aPhone, createConverter, openHouse, type House } from '../support/house.ts'
import { openHouseWith } from '../support/house-with.ts'
import { deliveryPaths } from './delivery-paths.ts'
import { paths, type Path, type Stage } from './paths.ts'

const folder = new URL('../workflows/histories/', import.meta.url)

const replayer = openReplayer(() => Promise.resolve({ codePath: inject('workflowBundle') }))
afterAll(() => replayer.close())

test.each([...paths, ...deliveryPaths])('$name', async (path) => {
  const house = await openHouseOf(path)
  const stage: Stage = { house, phone: aPhone() }
  await path.before?.(stage)
  const login = await begin(path, stage)
  const newest = house.client.workflow.getHandle(house.workflowId(stage.phone))
  const { runId } = await newest.describe()
  await path.play?.({ ...stage, login, runId })

  const recorded = path.recorded === 'newest' ? (await newest.describe()).runId : runId
  await house.client.workflow
    .getHandle(house.workflowId(stage.phone), recorded, { followRuns: false })
    .result()
    // How it ended is looked at below.
    .catch(() => undefined)
  const history = await read(house, stage, recorded)
  expect(statusOf(history)).toBe(path.ends)
  const fixture = await toFixture(history, replayer)
  if (fixture.outcome === 'refused') throw new Error(fixture.why)
  await mkdir(folder, { recursive: true })
  await writeFile(new URL(`${path.name}.json`, folder), fixture.text)
})

function openHouseOf({ with: more, options, announceEvents }: Path): Promise<House> {
  return more ? openHouseWith(more, options, announceEvents?.()) : openHouse(options)
}

async function begin({ begin: beginOtherwise, start }: Path, stage: Stage): Promise<Login> {
  const { house, phone } = stage
  if (beginOtherwise === undefined) return house.login(phone, start)
  await beginOtherwise(stage)
  return house.client.workflow.getHandle(house.workflowId(phone)).query<Login>('login')
}

async function read(house: House, { phone }: Stage, runId: string) {
  const stored = await house.client.workflow.getHandle(house.workflowId(phone), runId).fetchHistory()
  const [codec] = createConverter(house.namespace).payloadCodecs ?? []
  if (codec === undefined) throw new Error('the house does not encrypt')
  const { history } = await openHistory(toHistory(stored), () =>
    Promise.resolve({ codec, namespace: house.namespace }),
  )
  return history
}
