/** `npm run replay`: what an engineer is told of histories in files and on a server, and its exit status. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { aPhone, encryptionKeys, openHouse, type House } from '../support/house.ts'

// Each run of the command bundles the workflow code anew, which takes some seconds of a whole core.
vi.setConfig({ testTimeout: 120_000 })

const command = fileURLToPath(new URL('../../bin/replay.ts', import.meta.url))
const histories = fileURLToPath(new URL('../workflows/histories/', import.meta.url))

type Environment = Readonly<Record<string, string>>

/** Output and exit status of the command, run as a person would. */
function replay(args: readonly string[], environment: Environment = {}) {
  const env = { PATH: process.env.PATH, ...environment }
  return new Promise<{ status: number; out: string; err: string }>((resolve) => {
    const child = execFile(process.execPath, [command, ...args], { env }, (_error, out, err) => {
      resolve({ status: child.exitCode ?? -1, out, err })
    })
  })
}

const placeOf = (house: House): Environment => ({
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  TEMPORAL_NAMESPACE: house.namespace,
  ENCRYPTION_KEYS: encryptionKeys,
  LOOKUP_KEY: house.lookupKey.toString('base64'),
  TOKEN_KEYS: encryptionKeys,
  API_KEY: 'an-api-key-for-tests-only',
})

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-replay-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** As `temporal workflow show --output json` writes it. */
async function download(house: House, workflowId: string, runId?: string): Promise<string> {
  const path = join(await aFolder(), 'events.json')
  await writeFile(
    path,
    historyToJSON(await house.client.workflow.getHandle(workflowId, runId).fetchHistory()),
  )
  return path
}

async function aVerifiedLogin(house: House) {
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.codeFor(phone))
  const workflowId = house.workflowId(phone)
  const handle = house.client.workflow.getHandle(workflowId)
  await handle.result()
  return { phone, login, workflowId, runId: (await handle.describe()).runId }
}

describe('files', () => {
  test('a folder of plain histories replays with no server, no keys, and no setting of production', async () => {
    const { status, out } = await replay([histories], { NODE_ENV: 'production' })
    expect(out).toMatch(
      /^ok {10}login:example:\S+ {2}[0-9a-f-]{36} {2}27 events {2}verified {2}verified\.json$/m,
    )
    expect(out).toMatch(/^\d+ replayed, 0 diverged, 0 unreadable$/m)
    expect(status).toBe(0)
  })

  test('an encrypted history replays with its key; with another it is unreadable, and the key is named', async () => {
    const house = await openHouse()
    const { workflowId, runId } = await aVerifiedLogin(house)
    const path = await download(house, workflowId)
    const told = await replay([path], placeOf(house))
    expect(told).toMatchObject({ status: 0 })
    expect(told.out).toContain(`ok          ${workflowId}  ${runId}  27 events  verified  events.json\n`)

    const other = { ...placeOf(house), ENCRYPTION_KEYS: encryptionKeys.replace('test:', 'other:') }
    expect(await replay([path], other)).toMatchObject({
      status: 1,
      out: 'unreadable  events.json: it is encrypted with key test, which is not among ENCRYPTION_KEYS\n0 replayed, 0 diverged, 1 unreadable\n',
    })
    const elsewhere = { ...placeOf(house), TEMPORAL_NAMESPACE: 'elsewhere' }
    const { out } = await replay([path], elsewhere)
    expect(out).toMatch(
      /^unreadable .*does not open with key test of ENCRYPTION_KEYS in namespace elsewhere: .*\(TEMPORAL_NAMESPACE\)/,
    )
  })

  test('a signal that the worker refused because it was not encrypted is refused in the replay too', async () => {
    const house = await openHouse({ isForged: true })
    const phone = aPhone()
    const login = await house.login(phone)
    const workflowId = house.workflowId(phone)
    const { connection, options } = house.client
    const stranger = new Client({ connection, namespace: options.namespace })
    await stranger.workflow.getHandle(workflowId).signal('userCode', { code: house.wrongCodeFor(phone) })
    await house.submit(login.id, house.codeFor(phone))
    await house.client.workflow.getHandle(workflowId).result()
    expect(house.checks()).toHaveLength(1)
    expect(house.refusals()).not.toEqual([])
    expect(await replay([await download(house, workflowId)], placeOf(house))).toMatchObject({ status: 0 })
  })

  test.each([
    ['is not JSON', 'events', 'it is not JSON'],
    ['is no history', '{"logins":[]}', 'it is not a history: no events'],
    ['is of something else', '[{"eventId":"1"}]', 'event 1 has no attributes'],
  ])('a file that %s is unreadable', async (_name, text, why) => {
    const path = join(await aFolder(), 'a.json')
    await writeFile(path, text)
    expect(await replay([path])).toMatchObject({
      status: 1,
      out: expect.stringContaining(`unreadable  a.json: ${why}\n`) as string,
    })
  })

  test('one that is unreadable keeps the others from nothing, and is not ok', async () => {
    const { status, out } = await replay([join(histories, 'verified.json'), join(histories, 'no-such.json')])
    expect(out).toMatch(/^ok .* verified\.json$/m)
    expect(out).toMatch(/^unreadable .*no-such\.json: there is no such file$/m)
    expect(out).toMatch(/^1 replayed, 0 diverged, 1 unreadable$/m)
    expect(status).toBe(1)
  })

  test('an interrupt finishes what is under way, and is told from a success', async () => {
    const many = Array.from({ length: 20 }, () => histories)
    const child = spawn(process.execPath, [command, ...many], { env: { PATH: process.env.PATH } })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      if (lines.push(line) === 1) child.kill('SIGINT')
    }
    expect(await ended).toBe(130)
    expect(lines.at(-1)).toMatch(/^\d+ replayed, 0 diverged, 0 unreadable$/)
    expect(Number.parseInt(lines.at(-1) ?? '', 10)).toBe(lines.length - 1)
  })
})

