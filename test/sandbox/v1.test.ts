import { describe, expect, test } from 'vitest'
import { given, phone, sessionIdOf, subAccountId } from './harness.ts'

const v1 = { version: 'v1' } as const
/** The request of 8x8's article "What is 2FA". */
const article = { destination: '98765432', country: 'SG', productName: 'Amazing Product' }

describe('a v1 send', () => {
  test('answers the article’s request with the members of v1', async () => {
    const { send } = await given()
    const answer = await send(article, v1)
    const uid = sessionIdOf(answer)
    expect(answer.body).toEqual({
      uid,
      resourceUri: `/verify/v1/${subAccountId}/${uid}`,
      destination: '6598765432',
      status: 'WAITING',
      attempt: 0,
      expiresAt: '2026-01-01T00:05:00.250256+00:00',
      nextSmsAfter: '2026-01-01T00:00:10.250256+00:00',
    })
  })

  test('names the product in the text', async () => {
    const { send, sandbox } = await given()
    await send(article, v1)
    expect(sandbox.messages()[0]?.text).toMatch(/^Amazing Product: Your verification code is \d{4}$/)
  })

  test('sends as many digits as the account has, when the request does not say', async () => {
    const { send, code } = await given({ v1CodeLength: 8 })
    await send({}, v1)
    expect(code()).toMatch(/^\d{8}$/)
  })

  test('sends as many digits as the request says', async () => {
    const { send, code } = await given()
    await send({ codeLength: 6 }, v1)
    expect(code()).toMatch(/^\d{6}$/)
  })

  test('takes the template as an object, as published clients send it', async () => {
    const { send, sandbox } = await given()
    await send({ ...article, template: { source: 'Amazing', text: '{productName} → {code}' } }, v1)
    expect(sandbox.messages()[0]?.text).toMatch(/^Amazing Product → \d{4}$/)
  })

  test('with createNew makes a new code', async () => {
    const { send, code, pass } = await given()
    await send({}, v1)
    const first = code()
    pass(10)
    await send({ createNew: true }, v1)
    expect(code()).not.toBe(first)
  })

  test('does not know resetSession', async () => {
    const { send, code, pass } = await given()
    await send({}, v1)
    const first = code()
    pass(10)
    await send({ resetSession: true }, v1)
    expect(code()).toBe(first)
  })
})

describe('a v1 check', () => {
  test('has the number as a JSON number', async () => {
    const { send, check, code } = await given()
    const answer = await check(await send(article, v1), code('+6598765432'), v1)
    expect(answer.body).toMatchObject({ msisdn: 6598765432, status: 'VERIFIED', attempt: 0 })
  })

  test('has no destination', async () => {
    const { send, check } = await given()
    expect((await check(await send({}, v1), '0', v1)).body).not.toHaveProperty('destination')
  })

  test('of an unknown uid is 404/1404', async () => {
    const { check } = await given()
    const answer = await check('unknown', '1234', v1)
    expect([answer.status, answer.body.code]).toEqual([404, 1404])
  })

  test('without the key is 401/1200', async () => {
    const { check } = await given()
    const answer = await check('unknown', '1234', { ...v1, authorization: null })
    expect([answer.status, answer.body.code]).toEqual([401, 1200])
  })

  test('finds the session of the number that v2 finds', async () => {
    const { send, check, code } = await given()
    const session = await send({ destination: phone })
    expect((await check(session, code(), v1)).body.status).toBe('VERIFIED')
  })
})
