/** When an answer carries an assertion, and what it is made of. */
import { assertableSince, type Proof } from '../domain/assertion.ts'
import type { App } from '../domain/app.ts'
import type { Login } from '../domain/login.ts'
import type { LoginGateway } from './gateway.ts'
import type { Identity } from './identity.ts'

/** Signs proofs; `platform/signing` keeps these promises. */
export type Assertions = {
  /** The same bytes for the same proof. */
  sign(proof: Proof): Promise<string>
  /** The public keys, those to come included (RFC 7517, 5). */
  jwks(): { readonly keys: readonly PublicKey[] }
}

export type PublicKey = {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  /** 32 bytes in base64url. */
  readonly x: string
  readonly kid: string
  readonly alg: 'EdDSA'
  readonly use: 'sig'
}

type Deps = {
  readonly gateway: Pick<LoginGateway, 'terms'>
  readonly identity: Identity
  readonly assertions: Assertions
  readonly log: { error(fields: object, message: string): void }
}

export type ProvenLogin = Login & { readonly assertion?: string }

/**
 * The login with its assertion, while one of it would be good. Signed when it is asked for, from what the history
 * holds, so that it is the same each time and nothing is minted twice (TOK-7).
 *
 * When it cannot be signed the login is verified all the same, and answered without it; the log says so.
 */
export async function withAssertion(
  { gateway, identity, assertions, log }: Deps,
  { app, requestId }: { readonly app: App; readonly requestId: string },
  login: Login,
): Promise<ProvenLogin> {
  const verifiedAt = assertableSince(login, Date.now())
  if (verifiedAt === undefined) return login
  try {
    const terms = await gateway.terms(app, login.id)
    if (terms.outcome !== 'terms') throw new Error(terms.outcome)
    const { phone, nonce } = terms
    const assertion = await assertions.sign({
      loginId: login.id,
      audience: app.audience,
      subject: login.userId ?? identity.pseudonym(app, phone),
      verifiedAt,
      channel: login.channel,
      purpose: login.purpose,
      ...(nonce === undefined ? {} : { nonce }),
      ...(app.assertsPhone ? { phone } : {}),
    })
    return { ...login, assertion }
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    log.error({ requestId, error: name }, 'a verified login was answered without its assertion')
    return login
  }
}
