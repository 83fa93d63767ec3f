import { describe, expect, test } from 'vitest'
import { defaultBehaviour } from '../../sandbox/options.ts'
import { given, phone, sessionIdOf, subAccountId } from './harness.ts'

describe('the request log', () => {
  test('has a send with what was really done', async () => {
    const { send, sandbox, code } = await given()
    const answer = await send({ brand: 'Amazing' })
    expect(sandbox.requests).toEqual([
      {
        at: '2026-01-01T00:00:00.250Z',
        version: 'v2',
        operation: 'send',
        subAccountId,
        phone,
        sessionId: sessionIdOf(answer),
        accepted: true,
        code: code(),
        status: 'WAITING',
        answered: 200,
        body: { destination: phone, brand: 'Amazing' },
      },
    ])
  })

  test('has a check with the submitted code', async () => {
    const { send, check, sandbox, wrongCode } = await given()
    const session = await send()
    await check(session, wrongCode())
    expect(sandbox.requests[1]).toEqual({
      at: '2026-01-01T00:00:00.250Z',
      version: 'v2',
      operation: 'check',
      subAccountId,
      phone,
      sessionId: sessionIdOf(session),
      accepted: true,
      code: wrongCode(),
      status: 'WAITING',
      answered: 200,
    })
  })

  test('calls a check without a code a read', async () => {
    const { send, check, sandbox } = await given()
    await check(await send())
    expect(sandbox.requests[1]).toMatchObject({ operation: 'read', accepted: false })
  })

  test('does not call a check of a final session judged', async () => {
    const { send, check, code, sandbox } = await given()
    const session = await send()
    await check(session, code())
    await check(session, code())
    expect(sandbox.requests.map(({ accepted }) => accepted)).toEqual([true, true, false])
  })

  test('does not call a refused send accepted', async () => {
    const { send, sandbox } = await given()
    await send()
    await send()
    expect(sandbox.requests[1]).toMatchObject({ phone, accepted: false, answered: 403 })
  })

  test('has the session’s own status when the caller is told another', async () => {
    const { send, check, code, sandbox } = await given({ afterVerified: 'waiting' })
    const session = await send()
    await check(session, code())
    await check(session, code())
    expect(sandbox.requests[2]?.status).toBe('VERIFIED')
  })

  test('says none for a request that got no answer, though it was accepted', async () => {
    const { send, sandbox } = await given()
    sandbox.fault({ operation: 'send', fault: { kind: 'drop-after' } })
    await send().catch(() => undefined)
    expect(sandbox.requests[0]).toMatchObject({ accepted: true, answered: 'none' })
  })

  test('has requests with a wrong key', async () => {
    const { send, sandbox } = await given()
    await send({}, { authorization: null })
    expect(sandbox.requests[0]).toMatchObject({ phone, accepted: false, answered: 401 })
  })

  test('can be had over HTTP for one number', async () => {
    const { send, request } = await given()
    await send()
    await send({ destination: '+6581234567' })
    const { body } = await request('/sandbox/requests?phone=%2B6581234567')
    expect(body.requests).toMatchObject([{ phone: '+6581234567' }])
  })

  test('is emptied with the inbox', async () => {
    const { send, request, sandbox } = await given()
    await send()
    const { status } = await request('/sandbox/requests', { method: 'DELETE' })
    expect([status, sandbox.requests, sandbox.messages()]).toEqual([204, [], []])
  })

  test('does not forget sessions when it is emptied', async () => {
    const { send, check, code, sandbox } = await given()
    const session = await send()
    const right = code()
    sandbox.clear()
    expect((await check(session, right)).body.status).toBe('VERIFIED')
  })
})

describe('POST /sandbox/faults', () => {
  test('scripts a fault', async () => {
    const { send, postJson } = await given()
    const script = { operation: 'send', phone, times: 'always', fault: { kind: 'status', status: 503 } }
    const { status } = await postJson('POST', '/sandbox/faults', script)
    expect([status, (await send()).status]).toEqual([204, 503])
  })

  test.each([
    { kind: 'status', status: 429, code: 429, headers: { 'retry-after': '1' }, body: { any: 'thing' } },
    { kind: 'status-after', status: 500 },
    { kind: 'hang' },
    { kind: 'hang-after' },
    { kind: 'delay', ms: 100 },
    { kind: 'drop' },
    { kind: 'drop-after' },
    { kind: 'truncate' },
    { kind: 'html' },
    { kind: 'empty-object', processed: false },
    { kind: 'merge', members: { expiresAt: null } },
    { kind: 'undelivered', channels: ['sms'] },
  ])('takes $kind', async (fault) => {
    const { postJson } = await given()
    expect((await postJson('POST', '/sandbox/faults', { operation: 'check', fault })).status).toBe(204)
  })

  test.each([
    {},
    { operation: 'send' },
    { operation: 'receive', fault: { kind: 'hang' } },
    { operation: 'send', fault: { kind: 'explode' } },
    { operation: 'send', fault: { kind: 'status', status: 99 } },
    { operation: 'send', fault: { kind: 'hang' }, times: 0 },
    { operation: 'send', fault: { kind: 'hang' }, phone: '91234567' },
    { operation: 'send', fault: { kind: 'hang' }, unknown: true },
  ])('refuses %j with 422', async (script) => {
    const { postJson } = await given()
    expect((await postJson('POST', '/sandbox/faults', script)).status).toBe(422)
  })
})

test('DELETE /sandbox/faults clears the scripts', async () => {
  const { send, request, sandbox } = await given()
  sandbox.fault({ operation: 'send', fault: { kind: 'hang' } })
  await request('/sandbox/faults', { method: 'DELETE' })
  expect((await send()).status).toBe(200)
})

describe('/sandbox/behaviour', () => {
  test('shows the switches', async () => {
    const { request } = await given()
    expect((await request('/sandbox/behaviour')).body).toEqual(defaultBehaviour)
  })

  test('turns the switches that are named and leaves the others', async () => {
    const { postJson } = await given({ sharedSession: true })
    const change = { afterVerified: 'waiting', minimums: { codeValidity: 1 } }
    const { body } = await postJson('PATCH', '/sandbox/behaviour', change)
    expect(body).toEqual({
      ...defaultBehaviour,
      sharedSession: true,
      afterVerified: 'waiting',
      minimums: { codeValidity: 1, resendingInterval: 10 },
    })
  })

  test('takes effect at once', async () => {
    const { send, check, code, postJson } = await given()
    const session = await send()
    await check(session, code())
    await postJson('PATCH', '/sandbox/behaviour', { afterVerified: 'not-found' })
    expect((await check(session, code())).status).toBe(404)
  })

  test.each([{ afterVerified: 'maybe' }, { sharedSession: 'true' }, { v1CodeLength: 2 }, { unknown: true }])(
    'refuses %j with 422',
    async (change) => {
      const { postJson } = await given()
      expect((await postJson('PATCH', '/sandbox/behaviour', change)).status).toBe(422)
    },
  )
})
