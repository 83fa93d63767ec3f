import { describe, expect, test } from 'vitest'
import { given, phone, sessionIdOf, subAccountId } from './harness.ts'

describe('a v2 send', () => {
  test('answers with the documented members', async () => {
    const { send } = await given({ destinationStyle: 'plus' })
    const answer = await send()
    const sessionId = sessionIdOf(answer)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      sessionId,
      verifyUri: `/api/v2/subaccounts/${subAccountId}/sessions/${sessionId}`,
      destination: phone,
      status: 'WAITING',
      attempt: 0,
      expiresAt: '2026-01-01T00:05:00.25Z',
      retryAfter: '2026-01-01T00:00:10.25Z',
    })
  })

  test('sends four digits by default', async () => {
    const { send, code } = await given()
    await send()
    expect(code()).toMatch(/^\d{4}$/)
  })

  test.each([
    ['NUMERIC', /^\d{6}$/],
    ['NUMERIC_WITH_DASH', /^\d{3}-\d{3}$/],
    ['ALPHANUMERIC', /^[0-9A-Za-z]{6}$/],
    ['ALPHANUMERIC_CAPITALS', /^[0-9A-Z]{6}$/],
    ['ALPHANUMERIC_EASY', /^[2-9A-HJ-NP-Z]{6}$/],
  ])('makes a code of six characters of the type %s', async (codeType, pattern) => {
    const { send, code } = await given()
    await send({ codeType, codeLength: 6 })
    expect(code()).toMatch(pattern)
  })

  test('has the asked validity and resending interval', async () => {
    const { send } = await given()
    const { body } = await send({ codeValidity: 600, resendingInterval: 30 })
    expect(body).toMatchObject({
      expiresAt: '2026-01-01T00:10:00.25Z',
      retryAfter: '2026-01-01T00:00:30.25Z',
    })
  })

  test('gives the page to verify at on the channel sma', async () => {
    const { send } = await given()
    const { body } = await send({ channel: 'sma' })
    expect(body).toHaveProperty('sma.verificationUrl')
  })

  test.each([
    ['+65 9123 4567', undefined, '+6591234567'],
    ['(65) 9123-4567', undefined, '+6591234567'],
    ['6591234567', undefined, '+6591234567'],
    ['91234567', 'SG', '+6591234567'],
    ['6591234567', 'SG', '+6591234567'],
    ['+6591234567', 'GB', '+6591234567'],
    ['07911 123456', 'GB', '+447911123456'],
    ['2025550123', 'US', '+12025550123'],
    ['51234567', 'HK', '+85251234567'],
  ])('reads the destination %j in %s as %s', async (destination, country, expected) => {
    const { send } = await given({ destinationStyle: 'plus' })
    const { body } = await send({ destination, ...(country === undefined ? {} : { country }) })
    expect(body.destination).toBe(expected)
  })

  test.each(['', 'hello', '12345', '+0591234567', '+65912345678901234', 6591234567, null])(
    'refuses the destination %j with 400/1002',
    async (destination) => {
      const { send } = await given()
      const answer = await send({ destination })
      expect([answer.status, answer.body.code]).toEqual([400, 1002])
    },
  )

  test.each([
    ['an unknown country', { country: 'XX' }, 1003],
    ['a brand of 31 characters', { brand: 'x'.repeat(31) }, 1004],
    ['two digits', { codeLength: 2 }, 1005],
    ['eleven digits', { codeLength: 11 }, 1005],
    ['a broken length', { codeLength: 4.5 }, 1005],
    ['a validity of 29 seconds', { codeValidity: 29 }, 1006],
    ['a validity of 7201 seconds', { codeValidity: 7201 }, 1006],
    ['an unknown code type', { codeType: 'EMOJI' }, 1007],
    ['a template without the code', { template: 'hello' }, 1008],
    ['an unknown saved template', { templateKey: 'nope' }, 1008],
    ['a language in the wrong case', { language: 'en-us' }, 1009],
    ['an interval of 9 seconds', { resendingInterval: 9 }, 1010],
    ['an interval of 7201 seconds', { resendingInterval: 7201 }, 1010],
    ['an unknown channel', { channel: 'pigeon' }, 1012],
    ['whatsapp without a template name', { channel: 'whatsapp' }, 1012],
    ['a sender of 12 letters', { sms: { source: 'abcdefghijkl' } }, 1012],
    ['a call at triple speed', { call: { speed: 3 } }, 1012],
    ['four repetitions', { call: { repetition: 4 } }, 1012],
    ['a reset that is not a boolean', { resetSession: 'true' }, 1000],
    ['a callback that is no URL', { callbackUrl: 'nowhere' }, 1000],
    ['a client address that is no address', { clientIp: '1.2.3' }, 1000],
  ])('refuses %s', async (_, body, code) => {
    const { send } = await given()
    const answer = await send(body)
    expect([answer.status, answer.body.code]).toEqual([400, code])
  })

  test.each(['', '{"destination":', '[]', 'null', '"hello"'])(
    'refuses the body %j with 400/1000',
    async (body) => {
      const { request } = await given()
      const answer = await request(`/api/v2/subaccounts/${subAccountId}/sessions`, {
        method: 'POST',
        body,
        headers: { authorization: 'Bearer sandbox-key' },
      })
      expect([answer.status, answer.body.code]).toEqual([400, 1000])
    },
  )

  test('accepts every documented field at once', async () => {
    const { send } = await given()
    const answer = await send({
      country: 'SG',
      channel: 'call',
      brand: 'Amazing',
      codeLength: 10,
      codeValidity: 7200,
      codeType: 'NUMERIC',
      template: '{brand} says {code}',
      language: 'zh-Hans-CN',
      resetSession: true,
      resendingInterval: 7200,
      callbackUrl: 'https://example.com/hooks/8x8',
      sms: { source: 'Amazing', encoding: 'AUTO' },
      call: { source: '+6561234567', speed: 0.8, repetition: 3, voiceProfile: 'en-US-Amy' },
      whatsapp: { templateName: 'otp' },
      clientIp: '2001:db8::1',
    })
    expect(answer.status).toBe(200)
  })

  test('sends nothing when it refuses', async () => {
    const { send, sandbox } = await given()
    await send({ codeLength: 2 })
    expect(sandbox.messages()).toEqual([])
  })
})

