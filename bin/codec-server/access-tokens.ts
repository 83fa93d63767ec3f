/** Access tokens of an identity provider, which the Temporal UI passes on: JWTs (RFC 7519, RFC 8725). */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import type { Identified } from './callers.ts'

export type AccessTokens = (token: string) => Promise<Identified>

export type Oidc = {
  readonly jwksUrl: string
  readonly issuer: string
  readonly audience: string
}

/** With a shared secret whoever can check a token can also make one; `none` is no signature at all. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** What a fetch of the keys fails with, as opposed to what is wrong with a token. */
const providerCodes: readonly string[] = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']

const LONGEST_NAME = 100

/** Keys are fetched when first needed and kept for ten minutes; an unknown key id fetches them again, twice a minute at most. */
export function createAccessTokens({ jwksUrl, issuer, audience }: Oidc): AccessTokens {
  const keys = createRemoteJWKSet(new URL(jwksUrl))
  return async function readAccessToken(token) {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms,
        issuer,
        audience,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: '5 seconds',
      })
      return { outcome: 'caller', name: `sub:${(payload.sub ?? '').slice(0, LONGEST_NAME)}` }
    } catch (error) {
      const isTokensFault = error instanceof errors.JOSEError && !providerCodes.includes(error.code)
      return isTokensFault ? { outcome: 'unauthorized', isTokenGiven: true } : { outcome: 'unavailable' }
    }
  }
}
