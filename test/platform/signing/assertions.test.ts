/** What an assertion says, and that it is one and the same however often it is made. */
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import type { Proof } from '../../../domain/assertion.ts'
import { createAssertions } from '../../../platform/signing/assertions.ts'
import { newSigningKey } from '../../../platform/signing/new-signing-key.ts'
import { issuer, signingKeys } from '../../support/proofs.ts'

const proof: Proof = {
  loginId: 'lg_abc',
  audience: 'shop',
  subject: 'user-17',
  verifiedAt: '2026-03-01T12:00:00.750Z',
  channel: 'sms',
  purpose: 'login',
  nonce: 'n-1',
}
const verifiedAt = Date.parse('2026-03-01T12:00:00Z') / 1000
const [old, recent] = [newSigningKey(), newSigningKey(new Date('2026-03-01T12:00:00.500Z'))]
const over = (...jwks: readonly object[]) => {
  const keys = signingKeys(...jwks)
  return createAssertions({ issuer, keys: { all: () => keys } })
}

test('TOK-1, TOK-2, TOK-3, BIND-9, FRD-14: the header and the claims, whole', async () => {
  const token = await over(old).sign(proof)
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: 'login-assertion+jwt', kid: old.kid })
  expect(decodeJwt(token)).toEqual({
    iss: issuer,
    aud: 'shop',
    sub: 'user-17',
    jti: 'as_abc',
    iat: verifiedAt,
    nbf: verifiedAt,
    exp: verifiedAt + 120,
    auth_time: verifiedAt,
    amr: ['otp', 'sms'],
    acr: 'urn:postern:acr:phone-code',
    login_id: 'lg_abc',
    purpose: 'login',
    nonce: 'n-1',
  })
})

test('TOK-4: a call is told as tel, and one factor is never told as several', async () => {
  const { amr } = decodeJwt(await over(old).sign({ ...proof, channel: 'call' }))
  expect(amr).toEqual(['otp', 'tel'])
})

test('TOK-6: the number is there when the proof has it, and only then', async () => {
  const phone = '+6591234567'
  const given = decodeJwt(await over(old).sign({ ...proof, phone }))
  expect(given).toMatchObject({ phone_number: phone, phone_number_verified: true })
  expect(decodeJwt(await over(old).sign(proof))).not.toHaveProperty('phone_number')
})

describe('TOK-7: one login has one assertion', () => {
  test('the same bytes from any process', async () => {
    expect(await over(old).sign(proof)).toBe(await over(old).sign(proof))
  })

  test('the same bytes after a rotation, by the key that was active at the verdict', async () => {
    const before = { ...proof, verifiedAt: '2026-03-01T12:00:00.499Z' }
    expect(await over(recent, old).sign(before)).toBe(await over(old).sign(before))
    expect(decodeProtectedHeader(await over(old, recent).sign(proof)).kid).toBe(recent.kid)
  })

  test('and none without a key of that time', async () => {
    const before = { ...proof, verifiedAt: '2026-02-28T00:00:00.000Z' }
    await expect(over(recent).sign(before)).rejects.toThrow('no signing key was active')
  })
})

test('TOK-8: the key set has every public key and no secret', () => {
  const { keys } = over(old, recent).jwks()
  expect(keys).toEqual(
    [old, recent].map(({ kid, x }) => ({ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' })),
  )
})
