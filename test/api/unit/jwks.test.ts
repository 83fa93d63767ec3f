import { expect, test } from 'vitest'
import { newSigningKey } from '../../../platform/signing/new-signing-key.ts'
import { newProofs, signingKeys } from '../../support/proofs.ts'
import { given } from './harness.ts'

const secret = newSigningKey()

test('TOK-8: the public keys are anybody’s to read and to keep for ten minutes, and need nothing but us', async () => {
  const { request, wasGatewayReached } = given({}, {}, newProofs(signingKeys(secret)))
  const response = await request('/.well-known/jwks.json', { headers: { origin: 'https://any.example' } })
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('public, max-age=600')
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  const { kid, x } = secret
  expect(await response.json()).toEqual({
    keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' }],
  })
  expect(wasGatewayReached()).toBe(false)
})
