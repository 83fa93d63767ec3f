import { serve } from '@hono/node-server'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { apiKey, given, invalidPointers, loginId, problemOf } from './harness.ts'

const start = { phone: '+6591234567' }
const resend = `/v1/logins/${loginId}/resend`
const posts = ['/v1/logins', ...['code', 'resend', 'cancel'].map((verb) => `/v1/logins/${loginId}/${verb}`)]

describe('API-6: the content type', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/problem+json',
    'application/json; charset=latin1',
    'application/json, application/json',
    'application/jsonp',
  ])('%s is refused', async (contentType) => {
    const { post } = given()
    const response = await post('/v1/logins', start, { 'content-type': contentType })
    expect(response.status).toBe(415)
    await problemOf(response, 'unsupported-media-type')
  })

  test.each(posts)('is needed for a body of %s', async (path) => {
    const { request } = given()
    const body = new TextEncoder().encode('{}')
    const headers = { authorization: `Bearer ${apiKey}` }
    await problemOf(await request(path, { method: 'POST', headers, body }), 'unsupported-media-type')
  })

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON; charset="utf-8"',
  ])('%s is taken', async (contentType) => {
    const { post, wasGatewayReached } = given()
    await post('/v1/logins', start, { 'content-type': contentType })
    expect(wasGatewayReached()).toBe(true)
  })
})

describe('API-6: a body of more than 8 KiB', () => {
  const large = JSON.stringify({ ...start, brand: 'x'.repeat(8192) })

  test.each(posts)('of declared length is refused by %s', async (path) => {
    const { post } = given()
    const response = await post(path, large, { 'content-length': String(large.length) })
    expect(response.status).toBe(413)
    await problemOf(response, 'payload-too-large')
  })

  test.each(posts)('without a length is refused by %s', async (path) => {
    const { post } = given()
    await problemOf(await post(path, large), 'payload-too-large')
  })

  test('is refused, and one of exactly 8 KiB is not', async () => {
    const { post, wasGatewayReached } = given()
    const fitting = JSON.stringify(start).padEnd(8192)
    await problemOf(await post('/v1/logins', `${fitting} `), 'payload-too-large')
    expect(wasGatewayReached()).toBe(false)
    await post('/v1/logins', fitting)
    expect(wasGatewayReached()).toBe(true)
  })
})

describe('a body that is not JSON', () => {
  test.each(['', '{', '{"phone":"+6591234567"', "{'phone':1}", '{"phone":NaN}', 'phone=1', '{} {}'])(
    'is refused: %j',
    async (text) => {
      const { post } = given()
      const response = await post('/v1/logins', text)
      expect(response.status).toBe(400)
      await problemOf(response, 'malformed-json')
    },
  )

  test('because it is not UTF-8 is refused', async () => {
    const { request } = given()
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
    const body = Buffer.from('{"phone":"+6591234567","userId":"\u00e9"}', 'latin1')
    await problemOf(await request('/v1/logins', { method: 'POST', headers, body }), 'malformed-json')
  })

  test.each(['null', '[]', '"+6591234567"', '1', 'true'])('of an object is invalid: %s', async (text) => {
    const { post } = given()
    expect(await invalidPointers(await post('/v1/logins', text))).toEqual([''])
  })

  test('is not repeated in the answer', async () => {
    const { post } = given()
    const response = await post(`/v1/logins/${loginId}/code`, '{"code":"271828"')
    expect(await response.text()).not.toContain('271828')
  })
})

describe('a body that may be left out', () => {
  const optional = posts.slice(2)

  test.each(optional)('passes %s when it is absent, empty or {}', async (path) => {
    for (const send of [
      ({ call }: ReturnType<typeof given>) => call('POST', path),
      ({ post }: ReturnType<typeof given>) => post(path, ''),
      ({ post }: ReturnType<typeof given>) => post(path, {}),
    ]) {
      const house = given()
      await send(house)
      expect(house.wasGatewayReached()).toBe(true)
    }
  })

  test.each(optional)('BIND-8: is strict with %s when it is there', async (path) => {
    const { post } = given()
    expect(await invalidPointers(await post(path, { phone: '+6598765432' }))).toEqual(['/phone'])
  })

  test.each(['fax', 'SMS', 1, null, ['sms']])('is refused with the channel %j', async (channel) => {
    const { post } = given()
    expect(await invalidPointers(await post(resend, { channel }))).toEqual(['/channel'])
  })

  test('is empty on a real socket as well, with a content type and in chunks', async () => {
    const { api, wasGatewayReached } = given()
    const server = serve({ fetch: api.fetch, port: 0, hostname: '127.0.0.1' })
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}${resend}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: new ReadableStream({ start: (controller) => controller.close() }),
      duplex: 'half',
    })
    await problemOf(response, 'internal-error')
    expect(wasGatewayReached()).toBe(true)
  })
})
