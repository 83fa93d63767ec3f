/** `npm run record-history`: a login's history as a fixture that replays and holds nothing of what it was made of. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { toFixture } from '../../bin/record-history/fixture.ts'
import { leftovers } from '../../bin/record-history/leftovers.ts'
import { scrub } from '../../bin/record-history/scrub.ts'
import { parseHistory, toHistory, type History } from '../../bin/replay/history.ts'
import { isArray, isObject, objectAt, type Json } from '../../bin/replay/json.ts'
import { openHistory } from '../../bin/replay/payloads.ts'
import { openReplayer, type Replayer } from '../../bin/replay/replayer.ts'
import { aPhone, encryptionKeys, openHouse, type House } from '../support/house.ts'
import { openHouseWith } from '../support/house-with.ts'

// The command bundles the workflow code, which takes some seconds of a whole core.
vi.setConfig({ testTimeout: 120_000 })

const command = fileURLToPath(new URL('../../bin/record-history.ts', import.meta.url))

/** Output and exit status of the command, run as a person would. */
function record(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { PATH: process.env.PATH, ...environment }
  return new Promise<{ status: number; out: string; err: string }>((resolve) => {
    const child = execFile(process.execPath, [command, ...args], { env }, (_error, out, err) => {
      resolve({ status: child.exitCode ?? -1, out, err })
    })
  })
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-record-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

const placeOf = (house: House) => ({
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  TEMPORAL_NAMESPACE: house.namespace,
  ENCRYPTION_KEYS: encryptionKeys,
  LOOKUP_KEY: house.lookupKey.toString('base64'),
  TOKEN_KEYS: encryptionKeys,
  API_KEY: 'an-api-key-for-tests-only',
})

/** A golden history with one text in it changed, as if it had been recorded so. */
async function golden(
  name: string,
  change: (text: string) => string = (text) => text,
  folder = 'histories',
): Promise<History> {
  const text = readFileSync(new URL(`../workflows/${folder}/${name}.json`, import.meta.url), 'utf8')
  const noKeys = () => Promise.reject(new Error('a golden history is not encrypted'))
  return (await openHistory(parseHistory(change(text)), noKeys)).history
}

test('the fixture of a real login holds no trace of it, replays, and is the same each time', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const request = {
    channel: 'call',
    brand: 'Quillfeather',
    userId: 'user-zanzibar',
    nonce: 'nonce-xylophone',
    clientIp: '198.51.100.77',
    language: 'cy-GB',
    idempotency: house.identity.idempotency(house.app, 'start', 'a key', {}),
  } as const
  const login = await house.login(phone, request)
  const wrong = house.wrongCodeFor(phone)
  const submission = house.identity.idempotency(house.app, 'code', 'another key', {})
  await house.submit(login.id, wrong, submission)
  await expect.poll(() => house.resend(login.id)).toMatchObject({ outcome: 'sent' })
  const code = house.codeFor(phone)
  await house.submit(login.id, code)
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await handle.result()
  const { runId } = await handle.describe()
  const sessions = house.sandbox.messages(phone.e164).map(({ sessionId }) => sessionId)

  const folder = await aFolder()
  const told = await record([login.id, '--name', 'one', '--out', folder], placeOf(house))
  expect(told).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^wrote .*one\.json: \d+ events, verified$/m) as string,
  })
  expect(told.out).toMatch(/^replaced: .*1 phone\b.*2 code\b/m)
  const text = await readFile(join(folder, 'one.json'), 'utf8')
  const originals = [
    phone.e164,
    phone.e164.slice(1),
    phone.e164.slice(3),
    phone.masked,
    `••${phone.e164.slice(-2)}"`,
    wrong,
    code,
    login.id,
    login.id.slice('lg_'.length),
    house.workflowId(phone),
    house.workflowId(phone).split(':')[2] ?? '',
    runId,
    ...sessions,
    request.brand,
    request.userId,
    request.nonce,
    request.clientIp,
    request.language,
    request.idempotency.key,
    request.idempotency.fingerprint,
    submission.key,
    submission.fingerprint,
    'acme',
    `${process.pid}@`,
    house.taskQueue,
  ]
  expect(sessions.length).toBeGreaterThan(0)
  expect(originals.filter((original) => (text + told.out).includes(original))).toEqual([])
  expect(text).toContain('"phone": "+447700900100"')
  expect(text).toContain('"maskedPhone": "+••••••••••00"')

  const replayer = openReplayer(() => Promise.resolve({ codePath: inject('workflowBundle') }))
  onTestFinished(() => replayer.close())
  const read = await openHistory(parseHistory(text), () => Promise.reject(new Error('nothing is encrypted')))
  expect(await replayer.replay(read.history)).toBeUndefined()

  const [codec] = house.dataConverter.payloadCodecs ?? []
  if (codec === undefined) throw new Error('the house does not encrypt')
  const keys = () => Promise.resolve({ codec, namespace: house.namespace })
  const again = await openHistory(toHistory(await handle.fetchHistory()), keys)
  expect(await toFixture(again.history, replayer)).toMatchObject({ text })
})

