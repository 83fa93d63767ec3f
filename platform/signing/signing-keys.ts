/** The keys that sign assertions: read whole or not at all, and again when their file changes (TOK-9). */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Log } from '../../domain/log.ts'
import { ConfigError } from '../config/parsers.ts'
import { watchParsed, type WatchOptions } from '../watch-file.ts'

export type SigningKey = {
  readonly kid: string
  readonly key: KeyObject
  /** The point of the public key, base64url. */
  readonly x: string
  /** Milliseconds since the epoch: signs what was verified from then on. -Infinity when the file says nothing. */
  readonly activeFrom: number
}

/** What is configured now; ask again for each signature. */
export type SigningKeys = {
  readonly all: () => readonly SigningKey[]
  readonly close: () => void
}

/**
 * Watches `SIGNING_KEYS_FILE`. A change that is wrong is not taken: the keys stay as they were, and the log says why.
 *
 * @throws ConfigError when the file cannot be read or is wrong at the start
 */
export function watchSigningKeys(
  file: string,
  log: Pick<Log, 'info' | 'error'>,
  options: WatchOptions = {},
): SigningKeys {
  const { current, close } = watchParsed(
    {
      file,
      name: 'SIGNING_KEYS_FILE',
      parse(text) {
        const parsed = parseSigningKeys(text)
        if ('problems' in parsed) throw new ConfigError(parsed.problems)
        return parsed.keys
      },
      taken(keys) {
        log.info({ kids: keys.map(({ kid }) => kid) }, 'SIGNING_KEYS_FILE has changed: these keys sign now')
      },
      refused(problems) {
        log.error({ problems }, 'SIGNING_KEYS_FILE has changed and is wrong: the keys stay')
      },
    },
    options,
  )
  return { all: current, close }
}

const base64url32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, '32 bytes in base64url')

const fileSchema = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        kty: z.literal('OKP', 'OKP'),
        crv: z.literal('Ed25519', 'Ed25519'),
        kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ -'),
        x: base64url32,
        d: base64url32,
        alg: z.literal('EdDSA', 'EdDSA').optional(),
        use: z.literal('sig', 'sig').optional(),
        activeFrom: z.iso.datetime('a time such as 2027-01-31T12:00:00Z').optional(),
      }),
    )
    .min(1, 'at least one key'),
})

type Parsed = { readonly keys: readonly SigningKey[] } | { readonly problems: readonly string[] }

/** `{"keys": [private JWK with kid, activeFrom?]}`. Everything that is wrong is said, and no part of a key. */
export function parseSigningKeys(text: string, now = Date.now()): Parsed {
  const json = parseJson(text)
  if (json === undefined) return { problems: ['SIGNING_KEYS_FILE is not JSON'] }
  const parsed = fileSchema.safeParse(json)
  if (!parsed.success) return { problems: parsed.error.issues.map(toProblem) }
  const keys = parsed.data.keys.map(toSigningKey)
  const problems = parsed.data.keys.flatMap(({ x }, index) =>
    keys[index]?.x === x ? [] : [`SIGNING_KEYS_FILE: keys.${index}.x is not the public key of its d`],
  )
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    problems.push('SIGNING_KEYS_FILE: two keys have the same kid')
  }
  if (new Set(keys.map(({ activeFrom }) => activeFrom)).size < keys.length) {
    problems.push('SIGNING_KEYS_FILE: two keys have the same activeFrom, so that neither is the newer')
  }
  if (!keys.some(({ activeFrom }) => activeFrom <= now)) {
    problems.push('SIGNING_KEYS_FILE: every activeFrom is in the future, so that no key signs now')
  }
  return problems.length > 0 ? { problems } : { keys }
}

function toSigningKey({ kty, crv, kid, x, d, activeFrom }: z.output<typeof fileSchema>['keys'][number]) {
  const key = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' })
  // What `d` really makes: a file with another x would publish a key that verifies nothing.
  const { x: made = '' } = createPublicKey(key).export({ format: 'jwk' })
  return { kid, key, x: made, activeFrom: activeFrom === undefined ? -Infinity : Date.parse(activeFrom) }
}

function toProblem({ path, message, code }: z.core.$ZodIssue): string {
  const place = path.length === 0 ? 'SIGNING_KEYS_FILE' : `SIGNING_KEYS_FILE: ${path.join('.')}`
  if (code === 'unrecognized_keys') return `${place} has members that are not known`
  return `${place} must be ${message.replace(/^Invalid (option|input): expected /, '')}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