describe('a server', () => {
  test('a login is found by its id, its workflow, its run and a query, and an earlier one of the number too', async () => {
    const house = await openHouse()
    const older = await aVerifiedLogin(house)
    const { phone, workflowId } = older
    await expect.poll(() => house.start(phone)).toMatchObject({ outcome: 'started' })
    const newest = house.client.workflow.getHandle(workflowId)
    const { runId } = await newest.describe()
    const lines = async (...args: string[]) => {
      const { status, out } = await replay(args, placeOf(house))
      expect(status).toBe(0)
      return out.trimEnd().split('\n').slice(0, -1).toSorted()
    }
    const verified = `ok          ${workflowId}  ${older.runId}  27 events  verified`
    const open = `ok          ${workflowId}  ${runId}  13 events  open`
    expect(await lines(older.login.id, workflowId, `${workflowId}/${older.runId}`)).toEqual(
      [`${verified}  ${older.login.id}`, open, verified].toSorted(),
    )
    const query = `WorkflowId = '${workflowId}'`
    const { workflow } = house.client
    await expect.poll(async () => (await workflow.count(query)).count).toBe(2)
    expect(await lines(workflowId, '--all-runs', '--query', query)).toEqual(
      [open, verified, open, verified].toSorted(),
    )
  })

  test('what is not there is told, and is no success', async () => {
    const house = await openHouse()
    const login = house.identity.newLoginId(house.workflowId(aPhone()))
    const run = 'login:acme:nobody/00000000-0000-4000-8000-000000000000'
    const { status, out } = await replay([login, 'login:acme:nobody', run, 'lg_x'], placeOf(house))
    const whys = out.split('\n').slice(0, 4).toSorted()
    expect(whys).toEqual(
      [
        `unreadable  ${login}: Temporal has no such login, or keeps it no longer`,
        'unreadable  login:acme:nobody: Temporal has no such workflow, or keeps it no longer',
        `unreadable  ${run}: Temporal has no such run, or keeps it no longer`,
        'unreadable  lg_x: it is not a login id',
      ].toSorted(),
    )
    expect(status).toBe(1)
    const query = "WorkflowId = 'login:acme:nobody'"
    expect(await replay(['--query', query], placeOf(house))).toMatchObject({
      status: 1,
      err: expect.stringContaining('nothing was found') as string,
    })
  })

  test('a query that Temporal does not take, and a Temporal that is away, are told', async () => {
    const house = await openHouse()
    expect(await replay(['--query', 'Status is what?'], placeOf(house))).toMatchObject({
      status: 1,
      err: expect.stringContaining('Temporal does not take it: ') as string,
    })
    const nowhere = { ...placeOf(house), TEMPORAL_ADDRESS: '127.0.0.1:1' }
    expect(await replay(['login:acme:somebody'], nowhere)).toMatchObject({
      status: 1,
      err: expect.stringContaining('Temporal does not answer: 127.0.0.1:1, namespace default') as string,
    })
  })
})

test.each([
  ['nothing', []],
  ['an option that it does not know', ['--all']],
  ['all runs of what is no workflow', ['lg_x', '--all-runs']],
])('%s is told how it goes', async (_name, args) => {
  expect(await replay(args)).toMatchObject({
    status: 1,
    out: '',
    err: expect.stringContaining('Usage: npm run replay -- <what…>') as string,
  })
})
