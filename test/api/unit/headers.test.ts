import { describe, expect, test } from 'vitest'
import { apiKey, given, loginId } from './harness.ts'

const authorization = `Bearer ${apiKey}`
const json = { authorization, 'content-type': 'application/json' }
const large = 'x'.repeat(9000)

const answers: readonly (readonly [number, string, RequestInit])[] = [
  [200, '/healthz', {}],
  [200, '/healthz', { method: 'HEAD' }],
  [200, '/openapi.json', {}],
  [400, '/v1/logins', { method: 'POST', headers: json, body: '{' }],
  [401, '/v1/logins', { method: 'POST' }],
  [403, '/v1/numbers/%2B6591234567', { headers: { authorization } }],
  [404, '/nowhere', {}],
  [405, '/v1/logins', { method: 'OPTIONS' }],
  [413, '/v1/logins', { method: 'POST', headers: json, body: large }],
  [415, '/v1/logins', { method: 'POST', headers: { authorization }, body: 'x' }],
  [422, '/v1/logins', { method: 'POST', headers: json, body: '{}' }],
  [500, `/v1/logins/${loginId}`, { headers: { authorization } }],
]

describe('API-12: the security headers', () => {
  test.each(answers)('are on an answer with %i of %s', async (status, path, init) => {
    const { request } = given()
    const response = await request(path, init)
    expect(response.status).toBe(status)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    })
  })
})

describe('the request id', () => {
  test.each(answers)('is new on an answer with %i of %s', async (_, path, init) => {
    const { request } = given()
    const ids = [await request(path, init), await request(path, init)].map(idOf)
    for (const id of ids) expect(id).toMatch(/^req_[\w-]{16}$/)
    expect(ids[0]).not.toBe(ids[1])
  })

  test.each([['trace-1_A'], ['x'.repeat(64)]])('is the caller’s when it can be: %s', async (id) => {
    const { request } = given()
    expect(idOf(await request('/healthz', { headers: { 'x-request-id': id } }))).toBe(id)
  })

  test.each([[''], ['x'.repeat(65)], ['a b'], ['a=b'], ['<script>'], ['a, b'], ['é']])(
    'is ours when theirs is not to be echoed: %j',
    async (id) => {
      const { request } = given()
      expect(idOf(await request('/healthz', { headers: { 'x-request-id': id } }))).toMatch(/^req_/)
    },
  )
})

function idOf(response: Response): string | null {
  return response.headers.get('x-request-id')
}
