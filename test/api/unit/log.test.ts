import { expect, test } from 'vitest'
import type { App } from '../../../domain/app.ts'
import type { Block } from '../../../domain/blocks.ts'
import { adminKey, given, loginId, problemOf } from './harness.ts'

test('PII-15: a request is one line, with the pattern of its route instead of its path', async () => {
  const { call, lines } = given()
  const authorization = `Bearer ${adminKey}`
  const response = await call('GET', '/v1/numbers/91234567?code=271828', { authorization })
  const fields = {
    method: 'GET',
    route: '/v1/numbers/:phone',
    status: 422,
    ms: expect.any(Number) as number,
    requestId: response.headers.get('x-request-id'),
    app: 'ops',
  }
  expect(lines).toEqual([{ level: 'info', fields, message: 'answered' }])
})

test.each([
  ['GET', '/v1/logins/6591234567/nowhere?phone=6591234567'],
  ['PUT', '/v1/numbers/6591234567'],
])('PII-15: %s %s, which has no route, leaves nothing of itself in the log', async (method, path) => {
  const { call, lines } = given()
  await call(method, path)
  expect(lines.map(({ fields }) => fields.route)).toEqual(['none'])
  expect(JSON.stringify(lines)).not.toContain('6591234567')
})

test('PII-15: neither the phone nor the key of a refused start is in the log', async () => {
  const { post, lines } = given({ allowedCountries: ['MY'] })
  await post('/v1/logins', { phone: '+6591234567', userId: 'ada' }, { 'idempotency-key': 'key-1' })
  expect(lines).toHaveLength(1)
  expect(JSON.stringify(lines)).not.toMatch(/91234567|ada|key-1|pk_test/)
})

test.each<[word: string, app: Partial<App>, body: object, blocks?: readonly Block[]]>([
  ['allowed-countries', { allowedCountries: ['MY'] }, {}],
  ['number-type', {}, { phone: '+6561234567' }],
  ['block-country', {}, {}, [{ country: 'SG', reason: 'pumping by +6591234567' }]],
  ['block-prefix', {}, {}, [{ country: 'SG', prefix: '+6591', reason: 'IRSF' }]],
  ['block-app', {}, {}, [{ app: 'shop', channel: 'sms', reason: 'IRSF' }]],
  ['block-channel', {}, {}, [{ channel: 'sms', reason: 'IRSF' }]],
])('FRD-1, FRD-11: the line of a 403 says what stopped it: %s', async (word, app, body, blocks = []) => {
  const { post, lines } = given(app, {}, { blocks: () => blocks })
  await post('/v1/logins', { phone: '+6591234567', ...body })
  expect(lines.map(({ fields }) => [fields.status, fields.limit])).toEqual([[403, word]])
  expect(JSON.stringify(lines)).not.toMatch(/91234567|6561|IRSF|pumping/)
})

test('API-1: an unexpected error is logged under the id of its answer, which says nothing of it', async () => {
  const { call, lines } = given()
  const response = await call('GET', `/v1/logins/${loginId}`)
  expect(response.status).toBe(500)
  const body = await problemOf(response, 'internal-error')
  expect(JSON.stringify(body)).not.toMatch(/secret of the gateway|GatewayReached|harness/)
  const [logged] = lines.filter(({ level }) => level === 'error')
  expect(logged?.fields).toMatchObject({ requestId: body.instance, error: 'GatewayReached' })
  expect(logged?.fields.frames).toContainEqual(expect.stringContaining('read-login.ts'))
})

test('PII-15: the message of an unexpected error is not logged, for it may repeat what it was given', async () => {
  const { call, lines } = given()
  await call('GET', `/v1/logins/${loginId}`)
  expect(JSON.stringify(lines)).not.toContain('secret of the gateway')
})
