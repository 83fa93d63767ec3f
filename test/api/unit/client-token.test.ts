/** A login's token: what it opens, and what it is to everything else. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ownerOf, toClientToken } from '../../../api/client-token.ts'
import { createLoginTokens } from '../../../platform/signing/login-tokens.ts'
import { parseKeyRing } from '../../../platform/codec/key-ring.ts'
import { anApp, appsOf } from '../../support/apps.ts'
import { newProofs } from '../../support/proofs.ts'
import { apiKey, given, loginId, problemOf } from './harness.ts'

const proofs = newProofs()
const { clientTokens } = proofs
const token = toClientToken(clientTokens, { name: 'shop' }, loginId)
const other = toClientToken(clientTokens, { name: 'shop' }, `lg_${'b'.repeat(50)}`)
const here = () => given({}, {}, proofs)

const opened = [
  ['GET', `/v1/logins/${loginId}`],
  ['GET', `/v1/logins/${loginId}/events`],
  ['POST', `/v1/logins/${loginId}/code`],
  ['POST', `/v1/logins/${loginId}/resend`],
  ['POST', `/v1/logins/${loginId}/cancel`],
] as const
const closed = [
  ['GET', '/v1/logins?phone=%2B6591234567'],
  ['POST', '/v1/logins'],
  ['GET', '/v1/numbers/%2B6591234567'],
] as const

function call(method: string, path: string, bearer: string, house = here()) {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
  const body = path.endsWith('/code') ? '{"code":"123456"}' : '{}'
  return house.request(path, { method, headers, ...(method === 'POST' ? { body } : {}) })
}

test('BIND-6: a token has 256 bits of a secret key, names no login, and is the same each time', () => {
  expect(token).toMatch(/^ct\.shop\.test\.[\w-]{43}$/)
  expect(token).not.toContain(loginId.slice(3))
  expect(toClientToken(clientTokens, { name: 'shop' }, loginId)).toBe(token)
  expect(toClientToken(newProofs().clientTokens, { name: 'shop' }, loginId)).not.toBe(token)
})

test('BIND-6: a token of 8x8’s callback for the same login opens nothing, nor does another app’s', () => {
  const ring = parseKeyRing(`test:${randomBytes(32).toString('base64')}`)
  if (ring === undefined) throw new Error('malformed keys')
  const client = createLoginTokens(ring, 'client')
  const callback = createLoginTokens(ring, 'callback')
  expect(ownerOf(client, toClientToken(callback, { name: 'shop' }, loginId), loginId)).toBe('wrong')
  const renamed = toClientToken(client, { name: 'shop' }, loginId).replace('.shop.', '.ops.')
  expect(ownerOf(client, renamed, loginId)).toBe('wrong')
})

describe('BIND-7: the token of a login', () => {
  test.each(opened)('opens %s %s', async (method, path) => {
    const house = here()
    await call(method, path, token, house)
    expect(house.wasGatewayReached()).toBe(true)
  })

  test.each(opened)('of another login is answered on %s %s as no login is', async (method, path) => {
    const house = here()
    const { detail } = await problemOf(await call(method, path, other, house), 'not-found')
    expect(detail).toBe('You have no login with this id.')
    expect(house.wasGatewayReached()).toBe(false)
  })

  test.each(closed)('does not open %s %s', async (method, path) => {
    const house = here()
    await problemOf(await call(method, path, token, house), 'unauthorized')
    expect(house.wasGatewayReached()).toBe(false)
  })

  test('opens nothing once its app is gone, and before that a wrong one learns nothing of apps', async () => {
    const apps = appsOf([{ app: anApp({ name: 'else' }), apiKey }])
    const house = given({}, {}, { ...proofs, apps })
    await problemOf(await call('GET', `/v1/logins/${loginId}`, token, house), 'unauthorized')
    for (const name of ['shop', 'else']) {
      const wrong = `ct.${name}.test.${randomBytes(32).toString('base64url')}`
      await problemOf(await call('GET', `/v1/logins/${loginId}`, wrong, house), 'not-found')
    }
  })
})

test.each([
  ['cut short', token.slice(0, -1)],
  ['longer', `${token}A`],
  ['without an app', token.replace('shop', '')],
  ['with an app that no app can be', token.replace('shop', 'Shop')],
  ['nothing but its beginning', 'ct.'],
])('BIND-7: a token that is %s is no credential', async (_case, bearer) => {
  await problemOf(await call('GET', `/v1/logins/${loginId}`, bearer), 'unauthorized')
})

test('BIND-10, API-8: a token in the address or a cookie is not read', async () => {
  const house = here()
  const path = `/v1/logins/${loginId}?access_token=${token}&clientToken=${token}`
  const response = await house.request(path, { headers: { cookie: `clientToken=${token}` } })
  await problemOf(response, 'unauthorized')
  expect(response.headers.get('www-authenticate')).toBe('Bearer')
  expect(house.wasGatewayReached()).toBe(false)
})

test.each([
  ['read', 'POST', `/v1/logins/${loginId}/cancel`, 'start'],
  ['start', 'GET', `/v1/logins/${loginId}`, 'read'],
  ['start', 'GET', '/v1/logins?phone=%2B6591234567', 'read'],
  ['read', 'GET', '/v1/numbers/%2B6591234567', 'admin'],
] as const)(
  'API-10: a key with the scope %s alone is told that %s %s takes %s',
  async (has, method, path, takes) => {
    const apps = appsOf([{ app: anApp(), apiKey, scopes: [has] }])
    const house = given({}, {}, { apps })
    const response = await call(method, path, apiKey, house)
    await problemOf(response, 'forbidden')
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="${takes}"`,
    )
    expect(house.wasGatewayReached()).toBe(false)
  },
)
