/** What Postern tells the product: believed when it is signed, kept once, and shown to the one whom it is about. */
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Webhook } from 'standardwebhooks'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createStore } from '../../demo/store.ts'
import { receiveWebhook } from '../../demo/webhooks.ts'
import { toWebhookEvent } from '../../domain/webhook.ts'
import { aLogin, everyEvent } from '../domain/webhooks.ts'
import { aDelivery, newSecret, openWebhooks } from '../webhooks/harness.ts'

const secret = newSecret()
const userId = 'user-1'
const phone = '+••••••••67'

/** One of every type, as Postern writes them about `user-1`. */
const events = everyEvent().map((event) => toWebhookEvent(event, aLogin(), 'acme'))
const eventOf = (type: string) => {
  const found = events.find((event) => event.type === type)
  if (found === undefined) throw new Error(`there is no ${type}`)
  return found
}
const verified = eventOf('login.verified')

/** @param expected the product's secret; null: it has none */
async function openReceiver(expected: string | null = secret) {
  const store = createStore()
  store.accounts.add({ id: userId, name: 'ann', passwordHash: 'x' })
  const app = new Hono()
  app.post('/hooks', receiveWebhook({ secret: expected ?? undefined, store }))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', overrideGlobalObjects: false })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`

  const post = async (body: string, headers: Record<string, string>) =>
    (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }))
      .status
  return {
    url,
    store,
    post,
    /** As Postern would; `more` is what is different. */
    tell: (event: unknown, more: Partial<Signing> = {}) => post(...signed(event, more)),
    texts: () => store.activity.of(userId).map(({ text }) => text),
  }
}

type Signing = { readonly id: string; readonly at: Date; readonly by: string }

function signed(event: unknown, more: Partial<Signing> = {}): [string, Record<string, string>] {
  const { id = `evt_${randomUUID()}`, at = new Date(), by = secret } = more
  const body = typeof event === 'string' ? event : JSON.stringify(event)
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(by).sign(id, at, body),
  }
  return [body, headers]
}

test('a signed event becomes a line of its user’s activity, with the time when it happened', async () => {
  const { tell, store } = await openReceiver()
  expect(await tell(verified)).toBe(204)
  expect(store.activity.of(userId)).toEqual([
    { at: verified.timestamp, text: `The code sent to ${phone} was entered.` },
  ])
})

test('every event is taken, and those that tell a user something become one line each', async () => {
  const { tell, store } = await openReceiver()
  const lines: Record<string, readonly string[]> = {}
  for (const event of events) {
    const before = store.activity.of(userId).length
    expect([event.type, await tell(event)]).toEqual([event.type, 204])
    const after = store.activity.of(userId)
    lines[event.type] = after.slice(0, after.length - before).map(({ text }) => text)
  }
  expect(lines).toEqual({
    'login.started': [],
    'login.code_sent': [`A code to sign in went out to ${phone} by SMS.`],
    'login.send_failed': [],
    'login.delivered': [`The code reached ${phone}.`],
    'login.undelivered': [`The code may not have reached ${phone}.`],
    'login.code_rejected': ['A wrong code was entered to sign in.'],
    'login.check_failed': [],
    'login.verified': [`The code sent to ${phone} was entered.`],
    'login.failed': ['An attempt to sign in failed.'],
    'login.expired': ['An attempt to sign in was not finished in time.'],
    'login.canceled': ['An attempt to sign in was given up.'],
    'login.superseded': ['A newer attempt took the place of one to sign in.'],
  })
})

test('the line of an enrolment, and of a call, says so', async () => {
  const { tell, texts } = await openReceiver()
  const sent = eventOf('login.code_sent')
  await tell({ ...sent, data: { ...sent.data, purpose: 'enrolment', channel: 'call' } })
  expect(texts()).toEqual([`A code to turn on two-factor login went out to ${phone} by call.`])
})

