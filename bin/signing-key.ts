/** `npm run signing-key`: makes a key that signs assertions, for `SIGNING_KEYS_FILE` (docs/assertion.md). */
import { chownSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { newSigningKey, type SigningJwk } from '../platform/signing/new-signing-key.ts'
import { parseSigningKeys } from '../platform/signing/signing-keys.ts'
import { fail } from './operator/fail.ts'

/** Longer than twice the ten minutes for which verifiers keep the key set (TOK-9). */
const STANDARD_MINUTES = '30'

const usage = `Usage: npm run signing-key -- [--add-to FILE] [--in MINUTES]

Makes an Ed25519 key. With --add-to it is added to that SIGNING_KEYS_FILE, which is made when there is none, and only
its kid is shown; without, the key itself is printed, for \`keys\` in a secret store.

  --in  minutes until it signs, 0 to 10080. Default ${STANDARD_MINUTES}: verifiers must know it first. The first key of a file signs
        at once; a first key that is printed needs --in 0`

const values = readValues()
const minutes = Number(values?.in)
if (values?.help) process.stdout.write(`${usage}\n`)
else if (values === undefined || !/^\d{1,5}$/.test(values.in) || minutes > 10_080) fail(usage)
else {
  const activeFrom = new Date(Date.now() + minutes * 60_000)
  if (values['add-to'] === undefined) print(newSigningKey(activeFrom))
  else add(values['add-to'], activeFrom)
}

function readValues() {
  try {
    return parseArgs({
      options: {
        'add-to': { type: 'string' },
        in: { type: 'string', default: STANDARD_MINUTES },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch {
    return undefined
  }
}

/**
 * The file is replaced whole, so that who watches it sees either the old keys or the new ones, and stays its owner's:
 * the API that reads it is often another user than the operator.
 */
function add(file: string, activeFrom: Date): void {
  const present = readKeys(file)
  if ('problems' in present) return fail(`${file} is left as it was:\n  ${present.problems.join('\n  ')}`)
  const made = newSigningKey(present.keys.length === 0 ? undefined : activeFrom)
  const text = `${JSON.stringify({ keys: [...present.keys, made] }, null, 2)}\n`
  const parsed = parseSigningKeys(text)
  if ('problems' in parsed) return fail(`${file} is left as it was:\n  ${parsed.problems.join('\n  ')}`)
  const draft = `${file}.${process.pid}`
  try {
    writeFileSync(draft, text, { mode: 0o600 })
  } catch {
    rmSync(draft, { force: true })
    return fail(`${file} is left as it was:\n  its folder is not there, or cannot be written to`)
  }
  const owner = statSync(file, { throwIfNoEntry: false })
  try {
    if (owner !== undefined) chownSync(draft, owner.uid, owner.gid)
  } catch {
    rmSync(draft)
    return fail(`${file} is left as it was:\n  it belongs to another user; become that one, or root`)
  }
  renameSync(draft, file)
  process.stdout.write(
    `${made.kid} signs ${made.activeFrom === undefined ? 'now' : `from ${made.activeFrom} on`}\n`,
  )
}

function readKeys(
  file: string,
): { readonly keys: readonly object[] } | { readonly problems: readonly string[] } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return isAbsent ? { keys: [] } : { problems: ['it cannot be read'] }
  }
  const parsed = parseSigningKeys(text)
  return 'problems' in parsed ? parsed : (JSON.parse(text) as { keys: readonly SigningJwk[] })
}

function print(key: SigningJwk): void {
  process.stdout.write(`${JSON.stringify(key, null, 2)}\n`)
}
