/** Receipts of 8x8 on their whole way: posted by the sandbox, taken by the API, kept in the login's history. */
import { randomBytes } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import type { Payload } from '@temporalio/common'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createLoginGateway } from '../../../api/login-gateway.ts'
import { toCallbackUrl, type ReceiptSettings } from '../../../api/receipts/bearer.ts'
import type { Phone } from '../../../domain/phone.ts'
import { parseKeyRing } from '../../../platform/codec/key-ring.ts'
import { freePort } from '../../../platform/dev-server/ports.ts'
import { createLoginTokens } from '../../../platform/signing/login-tokens.ts'
import type { SandboxOptions } from '../../../sandbox/options.ts'
import type { ReceiptMessage } from '../../../workflows/messages.ts'
import { openHttp } from '../../support/http.ts'
import { aPhone, openHouse, type House, type HouseOptions } from '../../support/house.ts'
import { API_KEY, startApiProcess } from '../../support/processes.ts'
import { openTcpProxy } from '../../support/tcp-proxy.ts'

const ring = parseKeyRing(`test:${randomBytes(32).toString('base64')}`)
if (ring === undefined) throw new Error('malformed keys')
const callbackTokens = createLoginTokens(ring, 'callback')
const token = randomBytes(24).toString('base64url')
const authorization = `Bearer ${randomBytes(24).toString('base64url')}`
const receipts: ReceiptSettings = { callbackTokens, token, authorization, subAccountIds: () => ['acme'] }

const quick = { receipts: { delayMs: 10 }, receiptRetryMs: [200, 1000, 2000, 4000] }

async function open(sandbox: SandboxOptions = {}, options: HouseOptions = {}) {
  const house = await openHouse({ ...options, sandbox: { ...quick, ...sandbox } })
  const api = await openHttp(house, { receipts })
  return { house, api }
}

/** What the login was told, in the order of its history. */
async function keptFor(house: House, phone: Phone): Promise<ReceiptMessage[]> {
  const history = await house.client.workflow.getHandle(house.workflowId(phone)).fetchHistory()
  const signals = (history.events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: it }) =>
    it?.signalName === 'receipt' ? [it.input?.payloads ?? []] : [],
  )
  return Promise.all(signals.map((payloads) => decodeFirst<ReceiptMessage>(house, payloads)))
}

async function decodeFirst<T>(house: House, payloads: Payload[]): Promise<T> {
  const { payloadCodecs, payloadConverter } = house.client.options.loadedDataConverter
  let plain = payloads
  for (const codec of payloadCodecs) plain = await codec.decode(plain)
  const [first] = plain
  if (first === undefined) throw new Error('there is no payload')
  return payloadConverter.fromPayload<T>(first)
}

/** In alphabetical order: two receipts at once are kept in any. */
const statesFor = async (house: House, phone: Phone) =>
  (await keptFor(house, phone)).map(({ state }) => state).sort()

/** Brings a receipt as 8x8 would; answers the status. */
async function bring(url: string, body: object, headers: Record<string, string> = {}): Promise<number> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }
  const answer = await fetch(url, { ...init, body: JSON.stringify(body) })
  return answer.status
}

const sms = (phone: Phone, state: string, umid = 'b1') => ({
  namespace: 'SMS',
  payload: { umid, subAccountId: 'acme', destination: phone.e164, status: { state } },
})

test('WHI-1: a login tells 8x8 a callback URL of its own, and what is posted there is kept', async () => {
  const { house, api } = await open()
  const phone = aPhone()
  const login = await api.login(phone)
  const callbackUrl = toCallbackUrl(api.url, callbackTokens, login.id)
  expect(house.sends()[0]?.body).toMatchObject({ callbackUrl })
  const answered = () => house.sandbox.receipts.map((it) => it.answered)
  await expect.poll(answered).toEqual([204, 204, 204])
  await expect.poll(() => statesFor(house, phone)).toEqual(['delivered', 'sent'])
  expect((await keptFor(house, phone)).find(({ state }) => state === 'sent')).toEqual({
    loginId: login.id,
    receiptId: expect.stringMatching(/^[0-9a-f-]{36}:sent$/) as unknown,
    channel: 'sms',
    state: 'sent',
  })
  await expect.poll(async () => (await api.read(login.id)).body).toEqual({ ...login, delivery: 'delivered' })
})

test('WHI-2: a message that does not arrive is told with its cause', async () => {
  const { house, api } = await open()
  const phone = aPhone()
  house.sandbox.fault({ operation: 'send', phone: phone.e164, fault: { kind: 'undelivered' } })
  const login = await api.login(phone)
  await expect.poll(() => statesFor(house, phone)).toEqual(['sent', 'undelivered'])
  const told = (await keptFor(house, phone)).find(({ state }) => state === 'undelivered')
  expect(told).toMatchObject({ channel: 'sms', cause: 'absent_subscriber' })
  await expect
    .poll(async () => (await api.read(login.id)).body)
    .toMatchObject({ status: 'waiting_for_code', delivery: 'undelivered' })
})

