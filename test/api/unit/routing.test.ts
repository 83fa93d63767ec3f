import { describe, expect, test } from 'vitest'
import { given, loginId, problemOf } from './harness.ts'

describe('API-7: a method that a resource does not take', () => {
  test.each([
    ['DELETE', '/v1/logins', 'POST, GET, HEAD'],
    ['OPTIONS', '/v1/logins', 'POST, GET, HEAD'],
    ['DELETE', `/v1/logins/${loginId}`, 'GET, HEAD'],
    ['POST', `/v1/logins/${loginId}/events`, 'GET, HEAD'],
    ['GET', `/v1/logins/${loginId}/code`, 'POST'],
    ['HEAD', `/v1/logins/${loginId}/code`, 'POST'],
    ['PUT', `/v1/logins/${loginId}/resend`, 'POST'],
    ['PATCH', `/v1/logins/${loginId}/cancel`, 'POST'],
    ['DELETE', '/v1/numbers/%2B6591234567', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/readyz', 'GET, HEAD'],
    ['PUT', '/openapi.json', 'GET, HEAD'],
    ['PROPFIND', '/healthz', 'GET, HEAD'],
  ])('%s %s is answered with those it takes', async (method, path, allow) => {
    const { call } = given()
    const response = await call(method, path)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe(allow)
    if (method !== 'HEAD') await problemOf(response, 'method-not-allowed')
  })

  test('is not smuggled in by a header or the query', async () => {
    const { call, wasGatewayReached } = given()
    const headers = { 'x-http-method-override': 'POST' }
    const response = await call('GET', `/v1/logins/${loginId}/cancel?_method=POST`, headers)
    expect(response.status).toBe(405)
    expect(wasGatewayReached()).toBe(false)
  })

  test('is not told apart by credentials', async () => {
    const { request } = given()
    expect((await request('/v1/logins', { method: 'PUT' })).status).toBe(405)
  })
})

describe('a path that is nobody’s', () => {
  test.each([
    '/',
    '/v1',
    '/v2/logins',
    '/v1/logins/',
    '/V1/logins',
    `/v1/logins/${loginId}/codes`,
    '/v1//logins',
  ])('%s is not found', async (path) => {
    const { call } = given()
    const response = await call('GET', path)
    expect(response.status).toBe(404)
    await problemOf(response, 'not-found')
  })
})

test('HEAD is answered like GET, without the body', async () => {
  const { request } = given()
  const response = await request('/healthz', { method: 'HEAD' })
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
})

test('the health of the process needs neither key nor gateway', async () => {
  const { request, wasGatewayReached } = given()
  const response = await request('/healthz')
  expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
  expect(wasGatewayReached()).toBe(false)
})