describe('refused with 401, and nothing comes of', () => {
  const minutes = (count: number) => new Date(Date.now() + count * 60_000)
  const ways: Record<string, (good: [string, Record<string, string>]) => [string, Record<string, string>]> = {
    'another secret': () => signed(verified, { by: newSecret() }),
    'a timestamp of six minutes ago': () => signed(verified, { at: minutes(-6) }),
    'a timestamp in six minutes': () => signed(verified, { at: minutes(6) }),
    'a timestamp that was not signed': ([body, headers]) => [
      body,
      { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 1) },
    ],
    'an id that was not signed': ([body, headers]) => [body, { ...headers, 'webhook-id': 'evt_other' }],
    'a body that was changed': ([body, headers]) => [body.replace('login.verified', 'login.failed'), headers],
    'a body that was written again': ([body, headers]) => [
      JSON.stringify(JSON.parse(body), undefined, 1),
      headers,
    ],
    'no body': ([, headers]) => ['', headers],
    'no signature': ([body, { 'webhook-signature': _, ...headers }]) => [body, headers],
    'no id': ([body, { 'webhook-id': _, ...headers }]) => [body, headers],
    'no timestamp': ([body, { 'webhook-timestamp': _, ...headers }]) => [body, headers],
    'an empty signature': ([body, headers]) => [body, { ...headers, 'webhook-signature': 'v1,' }],
    'a signature of another version': ([body, headers]) => [
      body,
      { ...headers, 'webhook-signature': (headers['webhook-signature'] ?? '').replace('v1,', 'v1a,') },
    ],
    'a signature without a version': ([body, headers]) => [body, { ...headers, 'webhook-signature': 'x' }],
  }
  test.each(Object.entries(ways))('%s', async (_what, change) => {
    const { post, texts } = await openReceiver()
    const good = signed(verified)
    expect(await post(...change(good))).toBe(401)
    expect(texts()).toEqual([])
    // Nothing else stood in its way, and it used nothing up.
    expect(await post(...good)).toBe(204)
    expect(texts()).toHaveLength(1)
  })

  test('every message, when the product has no secret', async () => {
    const { tell, texts } = await openReceiver(null)
    expect(await tell(verified)).toBe(401)
    expect(texts()).toEqual([])
  })
})

test('while the secret is rotated, one good signature of two is enough', async () => {
  const { post, texts } = await openReceiver()
  const [body, headers] = signed(verified)
  const other = new Webhook(newSecret()).sign(headers['webhook-id'] ?? '', new Date(), body)
  const both = `${other} ${headers['webhook-signature'] ?? ''}`
  expect(await post(body, { ...headers, 'webhook-signature': both })).toBe(204)
  expect(texts()).toHaveLength(1)
})

test('an event that comes twice, or ten times at once, is one line', async () => {
  const { tell, texts } = await openReceiver()
  const statuses = await Promise.all(Array.from({ length: 10 }, () => tell(verified, { id: 'evt_1' })))
  expect(new Set(statuses)).toEqual(new Set([204]))
  // As a later attempt has it: the same id, another time and so another signature.
  expect(await tell(verified, { id: 'evt_1', at: new Date(Date.now() - 60_000) })).toBe(204)
  expect(texts()).toHaveLength(1)
  expect(await tell(verified, { id: 'evt_2' })).toBe(204)
  expect(texts()).toHaveLength(2)
})

test('events that come out of order stand in the order in which they happened, newest first', async () => {
  const { tell, texts } = await openReceiver()
  const at = (second: number, type: string) => ({
    ...eventOf(type),
    timestamp: `2030-01-01T00:00:${String(second).padStart(2, '0')}.000Z`,
  })
  await tell(at(30, 'login.verified'))
  await tell(at(1, 'login.code_sent'))
  await tell(at(20, 'login.code_rejected'))
  expect(texts()).toEqual([
    `The code sent to ${phone} was entered.`,
    'A wrong code was entered to sign in.',
    `A code to sign in went out to ${phone} by SMS.`,
  ])
})

test('what is signed and means nothing here is taken, and leaves no trace', async () => {
  const { tell, store } = await openReceiver()
  const { data } = verified
  const foreign: Record<string, unknown> = {
    'a user who is unknown': { ...verified, data: { ...data, userId: 'user-2' } },
    'a name that every object has': { ...verified, data: { ...data, userId: '__proto__' } },
    'no user': { ...verified, data: { ...data, userId: undefined } },
    'a type of tomorrow': { ...verified, type: 'login.tomorrow' },
    'a test': { type: 'webhook.test', timestamp: verified.timestamp, data: { endpoint: 'e-1' } },
    'another channel': { ...verified, data: { ...data, channel: 'telegraph' } },
    'no time': { ...verified, timestamp: 'yesterday' },
    'no object': 'null',
  }
  for (const [what, event] of Object.entries(foreign)) expect([what, await tell(event)]).toEqual([what, 204])
  expect(store.activity.of(userId)).toEqual([])
  expect(store.activity.of('user-2')).toEqual([])
})

test('what Postern itself delivers arrives, once', async () => {
  const webhooks = await openWebhooks()
  const { url, texts } = await openReceiver()
  const endpoint = await webhooks.openEndpoint(url, { secrets: [secret] })
  const delivery = aDelivery(endpoint.id)
  expect(await webhooks.deliver(delivery)).toEqual({
    status: 'delivered',
    attempts: 1,
    last: { outcome: 'delivered', status: 204 },
  })
  expect(texts()).toEqual([`The code sent to ${phone} was entered.`])
})