describe('a v2 check', () => {
  test('says VERIFIED to the right code', async () => {
    const { send, check, code } = await given()
    const answer = await check(await send(), code())
    expect(answer.body).toMatchObject({ status: 'VERIFIED', attempt: 0 })
  })

  test('says 200, WAITING and one attempt more to a wrong code', async () => {
    const { send, check, wrongCode } = await given()
    const answer = await check(await send(), wrongCode())
    expect([answer.status, answer.body.status, answer.body.attempt]).toEqual([200, 'WAITING', 1])
  })

  test('takes a code with a dash without it too', async () => {
    const { send, check, code } = await given()
    const session = await send({ codeType: 'NUMERIC_WITH_DASH' })
    expect((await check(session, code().replace('-', ''))).body.status).toBe('VERIFIED')
  })

  test('writes its timestamps in the other documented shape than the send before', async () => {
    const { send, check } = await given()
    const { body } = await check(await send())
    expect(body.expiresAt).toBe('2026-01-01T00:05:00.2504323+00:00')
  })

  test('of an unknown session is 404/1404', async () => {
    const { check } = await given()
    const answer = await check('5ac1f2c2-5b6c-4d4e-8f53-6a0f3c1d2e4b', '1234')
    expect([answer.status, answer.body.code]).toEqual([404, 1404])
  })

  test('of another sub-account is 404/1404', async () => {
    const { send, check, code } = await given()
    const answer = await check(await send(), code(), { subAccountId: 'someone_else' })
    expect([answer.status, answer.body.code]).toEqual([404, 1404])
  })

  test('with the method HEAD spends no attempt', async () => {
    const { send, check, request } = await given()
    const session = await send()
    await request(`${String(session.body.verifyUri)}?code=0`, {
      method: 'HEAD',
      headers: { authorization: 'Bearer sandbox-key' },
    })
    expect((await check(session)).body.attempt).toBe(0)
  })
})

describe('a refusal', () => {
  test('has a code, a message, an errorId and a timestamp', async () => {
    const { send } = await given()
    expect((await send({ destination: 'x' })).body).toEqual({
      code: 1002,
      message: expect.any(String) as string,
      errorId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      timestamp: '2026-01-01T00:00:00.25Z',
    })
  })

  test.each([
    ['GET', `/api/v2/subaccounts/${subAccountId}/sessions`],
    ['DELETE', `/api/v2/subaccounts/${subAccountId}/sessions/1`],
    ['POST', '/api/v3/anything'],
  ])('of %s %s is 404', async (method, path) => {
    const { request } = await given()
    expect((await request(path, { method })).status).toBe(404)
  })
})

describe('the key', () => {
  test.each([
    ['missing', null],
    ['wrong', 'Bearer other-key'],
    ['not a bearer key', 'Basic sandbox-key'],
  ])('is refused with 401/1200 when it is %s', async (_, authorization) => {
    const { send } = await given()
    const answer = await send({}, { authorization })
    expect([answer.status, answer.body.code]).toEqual([401, 1200])
  })

  test('is asked of a check too', async () => {
    const { send, check, code } = await given()
    expect((await check(await send(), code(), { authorization: null })).status).toBe(401)
  })

  test('is the configured one', async () => {
    const { send } = await given({ apiKey: 'another-key' })
    expect((await send({}, { authorization: 'Bearer another-key' })).status).toBe(200)
  })
})

describe('a sub-account', () => {
  test.each(['abc', 'A-b._&9', 'x'.repeat(50)])('named %s is accepted', async (name) => {
    const { send } = await given()
    expect((await send({}, { subAccountId: name })).status).toBe(200)
  })

  test.each(['ab', 'x'.repeat(51), 'a%20b%20c'])('named %s is refused with 400/1001', async (name) => {
    const { send } = await given()
    const answer = await send({}, { subAccountId: name })
    expect([answer.status, answer.body.code]).toEqual([400, 1001])
  })
})
