import { createHash, timingSafeEqual } from 'node:crypto'
import type { App, Scope } from '../../domain/app.ts'

export type AppKey = {
  /** SHA-256 of the key. A key is at least 128 random bits, so nothing slower is needed (API-9). */
  readonly digest: Buffer
  readonly scopes: ReadonlySet<Scope>
  /** Milliseconds since the epoch; left out, it does not expire. */
  readonly expiresAt?: number
}

export function digestOfKey(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey).digest()
}

/**
 * Finds the app of an API key and what the key is good for, in a time that tells nothing about the keys (ENUM-3).
 *
 * Digests are compared, so that lengths are equal, and always with those of every key. An expired key is unknown.
 *
 * @throws Error when two keys are the same one
 */
export function createKeyLookup(
  apps: readonly { readonly app: App; readonly keys: readonly AppKey[] }[],
): (apiKey: string) => { readonly app: App; readonly scopes: ReadonlySet<Scope> } | undefined {
  const entries = apps.flatMap(({ app, keys }) => keys.map((key) => ({ app, key })))
  if (new Set(entries.map(({ key }) => key.digest.toString('hex'))).size < entries.length) {
    throw new Error('an API key is there twice')
  }

  return function lookUpKey(apiKey) {
    const digest = digestOfKey(apiKey)
    let found: (typeof entries)[number] | undefined
    for (const entry of entries) {
      const isEqual = timingSafeEqual(entry.key.digest, digest)
      if (isEqual) found = entry
    }
    if (found === undefined || (found.key.expiresAt ?? Infinity) <= Date.now()) return undefined
    return { app: found.app, scopes: found.key.scopes }
  }
}
