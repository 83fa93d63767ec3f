/** What the sandbox tells of its messages, to whom, and how often it comes again. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { magicNumbers } from '../../sandbox/magic-numbers.ts'
import type { SandboxOptions } from '../../sandbox/options.ts'
import { given as givenSandbox, phone, subAccountId } from './harness.ts'

type Came = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: unknown }

/** Somebody who is told, and answers with each status in turn, the last one for ever; 0 hangs. */
async function openReceiver(...statuses: readonly number[]) {
  const came: Came[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      came.push({ path: request.url ?? '', headers: request.headers, body })
      const status = statuses[Math.min(came.length, statuses.length) - 1] ?? 204
      if (status !== 0) response.writeHead(status, { location: '/elsewhere' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { came, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const quick = { receipts: { delayMs: 10 }, receiptRetryMs: [10, 10, 10, 10], receiptTimeoutMs: 500 }
const given = (options: SandboxOptions = {}) => givenSandbox({ ...quick, ...options })
const stateOf = ({ body }: Came) => {
  const { payload } = body as { payload: { status?: { state: string }; sessionStatus?: string } }
  return payload.status?.state ?? payload.sessionStatus
}
const until = (check: () => void) => vi.waitFor(check, { timeout: 5000 })

describe('a send with a callback URL', () => {
  test('by SMS is told as queued, sent and delivered', async () => {
    const { came, url } = await openReceiver()
    const { send } = await given()
    await send({ callbackUrl: `${url}/for-this-one` })
    await until(() => expect(came.map(stateOf)).toEqual(['queued', 'sent', 'delivered']))
    expect(came[2]).toMatchObject({
      path: '/for-this-one',
      headers: { 'content-type': 'application/json' },
      body: {
        namespace: 'SMS',
        eventType: 'outbound_message_status_changed',
        payload: { subAccountId, destination: phone, status: { detail: 'delivered_to_recipient' } },
      },
    })
    const umids = came.map(({ body }) => (body as { payload: { umid: string } }).payload.umid)
    expect(new Set(umids).size).toBe(1)
  })

  test('repeats the message in its queued receipt, as 8x8 does', async () => {
    const { came, url } = await openReceiver()
    const { send, code } = await given()
    await send({ callbackUrl: url })
    await until(() => expect(came).toHaveLength(3))
    expect(came.map(({ body }) => JSON.stringify(body).includes(code()))).toEqual([true, false, false])
  })

  test.each([
    ['undelivered', {}, ['queued', 'sent', 'undelivered']],
    ['undelivered', { channel: 'call' }, ['NO_ANSWER']],
    ['voiceOnly', { channel: 'call' }, ['COMPLETED']],
    ['voiceOnly', {}, ['queued', 'sent', 'undelivered']],
  ] as const)('to %s with %j is told as %j', async (name, more, states) => {
    const { came, url } = await openReceiver()
    const { send } = await given()
    await send({ destination: magicNumbers[name].phone, callbackUrl: url, ...more })
    await until(() => expect(came.map(stateOf)).toEqual(states))
  })

  test('by WhatsApp is told as a chat app’s', async () => {
    const { came, url } = await openReceiver()
    const { send } = await given()
    await send({ callbackUrl: url, channel: 'whatsapp', whatsapp: { templateName: 'otp' } })
    await until(() => expect(came.map(stateOf)).toEqual(['sent', 'delivered']))
    expect(came[0]?.body).toMatchObject({ namespace: 'ChatApps', payload: { user: { msisdn: phone } } })
  })

  test('that is refused is told of nothing', async () => {
    const { came, url } = await openReceiver()
    const { send, sandbox } = await given()
    await send({ callbackUrl: `${url}/refused`, channel: 'carrier pigeon' })
    await send({ callbackUrl: `${url}/sent` })
    await until(() => expect(sandbox.receipts).toHaveLength(3))
    expect(came.map(({ path }) => path)).toEqual(['/sent', '/sent', '/sent'])
  })

  test.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'x'])('to %s is refused', async (callbackUrl) => {
    const { send } = await given()
    expect((await send({ callbackUrl })).status).toBe(400)
  })
})

describe('the account’s webhook', () => {
  test('is told of every send with its Authorization, which a callback URL does not get', async () => {
    const { came, url } = await openReceiver()
    const { send } = await given({ webhook: { url: `${url}/account`, authorization: 'Bearer agreed' } })
    await send({ callbackUrl: `${url}/one` })
    await until(() => expect(came).toHaveLength(6))
    const seen = new Set(came.map(({ path, headers }) => `${path} ${headers.authorization ?? 'none'}`))
    expect(seen).toEqual(new Set(['/account Bearer agreed', '/one none']))
  })

  test('is told of v1 as well', async () => {
    const { came, url } = await openReceiver()
    const { send } = await given({ webhook: { url } })
    await send({}, { version: 'v1' })
    await until(() => expect(came.map(stateOf)).toEqual(['queued', 'sent', 'delivered']))
  })
})

describe('WHI-3: row 37: a receipt that is not taken', () => {
  const call = { channel: 'call' }

  test.each([[404], [503], [0]])('because of %i comes again until it is', async (status) => {
    const { url } = await openReceiver(status, status, 204)
    const { send, sandbox } = await given()
    await send({ ...call, callbackUrl: url })
    await until(() => expect(sandbox.receipts).toHaveLength(3))
    const answered = status === 0 ? 'none' : status
    expect(sandbox.receipts.map((it) => [it.attempt, it.answered])).toEqual([
      [1, answered],
      [2, answered],
      [3, 204],
    ])
    expect(new Set(sandbox.receipts.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  })

  test('comes five times and then no more', async () => {
    const { came, url } = await openReceiver(500)
    const after = await openReceiver()
    const { send, sandbox } = await given()
    await send({ ...call, callbackUrl: url })
    await until(() => expect(sandbox.receipts).toHaveLength(5))
    await send({ ...call, destination: '+6598765432', callbackUrl: after.url })
    await until(() => expect(after.came).toHaveLength(1))
    expect(came).toHaveLength(5)
  })

  test('because nobody listens comes again', async () => {
    const { send, sandbox } = await given()
    await send({ ...call, callbackUrl: 'http://127.0.0.1:1/' })
    await until(() => expect(sandbox.receipts.map(({ answered }) => answered)).toEqual(Array(5).fill('none')))
  })

  test('follows no redirect', async () => {
    const { came, url } = await openReceiver(307)
    const { send, sandbox } = await given()
    await send({ ...call, callbackUrl: url })
    await until(() => expect(sandbox.receipts.map(({ answered }) => answered)).toEqual([307]))
    expect(came.map(({ path }) => path)).toEqual(['/'])
  })
})

describe('the switches', () => {
  test('make each receipt come several times', async () => {
    const { came, url } = await openReceiver()
    const { send } = await given({ receipts: { delayMs: 10, copies: 4 } })
    await send({ callbackUrl: url, channel: 'call' })
    await until(() => expect(came).toHaveLength(4))
    expect(new Set(came.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  })

  test('turn the order around', async () => {
    const { came, url } = await openReceiver()
    const { send, postJson } = await given()
    await postJson('PATCH', '/sandbox/behaviour', { receipts: { order: 'reversed' } })
    await send({ callbackUrl: url })
    await until(() => expect(came.map(stateOf)).toEqual(['delivered', 'sent', 'queued']))
  })

  test('keep receipts back, of what is sent while they say so', async () => {
    const { came, url } = await openReceiver()
    const { send, sandbox } = await given({ receipts: { delayMs: 0, posted: false } })
    await send({ callbackUrl: `${url}/silent` })
    sandbox.change({ receipts: { posted: true } })
    await send({ destination: '+6598765432', callbackUrl: `${url}/told` })
    await until(() => expect(came).toHaveLength(3))
    expect(new Set(came.map(({ path }) => path))).toEqual(new Set(['/told']))
  })

  test.each([{ copies: 0 }, { copies: 101 }, { delayMs: -1 }, { order: 'any' }, { unknown: true }])(
    'refuse %j with 422',
    async (receipts) => {
      const { postJson } = await given()
      expect((await postJson('PATCH', '/sandbox/behaviour', { receipts })).status).toBe(422)
    },
  )
})

test('the receipts that were posted can be had over HTTP, and are emptied with the request log', async () => {
  const { url } = await openReceiver()
  const { send, request, sandbox } = await given()
  await send({ callbackUrl: url, channel: 'call' })
  await until(() => expect(sandbox.receipts).toHaveLength(1))
  const { body } = await request('/sandbox/receipts')
  expect(body.receipts).toMatchObject([{ url, attempt: 1, answered: 204 }])
  await request('/sandbox/requests', { method: 'DELETE' })
  expect(sandbox.receipts).toEqual([])
})

test('a sandbox that is closed posts nothing more', async () => {
  const { came, url } = await openReceiver()
  const after = await openReceiver()
  const closed = await given()
  await closed.send({ callbackUrl: url })
  await closed.close()
  const { send } = await given()
  await send({ callbackUrl: after.url })
  await until(() => expect(after.came).toHaveLength(3))
  expect(came).toEqual([])
})
