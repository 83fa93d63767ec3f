/** What the API proves and checks by, with keys of this process alone. */
import { randomBytes } from 'node:crypto'
import type { ApiDeps } from '../../api/middleware/context.ts'
import { parseKeyRing } from '../../platform/codec/key-ring.ts'
import { createAssertions } from '../../platform/signing/assertions.ts'
import { createLoginTokens } from '../../platform/signing/login-tokens.ts'
import { newSigningKey } from '../../platform/signing/new-signing-key.ts'
import { parseSigningKeys, type SigningKey } from '../../platform/signing/signing-keys.ts'

export const issuer = 'https://postern.example'

/** As a file of these keys would be read; one new key, when none are given. */
export function signingKeys(...jwks: readonly object[]): readonly SigningKey[] {
  const parsed = parseSigningKeys(JSON.stringify({ keys: jwks.length === 0 ? [newSigningKey()] : jwks }))
  if ('problems' in parsed) throw new Error(parsed.problems.join())
  return parsed.keys
}

/** `clientTokens` and `assertions` for `createApp`. */
export function newProofs(keys = signingKeys()): Pick<ApiDeps, 'clientTokens' | 'assertions'> {
  const ring = parseKeyRing(`test:${randomBytes(32).toString('base64')}`)
  if (ring === undefined) throw new Error('malformed keys')
  return {
    clientTokens: createLoginTokens(ring, 'client'),
    assertions: createAssertions({ issuer, keys: { all: () => keys } }),
  }
}
