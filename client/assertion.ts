import { createRemoteJWKSet, errors, jwtVerify, createLocalJWKSet } from 'jose'
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose'
import { PosternProofError } from './errors.ts'
import type { Purpose } from './types.ts'

export type AssertionToVerify = {
  /** `assertion` of a verified login. */
  readonly token: string
  /** Where Postern is: its `PUBLIC_URL`, exactly. */
  readonly issuer: string
  /** Your app's audience; default in Postern: the app's name. */
  readonly audience: string
  /** What this login was started with, from the user's own session; null when it was started without one. */
  readonly nonce: string | null
  /** The login that this proof must be of; left out, any of your app's. */
  readonly loginId?: string
  /** The public keys, or where they are. Default: `{issuer}/.well-known/jwks.json`, fetched and kept. */
  readonly jwks?: JSONWebKeySet | URL
}

/** What Postern says of a verified login. Times are seconds since the epoch. */
export type AssertionClaims = {
  readonly iss: string
  readonly aud: string
  /** `userId` of the start, or Postern's pseudonym for the number. */
  readonly sub: string
  readonly exp: number
  readonly iat: number
  /** This assertion's own name: keep it until `exp` and take each once. */
  readonly jti: string
  /** When the code was verified. */
  readonly auth_time: number
  /** How: `otp` with `sms` or `tel` (RFC 8176). */
  readonly amr: readonly string[]
  readonly login_id: string
  /** What was proved: `enrolment` is no sign-in of somebody known. */
  readonly purpose: Purpose
  readonly nonce?: string
  /** In E.164; only for an app that is configured to get it. */
  readonly phone_number?: string
}

/** Never from the token: who chooses the algorithm chooses the proof. */
const ALGORITHMS = ['EdDSA', 'Ed25519']
const TYPE = 'login-assertion+jwt'
const CLOCK_TOLERANCE_SECONDS = 5

/**
 * Proves that a phone was verified for this app and this login attempt. A browser that says so proves nothing: hand its
 * assertion to this function, on the server, or read the login there.
 *
 * @throws PosternProofError `invalid`, `expired`; `keys-unavailable` when the keys could not be fetched
 */
export async function verifyAssertion(given: AssertionToVerify): Promise<AssertionClaims> {
  const { token, issuer, audience, nonce, loginId } = given
  const payload = await verify(token, keysOf(given), {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    typ: TYPE,
    requiredClaims: ['sub', 'exp', 'iat', 'jti', 'auth_time', 'amr', 'login_id', 'purpose'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  })
  if ((payload.nonce ?? null) !== nonce) throw invalid('It belongs to another attempt to sign in.')
  if (typeof payload.aud !== 'string') throw invalid('It is for more than one audience.')
  if (loginId !== undefined && payload.login_id !== loginId) throw invalid('It is of another login.')
  return payload as AssertionClaims
}

async function verify(
  token: string,
  keys: JWTVerifyGetKey,
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new PosternProofError('expired', 'The assertion has expired.')
    }
    if (error instanceof errors.JWTClaimValidationFailed)
      throw invalid(`Its ${error.claim} is not as expected.`)
    const isAboutToken = error instanceof errors.JOSEError && !isAboutFetching(error)
    if (isAboutToken) throw invalid('Its signature, algorithm or form is not as expected.')
    throw new PosternProofError('keys-unavailable', 'The keys of the issuer cannot be fetched.')
  }
}

/** `JOSEError` itself is what jose throws when a key set does not come, or not as one. */
function isAboutFetching(error: errors.JOSEError): boolean {
  const isOther = error.code === 'ERR_JOSE_GENERIC'
  return isOther || error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
}

const invalid = (why: string) => new PosternProofError('invalid', `The assertion is not valid. ${why}`)

/** Fetched keys are kept for all calls of this process, and fetched again when a new key id appears. */
const remoteKeys = new Map<string, JWTVerifyGetKey>()

function keysOf({ issuer, jwks }: AssertionToVerify): JWTVerifyGetKey {
  if (jwks !== undefined && !(jwks instanceof URL)) return createLocalJWKSet(jwks)
  const url = jwks ?? new URL(`${issuer.replace(/\/$/, '')}/.well-known/jwks.json`)
  const known = remoteKeys.get(url.href) ?? createRemoteJWKSet(url)
  remoteKeys.set(url.href, known)
  return known
}
