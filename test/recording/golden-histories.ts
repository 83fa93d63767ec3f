/**
 * Records the golden histories, one a path of a login. They are what the replay test holds the workflow code to, so
 * from the first release tag on none is ever recorded again: changed code gets a new one beside it.
 *
 * Each is saved as `npm run record-history` saves it (`recorder.ts`).
 */
import { expect, test } from 'vitest'
import { statusOf } from '../../bin/replay/tell.ts'
import type { Login } from '../../domain/login.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'
import { openHouseWith } from '../support/house-with.ts'
import { deliveryPaths } from './delivery-paths.ts'
import { paths, type Path, type Stage } from './paths.ts'
import { openRecorder } from './recorder.ts'

const recorder = openRecorder(new URL('../workflows/histories/', import.meta.url))

test.each([...paths, ...deliveryPaths])('$name', async (path) => {
  const house = await openHouseOf(path)
  const stage: Stage = { house, phone: aPhone() }
  await path.before?.(stage)
  const login = await begin(path, stage)
  const newest = house.client.workflow.getHandle(house.workflowId(stage.phone))
  const { runId } = await newest.describe()
  await path.play?.({ ...stage, login, runId })

  const recorded = path.recorded === 'newest' ? (await newest.describe()).runId : runId
  const handle = house.client.workflow.getHandle(house.workflowId(stage.phone), recorded, {
    followRuns: false,
  })
  // How it ended is looked at below.
  await handle.result().catch(() => undefined)
  const history = await recorder.read(handle, house.namespace)
  expect(statusOf(history)).toBe(path.ends)
  await recorder.save(path.name, history)
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
