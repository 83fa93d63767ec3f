import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { newSigningKey } from './new-signing-key.ts'

/** Makes the keys of a development machine once; parts that start at once agree on the first one's. */
export function developmentSigningKeys(file = '.postern/signing-keys.json'): string {
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify({ keys: [newSigningKey()] }, null, 2)}\n`, { mode: 0o600 })
  try {
    // Fails when the file exists, and otherwise makes it whole: no reader sees half of it.
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return file
}
