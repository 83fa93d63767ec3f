import { describe, expect, test } from 'vitest'
import { adminKey, apiKey, given, loginId, problemOf } from './harness.ts'

const calls = [
  ['POST', '/v1/logins'],
  ['GET', '/v1/logins?phone=%2B6591234567'],
  ['GET', `/v1/logins/${loginId}`],
  ['GET', `/v1/logins/${loginId}/events`],
  ['POST', `/v1/logins/${loginId}/code`],
  ['POST', `/v1/logins/${loginId}/resend`],
  ['POST', `/v1/logins/${loginId}/cancel`],
  ['GET', '/v1/numbers/%2B6591234567'],
] as const

describe('API-8: a call without credentials', () => {
  test.each(calls)('%s %s is refused, and told how to come back', async (method, path) => {
    const { request } = given()
    const response = await request(path, { method })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    await problemOf(response, 'unauthorized')
  })
})

describe('API-8: credentials', () => {
  test.each([
    ['in the query', `?access_token=${apiKey}`, undefined, 'Bearer'],
    ['of another scheme', '', `Basic ${btoa(`${apiKey}:`)}`, 'Bearer'],
    ['without a scheme', '', apiKey, 'Bearer'],
    ['that are unknown', '', `Bearer ${apiKey}x`, 'Bearer error="invalid_token"'],
    ['that are a prefix of a key', '', `Bearer ${apiKey.slice(0, -1)}`, 'Bearer error="invalid_token"'],
    ['that are empty', '', 'Bearer ', 'Bearer error="invalid_token"'],
    ['of two keys', '', `Bearer ${apiKey} ${adminKey}`, 'Bearer error="invalid_token"'],
    ['of two headers', '', `Bearer ${apiKey}, Bearer ${adminKey}`, 'Bearer error="invalid_token"'],
  ])('%s are refused', async (_, query, authorization, challenge) => {
    const { request, wasGatewayReached } = given()
    const headers = new Headers(authorization === undefined ? {} : { authorization })
    const response = await request(`/v1/logins/${loginId}${query}`, { headers })
    await problemOf(response, 'unauthorized')
    expect(response.headers.get('www-authenticate')).toBe(challenge)
    expect(wasGatewayReached()).toBe(false)
  })

  test('are taken with any case of their scheme', async () => {
    const { request, wasGatewayReached } = given()
    await request(`/v1/logins/${loginId}`, { headers: { authorization: `bEARER ${apiKey}` } })
    expect(wasGatewayReached()).toBe(true)
  })

  test('are looked at before the body is', async () => {
    const { post } = given()
    const response = await post('/v1/logins', '{', { authorization: 'Bearer nobody' })
    await problemOf(response, 'unauthorized')
  })
})

describe('a number', () => {
  test("is not for an ordinary app's key", async () => {
    const { call, wasGatewayReached } = given()
    const response = await call('GET', '/v1/numbers/%2B6591234567')
    expect(response.status).toBe(403)
    await problemOf(response, 'forbidden')
    expect(wasGatewayReached()).toBe(false)
  })

  test.each(['%2B6591234567', '+6591234567'])('is for an admin key: %s', async (phone) => {
    const { call, wasGatewayReached } = given()
    await call('GET', `/v1/numbers/${phone}`, { authorization: `Bearer ${adminKey}` })
    expect(wasGatewayReached()).toBe(true)
  })

  test.each(['6591234567', '91234567', '%2B65', 'x', '%E0%A4%A'])(
    'that is not E.164 is refused: %s',
    async (phone) => {
      const { call } = given()
      const response = await call('GET', `/v1/numbers/${phone}`, { authorization: `Bearer ${adminKey}` })
      const { errors } = await problemOf(response, 'phone-invalid')
      expect(errors?.map(({ pointer }) => pointer)).toEqual(['phone'])
    },
  )
})