test('WHI-2: a call is told by its summary', async () => {
  const { house, api } = await open()
  const phone = aPhone()
  await api.start({ phone: phone.e164, channel: 'call' })
  await expect.poll(() => keptFor(house, phone)).toMatchObject([{ channel: 'call', state: 'delivered' }])
})

test('WHI-4: row 36: receipts that come a hundred times and in the wrong order are kept once', async () => {
  const { house, api } = await open({ receipts: { delayMs: 10, copies: 100, order: 'reversed' } })
  const phone = aPhone()
  const login = await api.login(phone)
  await expect.poll(() => house.sandbox.receipts.length).toBe(300)
  expect(new Set(house.sandbox.receipts.map(({ answered }) => answered))).toEqual(new Set([204]))
  await expect.poll(() => statesFor(house, phone)).toEqual(['delivered', 'sent'])
  expect((await api.read(login.id)).body).toMatchObject({ status: 'waiting_for_code' })
})

test('WHI-6: row 36: of two hundred receipts at once a login is told twenty, and goes on', async () => {
  const { house, api } = await open({ receipts: { posted: false } })
  const phone = aPhone()
  const login = await api.login(phone)
  const url = toCallbackUrl(api.url, callbackTokens, login.id)
  const flood = Array.from({ length: 200 }, (_, n) => bring(url, sms(phone, 'undelivered', `b${n}`)))
  expect(new Set(await Promise.all(flood))).toEqual(new Set([204]))
  expect(await keptFor(house, phone)).toHaveLength(20)
  expect(await api.submit(login.id, house.codeFor(phone))).toMatchObject({
    status: 200,
    body: { status: 'verified' },
  })
})

test.each(['VERIFIED', 'FAILED', 'EXPIRED'])(
  'WHI-2: row 36: a callback that says %s neither verifies nor ends a login',
  async (status) => {
    const { house, api } = await open({ receipts: { posted: false } })
    const phone = aPhone()
    const login = await api.login(phone)
    const url = toCallbackUrl(api.url, callbackTokens, login.id)
    const sessionId = house.sends()[0]?.sessionId
    expect(await bring(url, { sessionId, destination: phone.e164, status, attempt: 5 })).toBe(204)
    expect(await statesFor(house, phone)).toEqual(['unknown'])
    expect((await api.read(login.id)).body).toEqual(login)
    expect(house.checks()).toEqual([])
    expect(house.sends()).toHaveLength(1)
  },
)

test('WHI-4: row 36: a receipt for a closed login is taken, and changes nothing', async () => {
  const { house, api } = await open({ receipts: { posted: false } })
  const phone = aPhone()
  const login = await api.login(phone)
  const canceled = (await api.cancel(login.id)).body
  const url = toCallbackUrl(api.url, callbackTokens, login.id)
  expect(await bring(url, sms(phone, 'undelivered'))).toBe(204)
  const account = `${api.url}/v1/webhooks/8x8/${token}`
  expect(await bring(account, sms(phone, 'undelivered', 'b2'), { authorization })).toBe(204)
  expect(await keptFor(house, phone)).toEqual([])
  expect((await api.read(login.id)).body).toEqual(canceled)
})

test('row 36: a receipt of a closed login says nothing to the one that came after it', async () => {
  const { house, api } = await open({ receipts: { posted: false } })
  const phone = aPhone()
  const older = await api.login(phone)
  await api.cancel(older.id)
  await expect.poll(() => Date.now() > Date.parse(older.resendAfter ?? '')).toBe(true)
  const newer = await api.login(phone)
  const late = toCallbackUrl(api.url, callbackTokens, older.id)
  expect(await bring(late, sms(phone, 'undelivered', 'b1'))).toBe(204)
  const own = toCallbackUrl(api.url, callbackTokens, newer.id)
  expect(await bring(own, sms(phone, 'delivered', 'b2'))).toBe(204)
  expect(await keptFor(house, phone)).toMatchObject([{ loginId: newer.id, receiptId: 'b2:delivered' }])
})

test('the account’s webhook finds the login by its number', async () => {
  const { house, api } = await open({ receipts: { posted: false } })
  const phone = aPhone()
  const login = await api.login(phone)
  const account = `${api.url}/v1/webhooks/8x8/${token}`
  expect(await bring(account, sms(phone, 'delivered'), { authorization })).toBe(204)
  expect(await keptFor(house, phone)).toMatchObject([{ loginId: login.id, state: 'delivered' }])
})

