/** The client against the real API on a socket: what it types is what it gets. */
import { describe, expect, test } from 'vitest'
import { createPosternClient, PosternError, type LoginEvent } from '../../client/index.ts'
import { openJourney, untilResendable } from '../support/http.ts'
import { aPhone } from '../support/house.ts'

async function openClient() {
  const { house, api } = await openJourney()
  const apiKey = api.authorization('acme').replace('Bearer ', '')
  return { house, api, postern: createPosternClient({ baseUrl: api.url, apiKey }) }
}

test('a login is started, waited for, resent, submitted and listed', async () => {
  const { house, postern } = await openClient()
  const phone = aPhone()
  const { id, ...started } = await postern.start({ phone: phone.e164, userId: 'u-1', nonce: 'n-1' })
  expect(started).toMatchObject({ status: 'waiting_for_code', userId: 'u-1', attemptsLeft: 5 })

  await untilResendable(await postern.read(id))
  expect(await postern.resend(id, { channel: 'call' })).toMatchObject({ channel: 'call', resendsLeft: 1 })
  const ended = postern.wait(id)
  expect(await postern.submit(id, house.codeFor(phone))).toMatchObject({ id, status: 'verified' })
  expect(await ended).toMatchObject({ id, status: 'verified' })
  expect(await postern.list({ phone: phone.e164 })).toMatchObject([{ id, status: 'verified' }])
})

test('a wrong code is an error that tells what is left, and a repeated key tells the same again', async () => {
  const { house, postern } = await openClient()
  const phone = aPhone()
  const { id } = await postern.start({ phone: phone.e164 })
  const wrong = house.wrongCodeFor(phone)
  for (const _ of [1, 2]) {
    const error: unknown = await postern
      .submit(id, wrong, { idempotencyKey: 'k' })
      .catch((each: unknown) => each)
    expect(error).toBeInstanceOf(PosternError)
    expect(error).toMatchObject({ code: 'code-incorrect', status: 422, problem: { attemptsLeft: 4 } })
  }
  expect(house.checks()).toHaveLength(1)
})

test('a start that is repeated with its key sends one message', async () => {
  const { house, postern } = await openClient()
  const phone = aPhone()
  const start = () => postern.start({ phone: phone.e164 }, { idempotencyKey: 'k' })
  expect((await start()).id).toBe((await start()).id)
  expect(house.sends()).toHaveLength(1)
})

test('API-9: an operator’s key reads what a number may still cost, and an app’s does not', async () => {
  const { house, api, postern } = await openClient()
  const phone = aPhone()
  const { id } = await postern.start({ phone: phone.e164 })
  await postern.submit(id, house.wrongCodeFor(phone)).catch(() => undefined)
  const apiKey = api.authorization('ops').replace('Bearer ', '')
  const operator = createPosternClient({ baseUrl: api.url, apiKey })
  expect(await operator.number(phone.e164)).toMatchObject({
    phone: phone.masked,
    sendsLeft: 2,
    failures: 1,
    disabled: false,
  })
  await expect(postern.number(phone.e164)).rejects.toMatchObject({ code: 'forbidden', status: 403 })
  await expect(operator.number('../logins/x')).rejects.toMatchObject({ code: 'phone-invalid' })
})

test('a follower sees what the timeline has, to the end', async () => {
  const { postern } = await openClient()
  const { id } = await postern.start({ phone: aPhone().e164 })
  const followed: LoginEvent[] = []
  for await (const event of postern.follow(id)) {
    followed.push(event)
    if (event.type === 'login.code_sent') await postern.cancel(id)
  }
  expect(followed.map(({ type }) => type)).toEqual(['login.started', 'login.code_sent', 'login.canceled'])
  expect(await postern.events(id)).toEqual(followed)
  const over: LoginEvent[] = []
  for await (const event of postern.follow(id, { lastEventId: followed.at(-1)?.id ?? '' })) over.push(event)
  expect(over).toEqual([])
})

describe('by the login’s own token', () => {
  test('BIND-6: a browser reads, submits and follows this login', async () => {
    const { house, api, postern } = await openClient()
    const phone = aPhone()
    const { id, clientToken } = await postern.start({ phone: phone.e164 })
    const browser = createPosternClient({ baseUrl: api.url, clientToken })
    expect((await browser.read(id)).status).toBe('waiting_for_code')
    expect((await browser.submit(id, house.codeFor(phone))).status).toBe('verified')
    const types: string[] = []
    for await (const { type } of browser.follow(id)) types.push(type)
    expect(types.at(-1)).toBe('login.verified')
  })

  test('a browser has its proof of a check that took long by submitting the code once more with its key', async () => {
    const { house, api, postern } = await openClient()
    const phone = aPhone()
    const { id, clientToken } = await postern.start({ phone: phone.e164 })
    house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 500 } })
    const browser = createPosternClient({ baseUrl: api.url, clientToken })
    // As if the time for which Postern holds an answer were over at once.
    const hurried: typeof fetch = (input, init) => {
      const request = new Request(input, init)
      if (request.method === 'POST') request.headers.set('prefer', 'respond-async')
      return fetch(request)
    }
    const impatient = createPosternClient({ baseUrl: api.url, clientToken, fetch: hurried })
    const key = { idempotencyKey: 'k' }
    expect((await impatient.submit(id, house.codeFor(phone), key)).status).not.toBe('verified')
    expect(await browser.wait(id)).toMatchObject({ status: 'verified' })
    expect(await browser.read(id)).not.toHaveProperty('assertion')
    const { assertion } = await browser.submit(id, house.codeFor(phone), key)
    expect(assertion).toEqual(expect.any(String))
    expect(await postern.read(id)).toHaveProperty('assertion', assertion)
    expect(house.checks()).toHaveLength(1)
  })

  test('BIND-6: a browser gets no other login', async () => {
    const { api, postern } = await openClient()
    const { clientToken } = await postern.start({ phone: aPhone().e164 })
    const { id } = await postern.start({ phone: aPhone().e164 })
    const browser = createPosternClient({ baseUrl: api.url, clientToken })
    await expect(browser.read(id)).rejects.toMatchObject({ code: 'not-found' })
  })
})
