/** What a worker says of its version, and whether it is given logins. */
import { readFileSync } from 'node:fs'
import { Connection } from '@temporalio/client'
import { temporal } from '@temporalio/proto'
import { expect, test } from 'vitest'
import { DEPLOYMENT_NAME, describePromotion, readBuildId } from '../../platform/worker-version.ts'
import { aPhone, openHouse } from '../support/house.ts'
import { startWorkerProcess } from '../support/processes.ts'
import { runInShell } from '../support/shipping-page.ts'
import { placeOf, promote, startVersion, tasksOf } from '../support/versions.ts'

const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
const { version: packageVersion } = JSON.parse(file) as { version: string }

const openEmptyHouse = () => openHouse({ worker: 'none', forProcesses: true })

test.each([
  [{ isVersioned: true, buildId: '7f3c9e1' }, '7f3c9e1'],
  [{ isVersioned: true, buildId: undefined }, packageVersion],
  [{ isVersioned: false, buildId: '7f3c9e1' }, undefined],
])('the settings %o make the build id %s', (settings, buildId) => {
  expect(readBuildId(settings)).toBe(buildId)
})

test('a versioned worker says the command that promotes it, and the login that waited for it goes on', async () => {
  const house = await openEmptyHouse()
  const worker = await startWorkerProcess(house, { WORKER_VERSIONING: 'on', LOG_LEVEL: 'info' })
  // The log is written when there is time for it, perhaps after the ready line.
  await expect.poll(() => worker.said()).toContain('temporal worker deployment')
  expect(worker.said()).toContain(`"msg":"version ${packageVersion}"`)
  const [command = ''] = /temporal worker deployment [^"]*/.exec(worker.said()) ?? []
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 0 })
  expect(login.status).toBe('sending')

  await runInShell('of-the-command', command)
  await expect
    .poll(() => house.gateway.read(house.app, login.id, 0), { interval: 100 })
    .toMatchObject({ outcome: 'login', login: { status: 'waiting_for_code' } })
  expect(await tasksOf(house, phone)).toEqual({ versions: [packageVersion], failures: [] })
  const { raw } = await house.client.workflow.getHandle(house.workflowId(phone)).describe()
  const behavior = raw.workflowExecutionInfo?.versioningInfo?.behavior
  expect(behavior).toBe(temporal.api.enums.v1.VersioningBehavior.VERSIONING_BEHAVIOR_PINNED)
}, 60_000)

test('a worker is told of a promotion as long as its version is neither current nor ramping', async () => {
  const house = await openEmptyHouse()
  const { client, namespace } = house
  const told = (buildId: string | undefined) => describePromotion(placeOf(house), buildId)
  const deployment = { namespace, deploymentName: DEPLOYMENT_NAME }

  expect(await told(undefined)).toBeUndefined()
  await startVersion(house, '1.0.0')
  expect(await told('1.0.0')).toMatch(/^no version is current; version 1\.0\.0 is given no new logins/)
  await promote(house, '1.0.0')
  expect(await told('1.0.0')).toBeUndefined()
  expect(await told(undefined)).toMatch(/^version 1\.0\.0 is current; a worker without .* --unversioned$/)

  await startVersion(house, '1.1.0')
  expect(await told('1.1.0')).toMatch(/^version 1\.0\.0 is current; .* --build-id 1\.1\.0$/)
  const share = { buildId: '1.1.0', percentage: 20 }
  await client.workflowService.setWorkerDeploymentRampingVersion({ ...deployment, ...share })
  expect(await told('1.1.0')).toBeUndefined()
  await client.workflowService.setWorkerDeploymentRampingVersion({ ...deployment, ...share, percentage: 0 })
  expect(await told('1.1.0')).toMatch(/^version 1\.0\.0 is current/)
}, 60_000)

test('a version that Temporal does not come to know is told of all the same', async () => {
  const house = await openEmptyHouse()
  expect(await describePromotion(placeOf(house), '1.0.0', 300)).toMatch(/^no version is current; .*1\.0\.0$/)
})

test('a Temporal that does not answer keeps no worker from its work', async () => {
  const connection = Connection.lazy({ address: '127.0.0.1:1' })
  const place = { connection, namespace: 'default', address: '127.0.0.1:1' }
  expect(await describePromotion(place, '1.0.0', 300)).toMatch(
    /^Temporal does not say .* --address 127\.0\.0\.1:1 --namespace default .* --build-id 1\.0\.0$/,
  )
  expect(await describePromotion(place, undefined, 300)).toBeUndefined()
  await connection.close()
})
