import { describe, expect, test } from 'vitest'
import { given, sessionIdOf, type Answer } from './harness.ts'

type Given = Awaited<ReturnType<typeof given>>

/** Ends the number's session in the given way, and lets the resending interval pass. */
async function ended(status: string, { send, check, code, wrongCode, pass }: Given): Promise<Answer> {
  const session = await send()
  if (status === 'VERIFIED') await check(session, code())
  if (status === 'FAILED') for (let spent = 0; spent < 5; spent += 1) await check(session, wrongCode())
  pass(status === 'EXPIRED' ? 300 : 10)
  return session
}

describe('a second send to a live session', () => {
  test('keeps session and code without a reset', async () => {
    const { send, code, pass } = await given()
    const first = [sessionIdOf(await send()), code()]
    pass(10)
    expect([sessionIdOf(await send()), code()]).toEqual(first)
  })

  test('keeps the expiry without a reset', async () => {
    const { send, check, pass } = await given()
    const session = await send()
    pass(200)
    await send()
    pass(100)
    expect((await check(session)).body.status).toBe('EXPIRED')
  })

  test('with resetSession false sends the same code again', async () => {
    const { send, code, pass } = await given()
    await send()
    const first = code()
    pass(10)
    await send({ resetSession: false })
    expect(code()).toBe(first)
  })

  test('with resetSession false extends the validity', async () => {
    const { send, check, pass } = await given()
    const session = await send()
    pass(200)
    await send({ resetSession: false })
    pass(100)
    expect((await check(session)).body.status).toBe('WAITING')
  })

  test('with resetSession false extends nothing when resendExtendsValidity is off', async () => {
    const { send, check, pass } = await given({ resendExtendsValidity: false })
    const session = await send()
    pass(200)
    await send({ resetSession: false })
    pass(100)
    expect((await check(session)).body.status).toBe('EXPIRED')
  })

  test('with resetSession true sends another code', async () => {
    const { send, code, pass } = await given()
    await send({ codeLength: 3 })
    const first = code()
    pass(10)
    await send({ codeLength: 3, resetSession: true })
    expect(code()).not.toBe(first)
  })

  test('with resetSession true forgets the attempts', async () => {
    const { send, check, wrongCode, pass } = await given()
    await check(await send(), wrongCode())
    pass(10)
    expect((await send({ resetSession: true })).body.attempt).toBe(0)
  })

  test('with resetSession true has its own id and makes the old one unknown', async () => {
    const { send, check, pass } = await given()
    const first = await send()
    pass(10)
    await send({ resetSession: true })
    expect((await check(first)).status).toBe(404)
  })

  test('with resetSession true keeps the id when resetGivesNewSessionId is off', async () => {
    const { send, pass } = await given({ resetGivesNewSessionId: false })
    const first = sessionIdOf(await send())
    pass(10)
    expect(sessionIdOf(await send({ resetSession: true }))).toBe(first)
  })

  test('does not give back attempts without a reset', async () => {
    const { send, check, wrongCode, pass } = await given()
    await check(await send(), wrongCode())
    pass(10)
    expect((await send({ resetSession: false })).body.attempt).toBe(1)
  })

  test('to another number has another session', async () => {
    const { send } = await given()
    const first = sessionIdOf(await send())
    expect(sessionIdOf(await send({ destination: '+6581234567' }))).not.toBe(first)
  })

  test('of another sub-account has another session', async () => {
    const { send } = await given()
    const first = sessionIdOf(await send())
    expect(sessionIdOf(await send({}, { subAccountId: 'someone_else' }))).not.toBe(first)
  })
})

describe('a send after the end', () => {
  test.each(['VERIFIED', 'FAILED', 'EXPIRED'])('of a %s session makes a fresh one', async (status) => {
    const sandbox = await given()
    const first = sessionIdOf(await ended(status, sandbox))
    const answer = await sandbox.send()
    expect([sessionIdOf(answer) === first, answer.body.status, answer.body.attempt]).toEqual([
      false,
      'WAITING',
      0,
    ])
  })

  test.each(['VERIFIED', 'FAILED', 'EXPIRED'])(
    'of a %s session keeps its id when sharedSession is on',
    async (status) => {
      const sandbox = await given({ sharedSession: true })
      const first = sessionIdOf(await ended(status, sandbox))
      const answer = await sandbox.send()
      expect([sessionIdOf(answer), answer.body.status]).toEqual([first, 'WAITING'])
    },
  )
})

test('sharedSession keeps the id even after a reset', async () => {
  const { send, pass } = await given({ sharedSession: true })
  const first = sessionIdOf(await send())
  pass(10)
  expect(sessionIdOf(await send({ resetSession: true }))).toBe(first)
})

