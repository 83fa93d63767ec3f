/** Secrets for a development machine, made once and kept in `.postern/keys.json`, which git ignores. */
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export type DevelopmentKeys = { readonly API_KEY: string; readonly LOOKUP_KEY: string }

/** Reads the keys, or makes them; parts that start at once agree on the first one's. */
export function developmentKeys(file = '.postern/keys.json'): DevelopmentKeys {
  mkdirSync(dirname(file), { recursive: true })
  const made: DevelopmentKeys = {
    API_KEY: `pk_dev_${randomBytes(24).toString('base64url')}`,
    LOOKUP_KEY: randomBytes(32).toString('base64'),
  }
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  try {
    // Fails when the file exists, and otherwise makes it whole: no reader sees half of it.
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return { ...made, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<DevelopmentKeys>) }
}