test('a login whose events were announced is opened too, and its fixture replays', async () => {
  const house = await openHouseWith({ endpoints: ['main'] })
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.codeFor(phone))
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await handle.result()
  const [codec] = house.dataConverter.payloadCodecs ?? []
  if (codec === undefined) throw new Error('the house does not encrypt')
  const keys = () => Promise.resolve({ codec, namespace: house.namespace })
  const { history } = await openHistory(toHistory(await handle.fetchHistory()), keys)
  const replayer = openReplayer(() => Promise.resolve({ codePath: inject('workflowBundle') }))
  onTestFinished(() => replayer.close())
  expect(await toFixture(history, replayer)).toMatchObject({ outcome: 'fixture' })
})

describe('nothing is written', () => {
  const file = fileURLToPath(new URL('../workflows/histories/verified.json', import.meta.url))

  test('over a fixture that is there', async () => {
    const folder = await aFolder()
    await writeFile(join(folder, 'verified.json'), 'mine')
    const told = await record([file, '--out', folder])
    expect(told).toMatchObject({ status: 1, err: expect.stringContaining('is there already') as string })
    expect(await readFile(join(folder, 'verified.json'), 'utf8')).toBe('mine')
  })

  test('of a history that does not replay', async () => {
    const folder = await aFolder()
    const drifted = join(await aFolder(), 'drifted.json')
    await writeFile(drifted, (await readFile(file, 'utf8')).replaceAll('"checkCode"', '"verifyCode"'))
    const told = await record([drifted, '--out', folder])
    expect(told).toMatchObject({ status: 1, err: expect.stringContaining('it does not replay') as string })
    expect(await readdir(folder)).toEqual([])
  })

  test.each([
    ['when nothing is named', []],
    ['for two at once', ['lg_a', 'lg_b']],
    ['under a name with a path in it', ['lg_a', '--name', '../up']],
  ])('%s', async (_name, args) => {
    const told = await record(args)
    expect(told).toMatchObject({ status: 1, err: expect.stringContaining('Usage: ') as string })
  })
})

