/** The keys that sign assertions: there, right, and one of them active (TOK-9). */
import { readFileSync } from 'node:fs'
import type { Config } from '../../platform/config.ts'
import { parseSigningKeys } from '../../platform/signing/signing-keys.ts'
import { ok, warning, wrong, type Finding } from './finding.ts'

const ABOUT = 'signing keys'

export function checkSigningKeys(
  { isProduction, signingKeysFile }: Config,
  now = Date.now(),
): readonly Finding[] {
  if (signingKeysFile === undefined) {
    return isProduction
      ? [
          wrong(
            ABOUT,
            'SIGNING_KEYS_FILE is required in production, of the API: npm run signing-key -- --add-to FILE',
          ),
        ]
      : [warning(ABOUT, 'those of a development machine')]
  }
  const text = read(signingKeysFile)
  if (text === undefined) return [wrong(ABOUT, 'SIGNING_KEYS_FILE cannot be read')]
  const parsed = parseSigningKeys(text, now)
  if ('problems' in parsed) return parsed.problems.map((problem) => wrong(ABOUT, problem))
  const newestFirst = parsed.keys.toSorted((a, b) => b.activeFrom - a.activeFrom)
  const active = newestFirst.find(({ activeFrom }) => activeFrom <= now)
  const waiting = newestFirst.filter(({ activeFrom }) => activeFrom > now).length
  return [ok(ABOUT, `${active?.kid} signs, ${waiting} to come, ${parsed.keys.length} published`)]
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
