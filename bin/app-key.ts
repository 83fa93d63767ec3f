/** `npm run app-key`: makes an API key, and shows it once with what of it is kept. */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { scopes, type Scope } from '../domain/app.ts'
import { digestOfKey } from '../platform/apps/key-lookup.ts'
import { fail } from './operator/fail.ts'

const usage = `Usage: npm run app-key -- [--scopes start,read] [--expires 2027-01-31] [--test]

Makes an API key of 192 random bits and shows it, this once, with the line for \`keys\` in APPS_FILE (docs/apps.md).
Nothing is kept and nothing is changed: put the line into the file, and the key where the app keeps its secrets.

  --scopes   what it is good for, with commas between. Default start,read
               start  start a login, submit a code, resend, cancel
               read   read, list and follow logins
               admin  read what a number may still cost
  --expires  the day, in UTC, from whose beginning on it is unknown. Default: never
  --test     begins with pk_test_ and not with pk_live_, for scanners of leaked secrets and for people`

const values = readValues()
if (values !== undefined) {
  const { help, test, expires } = values
  const granted = toScopes(values.scopes)
  const expiresAt = expires === undefined ? undefined : toMoment(expires)
  if (help) process.stdout.write(`${usage}\n`)
  else if (granted === undefined) fail(`--scopes takes ${scopes.join(', ')}, with commas between\n\n${usage}`)
  else if (expires !== undefined && expiresAt === undefined) {
    fail(`--expires takes a day to come, such as 2027-01-31\n\n${usage}`)
  } else process.stdout.write(tell(test ? 'pk_test_' : 'pk_live_', granted, expiresAt))
}

function readValues() {
  try {
    return parseArgs({
      options: {
        scopes: { type: 'string', default: 'start,read' },
        expires: { type: 'string' },
        test: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch {
    fail(usage)
    return undefined
  }
}

function toScopes(text: string): readonly Scope[] | undefined {
  const wanted = text.split(',').map((part) => part.trim())
  const granted = scopes.filter((scope) => wanted.includes(scope))
  return granted.length === wanted.length ? granted : undefined
}

function toMoment(day: string): string | undefined {
  const at = new Date(`${day}T00:00:00Z`)
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(at.getTime())
  return isDay && at.getTime() > Date.now() ? at.toISOString() : undefined
}

function tell(prefix: string, granted: readonly Scope[], expiresAt: string | undefined): string {
  const key = `${prefix}${randomBytes(24).toString('base64url')}`
  const line = {
    hash: `sha256:${digestOfKey(key).toString('hex')}`,
    scopes: granted,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
  return `The key, which nobody can show again:

  ${key}

For "keys" of the app in APPS_FILE:

  ${JSON.stringify(line)}
`
}
