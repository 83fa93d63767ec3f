/** The assertion of a real login, verified as an app does: by the keys that we publish, over HTTP. */
import { createHmac, createPrivateKey } from 'node:crypto'
import { base64url, createRemoteJWKSet, jwtVerify, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import { describe, expect, test } from 'vitest'
import { newSigningKey } from '../../../platform/signing/new-signing-key.ts'
import type { HttpOptions } from '../../support/http.ts'
import { loginOf, openJourney } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'
import { issuer, newProofs, signingKeys } from '../../support/proofs.ts'

const key = newSigningKey()

async function verified(start: object = {}, settings: HttpOptions['settings'] = {}) {
  const proofs = newProofs(signingKeys(key))
  const { house, api } = await openJourney({}, { proofs, settings })
  const phone = aPhone()
  const login = loginOf(await api.start({ phone: phone.e164, ...start }))
  const answer = await api.submit(login.id, house.codeFor(phone), { 'idempotency-key': 'one' })
  const jwks = createRemoteJWKSet(new URL(`${api.url}/.well-known/jwks.json`))
  const verify = async (token: unknown, audience = 'acme') => {
    const options = { issuer, audience, algorithms: ['EdDSA'], typ: 'login-assertion+jwt' }
    return (await jwtVerify(String(token), jwks, options)).payload
  }
  return { house, api, phone, login, answer, verify, assertion: answer.body.assertion }
}

test('TOK-1, TOK-3, BIND-9: an app verifies the assertion by the published keys alone', async () => {
  const { answer, login, verify, assertion } = await verified({ nonce: 'n-1', userId: 'user-17' })
  const at = Math.floor(Date.parse(String(answer.body.verifiedAt)) / 1000)
  expect(await verify(assertion)).toMatchObject({
    sub: 'user-17',
    nonce: 'n-1',
    login_id: login.id,
    amr: ['otp', 'sms'],
    auth_time: at,
    iat: at,
    exp: at + 120,
    purpose: 'login',
  })
})

test('TOK-7, RPL-3: read again or answered again, it is the same, byte for byte', async () => {
  const { house, api, login, phone, assertion } = await verified()
  expect((await api.read(login.id)).body.assertion).toBe(assertion)
  const again = await api.submit(login.id, house.codeFor(phone), { 'idempotency-key': 'one' })
  expect(again.body.assertion).toBe(assertion)
  expect(house.checks()).toHaveLength(1)
})

test('BIND-9: the nonce comes back in the assertion and nowhere else', async () => {
  const nonce = 'nonce-of-this-session'
  const { api, login, answer } = await verified({ nonce })
  const { assertion: _, ...rest } = answer.body
  for (const text of [JSON.stringify(rest), (await api.events(login.id)).text]) {
    expect(text).not.toContain(nonce)
  }
})

test('TOK-3, TOK-6: without a userId the subject is a pseudonym, which is not the number', async () => {
  const { phone, verify, assertion } = await verified()
  const claims = await verify(assertion)
  expect(claims.sub).toMatch(/^pn_[\w-]{22}$/)
  expect(JSON.stringify(claims)).not.toContain(phone.e164.slice(1))
})

test('TOK-6: an app that asks for the number gets it', async () => {
  const { phone, verify, assertion } = await verified(
    {},
    { assertsPhone: true, audience: 'https://acme.example' },
  )
  expect(await verify(assertion, 'https://acme.example')).toMatchObject({
    phone_number: phone.e164,
    phone_number_verified: true,
  })
})

describe('TOK-10: a verifier takes nothing that looks like it', () => {
  const header = { alg: 'EdDSA', typ: 'login-assertion+jwt', kid: key.kid }
  const mine = createPrivateKey({ key: { ...key }, format: 'jwk' })
  const stranger = createPrivateKey({ key: { ...newSigningKey() }, format: 'jwk' })
  const signed = (claims: JWTPayload, more: object = {}, by = mine) =>
    new SignJWT(claims).setProtectedHeader({ ...header, ...more }).sign(by)
  const hmac = (claims: JWTPayload) => {
    const parts = [{ ...header, alg: 'HS256' }, claims].map((part) => base64url.encode(JSON.stringify(part)))
    const input = parts.join('.')
    return `${input}.${createHmac('sha256', Buffer.from(key.x, 'base64url')).update(input).digest('base64url')}`
  }

  test('and what it refuses differs in nothing else from what it takes', async () => {
    const { verify, assertion } = await verified()
    const claims = await verify(assertion)
    await expect(verify(await signed(claims))).resolves.toEqual(claims)
    const jku = { jku: 'https://evil.example/jwks.json', kid: 'evil' }
    const forged: Record<string, string> = {
      'TOK-1: no algorithm': new UnsecuredJWT(claims).encode(),
      'TOK-1: HS256 by the public key': hmac(claims),
      'TOK-2: another type': await signed(claims, { typ: 'at+jwt' }),
      'TOK-3: another audience': await signed({ ...claims, aud: 'other' }),
      'TOK-3: another issuer': await signed({ ...claims, iss: 'https://evil.example' }),
      'TOK-3: over': await signed({ ...claims, exp: Math.floor(Date.now() / 1000) - 1 }),
      'another key under our kid': await signed(claims, {}, stranger),
      'a key by address': await signed(claims, jku, stranger),
      'a key of its own': await signed(claims, { jwk: { kty: 'OKP', crv: 'Ed25519', x: key.x } }, stranger),
    }
    for (const [what, token] of Object.entries(forged)) await expect(verify(token), what).rejects.toThrow()
  })
})
