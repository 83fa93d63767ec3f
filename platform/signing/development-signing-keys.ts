import { keepSecrets } from '../kept-secrets.ts'
import { newSigningKey } from './new-signing-key.ts'

/** Makes the keys of a development machine once; parts that start at once agree on the first one's. */
export function developmentSigningKeys(file = '.postern/signing-keys.json'): string {
  keepSecrets(file, { keys: [newSigningKey()] })
  return file
}
