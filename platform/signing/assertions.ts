/** The verdict as proof: a JWT that the app can verify without asking us (docs/assertion.md). */
import { SignJWT } from 'jose'
import { ASSERTION_SECONDS, NoActiveKeyError, type Proof } from '../../domain/assertion.ts'
import type { Channel } from '../../domain/login.ts'
import type { SigningKey, SigningKeys } from './signing-keys.ts'

/** `typ` of every assertion, so that none passes for an access or ID token (TOK-2, RFC 8725 3.11). */
const TYPE = 'login-assertion+jwt'
const ALGORITHM = 'EdDSA'

/** One factor, a code over the phone network; it claims no level of NIST or of eIDAS (TOK-5). */
const ACR = 'urn:postern:acr:phone-code'

/** RFC 8176, 2. Never `mfa`: what the app has checked before, we have not seen (TOK-4). */
const methods: Readonly<Record<Channel, readonly string[]>> = { sms: ['otp', 'sms'], call: ['otp', 'tel'] }

export type Assertions = {
  /**
   * The same bytes for the same proof, in every process and after a rotation: Ed25519 has no randomness, and the key
   * is chosen by the time of the verdict.
   *
   * @throws NoActiveKeyError
   */
  sign(proof: Proof): Promise<string>
  /** The public keys, those to come included (RFC 7517, 5). */
  jwks(): { readonly keys: readonly PublicJwk[] }
}

type PublicJwk = {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
  readonly alg: typeof ALGORITHM
  readonly use: 'sig'
}

/** @param issuer `PUBLIC_URL` */
export function createAssertions({
  issuer,
  keys,
}: {
  readonly issuer: string
  readonly keys: Pick<SigningKeys, 'all'>
}): Assertions {
  return {
    async sign(proof) {
      const verifiedAt = Date.parse(proof.verifiedAt)
      const { kid, key } = keyAt(keys.all(), verifiedAt)
      return new SignJWT(toClaims(issuer, proof, Math.floor(verifiedAt / 1000)))
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
        .sign(key)
    },
    jwks: () => ({ keys: keys.all().map(toPublicJwk) }),
  }
}

/** One login has one assertion, so its name is the login's. */
function toClaims(issuer: string, proof: Proof, at: number) {
  const { loginId, audience, subject, channel, purpose, nonce, phone } = proof
  return {
    iss: issuer,
    aud: audience,
    sub: subject,
    jti: loginId.replace(/^lg_/, 'as_'),
    iat: at,
    nbf: at,
    exp: at + ASSERTION_SECONDS,
    auth_time: at,
    amr: methods[channel],
    acr: ACR,
    login_id: loginId,
    purpose,
    ...(nonce === undefined ? {} : { nonce }),
    ...(phone === undefined ? {} : { phone_number: phone, phone_number_verified: true }),
  }
}

/** The newest key that was active at `at`, in milliseconds. */
function keyAt(keys: readonly SigningKey[], at: number): SigningKey {
  const [newest] = keys
    .filter(({ activeFrom }) => activeFrom <= at)
    .toSorted((a, b) => (a.activeFrom < b.activeFrom ? 1 : -1))
  if (newest === undefined) throw new NoActiveKeyError()
  return newest
}

function toPublicJwk({ kid, x }: SigningKey): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: ALGORITHM, use: 'sig' }
}
