/** Proofs that whoever shows one was given it by us for one login. Derived, so that nothing is stored (design 6). */
import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { KeyRing, NamedKey } from '../codec/key-ring.ts'

/** What a proof is for; one made for one purpose is worth nothing for another. */
export type TokenUse = 'callback' | 'client'

export type LoginTokens = {
  /**
   * `{key id}.{43 characters of base64url}`: an HMAC-SHA-256, which nobody without the key can make.
   *
   * @param about the login's id, and what else the token is bound to
   */
  make(about: string): string
  /** Compares in constant time; any key of the ring will do, so that keys can be rotated (WHI-1). */
  isFor(about: string, token: string): boolean
}

export function createLoginTokens(keys: KeyRing, purpose: TokenUse): LoginTokens {
  const derived = new Map(keys.map((named) => [named.id, derive(named, purpose)]))
  const [{ id: current }] = keys

  function proof(keyId: string, about: string): Buffer | undefined {
    const key = derived.get(keyId)
    return key && createHmac('sha256', key).update(about).digest()
  }

  return {
    make: (about) => `${current}.${proof(current, about)?.toString('base64url') ?? ''}`,
    isFor(about, token) {
      const [keyId = '', text = ''] = token.split('.')
      const expected = proof(keyId, about)
      const shown = Buffer.from(text, 'base64url')
      return expected?.length === shown.length && timingSafeEqual(shown, expected)
    },
  }
}

/** A key for each purpose (RFC 5869), from the one that is configured. */
function derive({ key }: NamedKey, purpose: TokenUse): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `postern ${purpose} token`, 32)))
}
