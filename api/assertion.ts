/** When an answer carries an assertion, and what it is made of. */
import { assertableSince, NoActiveKeyError, type Proof } from '../domain/assertion.ts'
import type { App } from '../domain/app.ts'
import type { Log } from '../domain/log.ts'
import type { Login } from '../domain/login.ts'
import type { Terms } from '../workflows/messages.ts'
import type { LoginGateway } from './gateway.ts'
import type { Identity } from './identity.ts'

/** Signs proofs; `platform/signing` keeps these promises. */
export type Assertions = {
  /**
   * The same bytes for the same proof.
   * @throws NoActiveKeyError
   */
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
  readonly log: Pick<Log, 'error'>
}

/**
 * Why a verified login was answered without its assertion, for the log. `temporal`: the terms of the login could not
 * be read; `forgotten`: its history is gone; `no-active-key`: see `NoActiveKeyError`; `unexpected`: a fault of ours.
 */
type Cause = 'temporal' | 'forgotten' | 'no-active-key' | 'unexpected'

export type ProvenLogin = Login & { readonly assertion?: string }

/**
 * The login with its assertion, while one of it would be good. Signed when it is asked for, from what the history
 * holds, so that it is the same each time and nothing is minted twice (TOK-7).
 *
 * `told` is what the verdict itself brought along; without it the history's first event is read.
 * When it cannot be signed the login is verified all the same, and answered without it; the log says so, and why.
 */
export async function withAssertion(
  { gateway, identity, assertions, log }: Deps,
  { app, requestId }: { readonly app: App; readonly requestId: string },
  login: Login,
  told?: Terms,
): Promise<ProvenLogin> {
  const verifiedAt = assertableSince(login, Date.now())
  if (verifiedAt === undefined) return login
  const without = (cause: Cause, error?: string) => {
    log.error({ requestId, cause, error }, 'a verified login was answered without its assertion')
    return login
  }
  try {
    const terms = told ? { outcome: 'terms' as const, ...told } : await gateway.terms(app, login.id)
    if (terms.outcome !== 'terms') return without(terms.outcome === 'unavailable' ? 'temporal' : 'forgotten')
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
    if (error instanceof NoActiveKeyError) return without('no-active-key')
    return without('unexpected', error instanceof Error ? error.name : 'unknown')
  }
}