test('a receipt that comes both ways is kept once', async () => {
  const { house, api } = await open({ receipts: { posted: false } })
  const phone = aPhone()
  const login = await api.login(phone)
  const account = `${api.url}/v1/webhooks/8x8/${token}`
  const own = toCallbackUrl(api.url, callbackTokens, login.id)
  expect(await bring(account, sms(phone, 'delivered'), { authorization })).toBe(204)
  expect(await bring(own, sms(phone, 'delivered'))).toBe(204)
  expect(await keptFor(house, phone)).toHaveLength(1)
})

test('row 36: a receipt for a number that never had a login is taken, and starts none', async () => {
  const { house, api } = await open()
  const phone = aPhone()
  const account = `${api.url}/v1/webhooks/8x8/${token}`
  expect(await bring(account, sms(phone, 'delivered'), { authorization })).toBe(204)
  const unknown = house.identity.newLoginId(house.workflowId(phone))
  const own = toCallbackUrl(api.url, callbackTokens, unknown)
  expect(await bring(own, sms(phone, 'delivered'))).toBe(204)
  await expect(house.client.workflow.getHandle(house.workflowId(phone)).describe()).rejects.toThrow()
})

test('WHI-3: row 37: while Temporal is away a receipt is answered 503, and is kept when it comes again', async () => {
  const house = await openHouse({ sandbox: quick })
  const proxy = await openTcpProxy(inject('temporalAddress'))
  const connection = await Connection.connect({ address: proxy.address })
  onTestFinished(() => connection.close())
  const { namespace, dataConverter, identity, policy, taskQueue } = house
  const client = new Client({ connection, namespace, dataConverter })
  const apart = createLoginGateway({ client, identity, policy, taskQueue })
  const api = await openHttp(house, {
    receipts,
    gateway: { ...house.gateway, receipt: (...args) => apart.receipt(...args) },
  })
  proxy.always({ kind: 'blackhole' })

  const phone = aPhone()
  const login = await api.login(phone)
  await expect
    .poll(() => house.sandbox.receipts.map(({ answered }) => answered))
    .toEqual(expect.arrayContaining([503, 503, 503]))
  expect((await api.read(login.id)).body).toMatchObject({ status: 'waiting_for_code', delivery: 'sent' })
  proxy.always({ kind: 'pass' })
  proxy.cut()
  await expect.poll(() => statesFor(house, phone)).toEqual(['delivered', 'sent'])
})

test('row 37: a login whose receipts nobody could take is verified all the same', async () => {
  const { house, api } = await open({ receiptRetryMs: [10, 10, 10, 10] })
  const phone = aPhone()
  const answers = { outcome: 'unavailable' } as const
  const down = await openHttp(house, {
    receipts,
    gateway: { ...house.gateway, receipt: () => Promise.resolve(answers) },
  })
  const login = await down.login(phone)
  await expect.poll(() => house.sandbox.receipts.length).toBe(15)
  expect(house.sandbox.receipts.every(({ answered }) => answered === 503)).toBe(true)
  expect((await api.read(login.id)).body).toMatchObject({ delivery: 'sent' })
  expect(await api.submit(login.id, house.codeFor(phone))).toMatchObject({ body: { status: 'verified' } })
  expect(house.sends()).toHaveLength(1)
})

test('the ladder and the endpoints of an app are in what its logins start with, and no endpoints when it has none', async () => {
  const { house } = await open()
  const ladder = { whenUndelivered: 'call', receiptWaitSeconds: 0 } as const
  const endpoint = { id: 'default', url: 'https://acme.example', secrets: [''], concurrency: 1 } as const
  const settings = { ladder, endpoints: [endpoint] }
  const inputs = []
  for (const more of [settings, { endpoints: [] }]) {
    const phone = aPhone()
    const api = await openHttp(house, { settings: more })
    await api.login(phone)
    const history = await house.client.workflow.getHandle(house.workflowId(phone)).fetchHistory()
    const payloads = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? []
    inputs.push(await decodeFirst(house, payloads))
  }
  expect(inputs[0]).toMatchObject({ ladder, endpoints: ['default'] })
  for (const name of ['endpoints', 'callbackUrl']) expect(inputs[1]).not.toHaveProperty(name)
})

test('the API as it runs in earnest takes the receipts that it has asked for', async () => {
  const house = await openHouse({ forProcesses: true, worker: 'own', sandbox: quick })
  const port = await freePort()
  await startApiProcess(house, port)
  const phone = aPhone()
  const started = await fetch(`http://127.0.0.1:${port}/v1/logins`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ phone: phone.e164 }),
  })
  expect(started.status).toBe(201)
  const url = expect.stringContaining(`http://127.0.0.1:${port}/v1/webhooks/8x8/lg_`) as unknown
  const taken = { url, answered: 204 }
  await expect.poll(() => house.sandbox.receipts).toMatchObject([taken, taken, taken])
  // A signal that comes during a workflow task is kept at once, and in the history when the task ends.
  await expect.poll(() => statesFor(house, phone)).toEqual(['delivered', 'sent'])
})
