import { describe, expect, test, vi } from 'vitest'
import type { Fault } from '../../sandbox/faults.ts'
import { given, phone, sessionIdOf, subAccountId } from './harness.ts'

/** A sandbox whose next send goes wrong in the given way. */
async function givenSendFault(fault: Fault) {
  const it = await given()
  it.sandbox.fault({ operation: 'send', fault })
  return it
}

describe('the fault status', () => {
  test('answers with that status and 8x8’s usual code for it', async () => {
    const { send } = await givenSendFault({ kind: 'status', status: 503 })
    const answer = await send()
    expect([answer.status, answer.body.code]).toEqual([503, 2000])
  })

  test('has the code and headers it is given', async () => {
    const { send } = await givenSendFault({
      kind: 'status',
      status: 429,
      code: 2999,
      headers: { 'retry-after': '7' },
    })
    const answer = await send()
    expect([answer.body.code, answer.headers.get('retry-after')]).toEqual([2999, '7'])
  })

  test('has the body it is given', async () => {
    const { send } = await givenSendFault({ kind: 'status', status: 502, body: 'Bad Gateway' })
    expect((await send()).text).toBe('Bad Gateway')
  })

  test('sends nothing', async () => {
    const { send, sandbox } = await givenSendFault({ kind: 'status', status: 500 })
    await send()
    expect(sandbox.messages()).toEqual([])
  })

  test('may be 204 without a body', async () => {
    const { send } = await givenSendFault({ kind: 'status', status: 204 })
    const answer = await send()
    expect([answer.status, answer.text]).toEqual([204, ''])
  })
})

test('the fault status-after answers with that status to a message that went out', async () => {
  const { send, sandbox } = await givenSendFault({ kind: 'status-after', status: 500 })
  expect([(await send()).status, sandbox.messages().length]).toEqual([500, 1])
})

test.each([
  ['hang', 0],
  ['hang-after', 1],
] as const)('the fault %s leaves the caller without an answer and sends %i message', async (kind, sent) => {
  const { send, sandbox, close } = await givenSendFault({ kind })
  const answer = send().catch(() => 'no answer')
  await vi.waitFor(() => expect(sandbox.requests).toHaveLength(1))
  await close()
  expect([await answer, sandbox.messages().length]).toEqual(['no answer', sent])
})

test.each([
  ['drop', 0],
  ['drop-after', 1],
] as const)('the fault %s destroys the connection and sends %i message', async (kind, sent) => {
  const { send, sandbox } = await givenSendFault({ kind })
  const answer = await send().catch(() => 'no answer')
  expect([answer, sandbox.messages().length]).toEqual(['no answer', sent])
})

describe('the fault delay', () => {
  test('answers after its time', async () => {
    const { send } = await givenSendFault({ kind: 'delay', ms: 60 })
    const began = performance.now()
    await send()
    expect(performance.now() - began).toBeGreaterThanOrEqual(55)
  })

  test('lets the message out at once', async () => {
    const { send, sandbox, close } = await givenSendFault({ kind: 'delay', ms: 60_000 })
    const answer = send().catch(() => 'no answer')
    await vi.waitFor(() => expect(sandbox.messages()).toHaveLength(1))
    await close()
    expect(await answer).toBe('no answer')
  })
})

describe('the fault truncate', () => {
  test('promises the whole answer and breaks off in its middle', async () => {
    const { url } = await givenSendFault({ kind: 'truncate' })
    const response = await fetch(`${url}/api/v2/subaccounts/${subAccountId}/sessions`, {
      method: 'POST',
      body: JSON.stringify({ destination: phone }),
      headers: { authorization: 'Bearer sandbox-key' },
    })
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
  })

  test('lets the message out', async () => {
    const { send, sandbox } = await givenSendFault({ kind: 'truncate' })
    await send().catch(() => undefined)
    expect(sandbox.messages()).toHaveLength(1)
  })
})

test('the fault html answers 200 with a web page', async () => {
  const { send } = await givenSendFault({ kind: 'html' })
  const answer = await send()
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
})

test('the fault empty-object answers 200 with an empty object', async () => {
  const { send } = await givenSendFault({ kind: 'empty-object' })
  const answer = await send()
  expect([answer.status, answer.text]).toEqual([200, '{}'])
})

test.each([
  ['html', undefined, 1],
  ['html', false, 0],
  ['empty-object', undefined, 1],
  ['empty-object', false, 0],
] as const)('the fault %s with processed %s sends %i message', async (kind, processed, sent) => {
  const { send, sandbox } = await givenSendFault({ kind, ...(processed === undefined ? {} : { processed }) })
  await send()
  expect(sandbox.messages()).toHaveLength(sent)
})