describe('the resending interval', () => {
  test('refuses a send a moment too early with 403/1400', async () => {
    const { send, pass } = await given()
    await send()
    pass(9.999)
    const answer = await send({ resetSession: true })
    expect([answer.status, answer.body.code]).toEqual([403, 1400])
  })

  test('names no session when it refuses', async () => {
    const { send } = await given()
    await send()
    expect(Object.keys((await send()).body)).toEqual(['code', 'message', 'errorId', 'timestamp'])
  })

  test('lets no message out when it refuses', async () => {
    const { send, sandbox } = await given()
    await send()
    await send({ resetSession: true })
    expect(sandbox.messages()).toHaveLength(1)
  })

  test('ends at the moment of retryAfter', async () => {
    const { send, pass } = await given()
    await send({ resendingInterval: 30 })
    pass(30)
    expect((await send()).status).toBe(200)
  })

  test('is the one of the last accepted send', async () => {
    const { send, pass } = await given()
    await send({ resendingInterval: 10 })
    pass(10)
    await send({ resendingInterval: 60 })
    pass(59)
    expect((await send({ resendingInterval: 10 })).status).toBe(403)
  })

  test('is not begun again by a refused send', async () => {
    const { send, pass } = await given()
    await send()
    pass(5)
    await send()
    pass(5)
    expect((await send()).status).toBe(200)
  })

  test('may be one second when minimums say so', async () => {
    const { send } = await given({ minimums: { resendingInterval: 1 } })
    expect((await send({ resendingInterval: 1 })).status).toBe(200)
  })
})

describe('the attempts', () => {
  test('end with the fifth wrong code in FAILED', async () => {
    const { send, check, wrongCode } = await given()
    const session = await send()
    const seen = []
    for (let attempt = 1; attempt <= 5; attempt += 1)
      seen.push((await check(session, wrongCode())).body.status)
    expect(seen).toEqual(['WAITING', 'WAITING', 'WAITING', 'WAITING', 'FAILED'])
  })

  test('once spent are spent for the right code too', async () => {
    const sandbox = await given()
    const session = await ended('FAILED', sandbox)
    expect((await sandbox.check(session, sandbox.code())).body).toMatchObject({
      status: 'FAILED',
      attempt: 5,
    })
  })

  test('are not spent by a read', async () => {
    const { send, check } = await given()
    const session = await send()
    await check(session)
    expect((await check(session)).body.attempt).toBe(0)
  })
})

describe('the validity', () => {
  test('lasts until just before expiresAt', async () => {
    const { send, check, code, pass } = await given()
    const session = await send()
    pass(299.999)
    expect((await check(session, code())).body.status).toBe('VERIFIED')
  })

  test('is over at expiresAt, for the right code too', async () => {
    const { send, check, code, pass } = await given()
    const session = await send()
    pass(300)
    expect((await check(session, code())).body.status).toBe('EXPIRED')
  })

  test('may be one second when minimums say so', async () => {
    const { send, check, code, pass } = await given({ minimums: { codeValidity: 1 } })
    const session = await send({ codeValidity: 1 })
    pass(1)
    expect((await check(session, code())).body.status).toBe('EXPIRED')
  })

  test('does not end a session that is VERIFIED', async () => {
    const { send, check, code, pass } = await given()
    const session = await send()
    await check(session, code())
    pass(300)
    expect((await check(session)).body.status).toBe('VERIFIED')
  })
})

describe('a check of a VERIFIED session', () => {
  test('says VERIFIED again, even to a wrong code', async () => {
    const { send, check, code, wrongCode } = await given()
    const session = await send()
    await check(session, code())
    expect((await check(session, wrongCode())).body.status).toBe('VERIFIED')
  })

  test('says WAITING when afterVerified is waiting', async () => {
    const { send, check, code } = await given({ afterVerified: 'waiting' })
    const session = await send()
    await check(session, code())
    expect((await check(session, code())).body.status).toBe('WAITING')
  })

  test('is 404 when afterVerified is not-found', async () => {
    const { send, check, code } = await given({ afterVerified: 'not-found' })
    const session = await send()
    await check(session, code())
    expect((await check(session, code())).status).toBe(404)
  })
})

describe('destinationStyle', () => {
  test.each([
    ['plus', ['+6591234567', '+6591234567']],
    ['plain', ['6591234567', '6591234567']],
    ['alternate', ['+6591234567', '6591234567']],
  ] as const)('%s shows in a send and the read after it', async (destinationStyle, expected) => {
    const { send, check } = await given({ destinationStyle })
    const session = await send()
    expect([session.body.destination, (await check(session)).body.destination]).toEqual(expected)
  })
})
