/** What lets a user in: Postern's signed word, proved by its published keys. Nothing of Postern's own code is needed. */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import type { Pending } from './second-factor.ts'
import type { Store } from './store.ts'

export type Verdict = { readonly outcome: 'verified' | 'refused' | 'unavailable' }

/** `unavailable`: it could not be checked, and may be shown again; `refused`: it must not be believed. */
export type VerifyVerdict = (assertion: string, pending: Pending) => Promise<Verdict>

export type VerdictOptions = {
  /** Postern's `PUBLIC_URL`, exactly. */
  readonly issuer: string
  readonly audience: string
  /** Default: `{issuer}/.well-known/jwks.json`. */
  readonly jwksUrl?: URL
  readonly store: Pick<Store, 'takeOnce'>
}

export function createVerdict({ issuer, audience, jwksUrl, store }: VerdictOptions): VerifyVerdict {
  // Fetched when first needed, kept, and fetched again for a key that is not among them.
  const keys = createRemoteJWKSet(jwksUrl ?? new URL(`${issuer.replace(/\/$/, '')}/.well-known/jwks.json`))

  return async function verifyVerdict(assertion, pending) {
    try {
      const { payload } = await jwtVerify(assertion, keys, {
        issuer,
        audience,
        subject: pending.userId,
        // Fixed here: who may choose the algorithm or the kind of token chooses the proof.
        algorithms: ['EdDSA'],
        typ: 'login-assertion+jwt',
        requiredClaims: ['exp', 'jti'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      })
      const { jti = '', exp = 0 } = payload
      const isOfThisSession =
        payload.nonce === pending.nonce &&
        payload.login_id === pending.loginId &&
        payload.purpose === pending.purpose
      if (!isOfThisSession) return { outcome: 'refused' }
      // Last, so that what is refused uses nothing up.
      const isFirst = store.takeOnce('jti', jti, (exp + CLOCK_TOLERANCE_SECONDS) * 1000)
      return { outcome: isFirst ? 'verified' : 'refused' }
    } catch (error) {
      return { outcome: isAboutToken(error) ? 'refused' : 'unavailable' }
    }
  }
}

const CLOCK_TOLERANCE_SECONDS = 5

/** Everything else is about the keys: they did not come, or not as a key set. */
function isAboutToken(error: unknown): boolean {
  const isAboutKeys =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
  return error instanceof errors.JOSEError && !isAboutKeys
}