describe('the fault merge', () => {
  test('replaces members of the answer', async () => {
    const { send } = await givenSendFault({ kind: 'merge', members: { sessionId: 'other', attempt: 200 } })
    expect((await send()).body).toMatchObject({ sessionId: 'other', attempt: 200, status: 'WAITING' })
  })

  test('removes members that are null', async () => {
    const { send } = await givenSendFault({ kind: 'merge', members: { expiresAt: null } })
    expect((await send()).body).not.toHaveProperty('expiresAt')
  })

  test('leaves the session what it was', async () => {
    const { send, check } = await givenSendFault({ kind: 'merge', members: { status: 'VERIFIED' } })
    expect((await check(await send())).body.status).toBe('WAITING')
  })

  test('leaves a refusal as it is', async () => {
    const { send } = await givenSendFault({ kind: 'merge', members: { sessionId: 'other' } })
    expect((await send({ codeLength: 2 })).body).not.toHaveProperty('sessionId')
  })
})

describe('the fault undelivered', () => {
  test('says the message went out, though nothing arrives', async () => {
    const { send, sandbox } = await givenSendFault({ kind: 'undelivered' })
    expect([(await send()).status, sandbox.messages().length]).toEqual([200, 0])
  })

  test('lets other channels through', async () => {
    const { send, sandbox } = await givenSendFault({ kind: 'undelivered', channels: ['sms'] })
    await send({ channel: 'call' })
    expect(sandbox.messages()).toHaveLength(1)
  })
})

describe('a fault script', () => {
  test('is used up after one request', async () => {
    const { send } = await givenSendFault({ kind: 'status', status: 500 })
    await send()
    expect((await send()).status).toBe(200)
  })

  test('lasts as many requests as it says', async () => {
    const { send, sandbox } = await given()
    sandbox.fault({ operation: 'send', times: 2, fault: { kind: 'status', status: 500 } })
    expect([(await send()).status, (await send()).status, (await send()).status]).toEqual([500, 500, 200])
  })

  test.each([Infinity, 'always'] as const)('with times %s lasts until it is cleared', async (times) => {
    const { send, sandbox } = await given()
    sandbox.fault({ operation: 'send', times, fault: { kind: 'status', status: 500 } })
    const before = [(await send()).status, (await send()).status, (await send()).status]
    sandbox.clearFaults()
    expect([...before, (await send()).status]).toEqual([500, 500, 500, 200])
  })

  test('for one number leaves the others alone', async () => {
    const { send, sandbox } = await given()
    sandbox.fault({ operation: 'send', phone: '+6581234567', fault: { kind: 'status', status: 500 } })
    expect([(await send()).status, (await send({ destination: '+6581234567' })).status]).toEqual([200, 500])
  })

  test('for one number meets the checks of its session', async () => {
    const { send, check, code, sandbox } = await given()
    sandbox.fault({ operation: 'check', phone, fault: { kind: 'status', status: 500 } })
    expect((await check(await send(), code())).status).toBe(500)
  })

  test('for checks leaves reads alone', async () => {
    const { send, check, sandbox } = await given()
    sandbox.fault({ operation: 'check', fault: { kind: 'status', status: 500 } })
    expect((await check(await send())).status).toBe(200)
  })

  test('for reads leaves checks alone', async () => {
    const { send, check, code, sandbox } = await given()
    sandbox.fault({ operation: 'read', fault: { kind: 'status', status: 500 } })
    expect((await check(await send(), code())).status).toBe(200)
  })

  test('meets v1 as it meets v2', async () => {
    const { send } = await givenSendFault({ kind: 'status', status: 500 })
    expect((await send({}, { version: 'v1' })).status).toBe(500)
  })

  test('is not used up by a request with a wrong key', async () => {
    const { send } = await givenSendFault({ kind: 'status', status: 500 })
    await send({}, { authorization: null })
    expect((await send()).status).toBe(500)
  })

  test('waits behind the ones that came before', async () => {
    const { send, sandbox } = await givenSendFault({ kind: 'status', status: 500 })
    sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 429 } })
    expect([(await send()).status, (await send()).status]).toEqual([500, 429])
  })
})

test('a check that is judged and dropped verified the session', async () => {
  const { send, check, code, sandbox } = await given()
  sandbox.fault({ operation: 'check', fault: { kind: 'drop-after' } })
  const session = await send()
  await check(session, code()).catch(() => undefined)
  expect((await check(session)).body.status).toBe('VERIFIED')
})

test('a check that is dropped before it is judged spends no attempt', async () => {
  const { send, check, wrongCode, sandbox } = await given()
  sandbox.fault({ operation: 'check', fault: { kind: 'drop' } })
  const session = await send()
  await check(session, wrongCode()).catch(() => undefined)
  expect((await check(session)).body.attempt).toBe(0)
})

test('a session id that was merged in is unknown', async () => {
  const { send, check, code } = await givenSendFault({ kind: 'merge', members: { sessionId: 'other' } })
  expect((await check(sessionIdOf(await send()), code())).status).toBe(404)
})