describe('a fixture', () => {
  let replayer: Replayer
  beforeAll(() => {
    replayer = openReplayer(() => Promise.resolve({ codePath: inject('workflowBundle') }))
  })
  afterAll(() => replayer.close())

  test('is refused when a value of the history is still to be found in it', async () => {
    // An app may call its user anything: here what the workflow calls a status.
    const history = await golden('verified-enrolment', (text) =>
      text.replaceAll('"user1"', '"waiting_for_code"'),
    )
    expect(await toFixture(history, replayer)).toEqual({
      outcome: 'refused',
      why: expect.stringContaining('still to be found in the fixture: user') as string,
    })
  })

  test('replaces what no rule names, the same by the same, and keeps only its form', async () => {
    const message =
      '{"code":"123456","note":"call +6591234567","seen":[{"by":"eve","+6591234567":true,"n":42}]}'
    const history = await golden('verified-after-malformed-signals', (text) =>
      text.replace('"data": "text1"', `"data": ${message}`),
    )
    const text = JSON.stringify(scrub(history).history)
    expect(text).toContain('"note":"text2","seen":[{"by":"text3","text4":true,"n":0}]')
    expect(text).not.toMatch(/6591234567|eve"/)
  })

  test('leaves out fields of the protocol that no rule names', async () => {
    const extra =
      '"header": {"fields": {"trace": {"metadata": {"encoding": "json/plain"}, "data": "a-trace-of-somebody"}}}, "signalName"'
    const history = await golden('verified-after-malformed-signals', (text) =>
      text.replace('"signalName"', extra),
    )
    const scrubbed = scrub(history)
    expect(JSON.stringify(scrubbed.history)).not.toContain('trace')
    expect(await toFixture(history, replayer)).toMatchObject({ outcome: 'fixture' })
  })

  test('keeps the SDK’s own notes of announcements, and of one that failed nothing that names somebody', async () => {
    const history = await golden('verified-and-announced-after-a-failure', (text) =>
      text.replaceAll('Temporal did not take every delivery', 'not to +6591234567'),
    )
    const fixture = await toFixture(history, replayer)
    if (fixture.outcome === 'refused') throw new Error(fixture.why)
    expect(fixture.text).toContain('"activity_type": "announceEvents"')
    expect(fixture.text).toContain('"message": "text2"')
    expect(fixture.text).not.toContain('6591234567')
  })

  test.each(['gone', 'failing-until-disabled', 'disabled-until-enabled'])(
    'of a webhook endpoint (%s) names it nowhere: not in ids, queues or summaries',
    async (name) => {
      const named = (text: string) => text.replaceAll('endpoint1', 'quillfeather-hooks')
      const fixture = await toFixture(await golden(name, named, 'delivery-histories'), replayer)
      if (fixture.outcome === 'refused') throw new Error(fixture.why)
      expect(fixture.text).not.toContain('quillfeather')
      expect(fixture.text).not.toMatch(/"text\d/)
      expect(fixture.text).toMatch(/"workflowId": "(event:evt_\w+|endpoint|failing):endpoint\d"/)
    },
  )

  test('of a fixture replays too, and names nobody either', async () => {
    const fixture = await toFixture(await golden('failed-after-a-reset'), replayer)
    expect(fixture).toMatchObject({ outcome: 'fixture' })
  })

  test('does not depend on the order in which the server sends its maps', async () => {
    const history = await golden('verified')
    const turned = (value: Json, name = ''): Json => {
      if (isArray(value)) return value.map((element) => turned(element))
      if (!isObject(value)) return value
      const members = Object.entries(value).map(([member, its]) => [member, turned(its, member)] as const)
      return Object.fromEntries(name.toLowerCase().endsWith('fields') ? members.toReversed() : members)
    }
    const backwards = { events: history.events.map((event) => objectAt(turned(event))) }
    expect(JSON.stringify(backwards)).not.toBe(JSON.stringify(history))
    expect(JSON.stringify(scrub(backwards))).toBe(JSON.stringify(scrub(history)))
  })
})

describe('what is left of an original', () => {
  test.each([
    ['a phone, with or without its plus', { text: 'x6591234567y' }, ['+6591234567'], ['+6591234567']],
    ['a long one, inside of anything', { evt_abcdefgh_1: 1 }, ['abcdefgh'], ['abcdefgh']],
    ['a short one, as a word', { a: 'code 7204 here' }, ['7204'], ['7204']],
    ['a short one, not inside of a number', { a: '17204' }, ['7204'], []],
    ['a short one, not in a time', { a: '2026-11-23T07:20:04.7204Z' }, ['2026'], []],
    ['two letters, never', { a: 'GB' }, ['GB'], []],
  ] satisfies [string, Json, string[], string[]][])('is found: %s', (_name, fixture, originals, found) => {
    expect(leftovers(fixture, originals)).toEqual(found)
  })
})
