/** Secrets for a development machine, made once and kept in `.postern/keys.json`, which git ignores. */
import { hkdfSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { keepSecrets } from './kept-secrets.ts'

export type DevelopmentKeys = {
  readonly API_KEY: string
  readonly LOOKUP_KEY: string
  /** This and the next are made of the kept LOOKUP_KEY, so that a file from before a new kind of key is not completed by two parts at once. */
  readonly ENCRYPTION_KEYS: string
  readonly TOKEN_KEYS: string
}

/** Reads the keys, or makes them; parts that start at once agree on the first one's. */
export function developmentKeys(file = '.postern/keys.json'): DevelopmentKeys {
  const made = {
    API_KEY: `pk_dev_${randomBytes(24).toString('base64url')}`,
    LOOKUP_KEY: randomBytes(32).toString('base64'),
  }
  keepSecrets(file, made)
  const kept = { ...made, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<typeof made>) }
  return {
    ...kept,
    ENCRYPTION_KEYS: `development:${derived(kept.LOOKUP_KEY, 'payload encryption')}`,
    TOKEN_KEYS: `development:${derived(kept.LOOKUP_KEY, 'tokens')}`,
  }
}

function derived(lookupKey: string, label: string): string {
  const secret = Buffer.from(lookupKey, 'base64')
  return Buffer.from(hkdfSync('sha256', secret, '', `postern development: ${label}`, 32)).toString('base64')
}
