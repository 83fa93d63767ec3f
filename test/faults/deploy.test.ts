/** New workflow code beside the old and in its place, on the real server (fault rows 46 and 47). */
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { beforeAll, expect, test } from 'vitest'
import type { Phone } from '../../domain/phone.ts'
import { failureConverterPath } from '../../platform/codec/data-converter.ts'
import { aPhone } from '../support/house.ts'
import { injected } from '../support/injected.ts'
import { plant } from '../support/plant.ts'
import { commandWith, runInShell } from '../support/shipping-page.ts'
import { promote, startVersion, tasksOf } from '../support/versions.ts'
import { openWatchedHouse } from '../support/watched-house.ts'

const OLD = '1.0.0'
const NEW = '1.1.0'
const MENDED = '1.1.1'
const CANNOT_REPLAY = 'WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR'

/** Workflow code that cannot replay a login which today's has begun. */
let next: { code: string }
beforeAll(async () => {
  const workflowsPath = fileURLToPath(new URL('../workflows/next/index.ts', import.meta.url))
  const logger = new DefaultLogger('WARN')
  next = await bundleWorkflowCode({ workflowsPath, failureConverterPath, logger })
})

const openEmptyHouse = () => openWatchedHouse({ worker: 'none', forProcesses: true })
const patience = { timeout: 20_000, interval: 100 }

test('row 47: of two versions a login ends on the one it began with and new ones begin on the promoted one, until the old is drained', async ({
  task,
}) => {
  const house = await openEmptyHouse()
  const describe = () => runInShell(house.namespace, commandWith('describe --name'))
  const [early, between, late, last] = [aPhone(), aPhone(), aPhone(), aPhone()]

  const old = await startVersion(house, OLD)
  await promote(house, OLD)
  const earlyLogin = await house.login(early)
  await startVersion(house, NEW, { workflowBundle: next })
  const betweenLogin = await house.login(between)
  await promote(house, NEW)
  injected(task, 'another version promoted')
  const lateLogin = await house.login(late)

  for (const [login, phone] of [
    [earlyLogin, early],
    [lateLogin, late],
  ] as const) {
    expect(await house.submit(login.id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  }
  expect(await tasksOf(house, early)).toEqual({ versions: [OLD], failures: [] })
  expect(await tasksOf(house, between)).toEqual({ versions: [OLD], failures: [] })
  expect(await tasksOf(house, late)).toEqual({ versions: [NEW], failures: [] })
  const { memo } = await house.client.workflow.getHandle(house.workflowId(late)).describe()
  expect(memo).toMatchObject({ begunBy: 'next' })

  expect(await describe()).toMatch(/1\.0\.0 +draining/)
  await house.cancel(betweenLogin.id)
  await expect.poll(describe, patience).toMatch(/1\.0\.0 +drained/)
  await old.stop()
  const lastLogin = await house.login(last)
  expect(await house.submit(lastLogin.id, house.codeFor(last))).toMatchObject({ outcome: 'verified' })
  expect(await house.violations({ isOver: true })).toEqual([])
}, 60_000)

test('row 46: logins that changed code cannot replay stand still without an effect, and go on with the old code or on a mended version', async ({
  task,
}) => {
  const house = await openEmptyHouse()
  const [returned, moved] = [aPhone(), aPhone()]
  const workflow = (phone: Phone) => house.client.workflow.getHandle(house.workflowId(phone))
  const failures = async (phone: Phone) => (await tasksOf(house, phone)).failures
  const before = await startVersion(house, OLD)
  await promote(house, OLD)
  const { id } = await house.login(returned)
  await house.login(moved)

  await before.stop()
  const changed = await startVersion(house, OLD, { workflowBundle: next })
  injected(task, 'other code under the same build id')
  for (const phone of [returned, moved])
    await workflow(phone).signal('userCode', { code: house.codeFor(phone) })
  for (const phone of [returned, moved]) {
    await expect.poll(() => failures(phone), patience).toEqual([CANNOT_REPLAY])
    expect((await workflow(phone).describe()).status.name).toBe('RUNNING')
  }
  expect(await house.gateway.read(house.app, id, 0)).toEqual({ outcome: 'unavailable' })
  expect(house.checks()).toEqual([])

  await startVersion(house, MENDED)
  await promote(house, MENDED)
  const move = commandWith('update-options', '$ID')
  await runInShell(house.namespace, move, { ID: house.workflowId(moved) })
  await changed.stop()
  await startVersion(house, OLD)
  expect(await workflow(moved).result()).toMatchObject({ login: { status: 'verified' } })
  expect(await workflow(returned).result()).toMatchObject({ login: { status: 'verified' } })
  expect((await tasksOf(house, moved)).versions).toEqual([OLD, MENDED])
  expect((await tasksOf(house, returned)).versions).toEqual([OLD])
  expect({ sends: house.sends().length, checks: house.checks().length }).toEqual({ sends: 2, checks: 2 })
  expect(await house.violations({ isOver: true })).toEqual([])
}, 60_000)

test('a disabled number holds its version until it is moved to the next, and is cleared there', async () => {
  const house = await openEmptyHouse()
  const phone = aPhone()
  const old = await startVersion(house, OLD)
  await promote(house, OLD)
  await plant(house, phone, { failures: { count: 98, lastAt: Date.now() - 3_700_000 } })
  const login = await house.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await house.submit(login.id, house.wrongCodeFor(phone, n))
  await startVersion(house, NEW)
  await promote(house, NEW)

  const shell = (command: string) => runInShell(house.namespace, command, { OLD, NEW })
  const find = commandWith('workflow list', "PosternStatus!='open'")
  await expect.poll(() => shell(find), patience).toContain(house.workflowId(phone))
  expect(await shell(commandWith('describe --name'))).toMatch(/1\.0\.0 +draining/)
  await shell(commandWith('update-options', '$OLD'))
  await expect.poll(() => shell(commandWith('describe --name')), patience).toMatch(/1\.0\.0 +drained/)
  await old.stop()

  await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
  await house.client.workflow.getHandle(house.workflowId(phone)).result()
  expect(await tasksOf(house, phone)).toEqual({ versions: [OLD, NEW], failures: [] })
  await expect.poll(() => house.start(phone), patience).toMatchObject({ outcome: 'started' })
}, 60_000)
