import { timingSafeEqual } from 'node:crypto'
import { digestOf } from '../digest.ts'
import type { AppSettings } from './context.ts'

/**
 * Finds the app of an API key, in a time that tells nothing about the keys (ENUM-3).
 *
 * Digests are compared instead of keys, so that lengths are equal, and always with those of every app.
 *
 * @throws Error when a key belongs to two apps, or cannot be sent because it is not 1 or more visible ASCII characters
 */
export function createAppLookup(
  apps: readonly { readonly app: AppSettings; readonly apiKey: string }[],
): (apiKey: string) => AppSettings | undefined {
  const entries = apps.map(({ app, apiKey }) => ({ app, digest: digestOf(apiKey) }))
  if (!apps.every(({ apiKey }) => /^[\x21-\x7E]+$/.test(apiKey))) throw new Error('an API key cannot be sent')
  if (new Set(apps.map(({ apiKey }) => apiKey)).size < apps.length) {
    throw new Error('two apps share an API key')
  }

  return function lookUpApp(apiKey) {
    const digest = digestOf(apiKey)
    let found: AppSettings | undefined
    for (const entry of entries) {
      const isEqual = timingSafeEqual(entry.digest, digest)
      if (isEqual) found = entry.app
    }
    return found
  }
}
