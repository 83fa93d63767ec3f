import { createHash, generateKeyPairSync } from 'node:crypto'

/** A private JWK as `SIGNING_KEYS_FILE` lists them. */
export type SigningJwk = {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  /** The thumbprint of the public key (RFC 7638). */
  readonly kid: string
  readonly x: string
  readonly d: string
  /** ISO 8601; left out, it signs all that no newer key does. */
  readonly activeFrom?: string
}

export function newSigningKey(activeFrom?: Date): SigningJwk {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url')
  const since = activeFrom === undefined ? {} : { activeFrom: activeFrom.toISOString() }
  return { kty: 'OKP', crv: 'Ed25519', kid, x, d, ...since }
}
