/** `npm run record-history -- <id or file>`: saves a login's history as a fixture that names nobody and still replays. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigError } from '../platform/config.ts'
import { fail } from './operator/fail.ts'
import { toFixture, type Fixture } from './record-history/fixture.ts'
import { UnreadableError, type History } from './replay/history.ts'
import { openPlace } from './replay/place.ts'
import { bundleOnce, openReplayer } from './replay/replayer.ts'
import { AwayError } from './replay/server.ts'
import { openSources } from './replay/sources.ts'
import { statusOf } from './replay/tell.ts'

const folder = resolve(import.meta.dirname, '../test/workflows/histories')

const usage = `Usage: npm run record-history -- <what> [--name <name>] [--out <folder>]

Saves a history as a fixture for the replay test, decrypted and scrubbed: numbers, codes, ids and keys are replaced,
the same by the same everywhere, and it is written only if it still replays. <what> is a login id (lg_…), a workflow id
(login:…, its newest run), <workflow id>/<run id>, or a file as \`npm run replay\` takes it.
<name> is of a-z, 0-9 and hyphens; default: how the login ended. <folder> defaults to ${relative('.', folder) || '.'}.
A fixture that is there is not overwritten. Read the new one before you commit it: times and durations stay.`

const asked = readArguments()
if (asked === undefined) fail(usage)
else await run(asked)

type Asked = { readonly what: string; readonly name: string | undefined; readonly out: string }

async function run({ what, name, out }: Asked): Promise<void> {
  const place = openPlace()
  const replayer = openReplayer(bundleOnce())
  try {
    const first = await openSources({ names: [what], allRuns: false }, place).next()
    if (first.done) throw new UnreadableError('there is nothing in it')
    const { history } = await first.value.read()
    const path = join(out, `${name ?? nameFor(history)}.json`)
    if (existsSync(path)) throw new UnreadableError(`${path} is there already; choose another --name`)
    const fixture = await toFixture(history, replayer)
    if (fixture.outcome === 'refused') throw new UnreadableError(fixture.why)
    await mkdir(out, { recursive: true })
    await writeFile(path, fixture.text, { flag: 'wx' })
    tell(path, fixture)
  } catch (error) {
    const isTold = [ConfigError, AwayError, UnreadableError].some((known) => error instanceof known)
    fail(`nothing was written: ${isTold && error instanceof Error ? error.message : nameOf(error)}`)
  } finally {
    await replayer.close()
    await place.close()
  }
}

function tell(path: string, { history, counts }: Extract<Fixture, { outcome: 'fixture' }>): void {
  const replaced = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')
  process.stdout.write(`wrote ${path}: ${history.events.length} events, ${statusOf(history)}\n`)
  process.stdout.write(`replaced: ${replaced}\n`)
}

/** Not its message, which may repeat what is in a history; of a file system's error, what it is about. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error ? String(error.code) : error.name
}

/** `failed/too_many_attempts` → `failed-too-many-attempts` */
function nameFor(history: History): string {
  return statusOf(history).replace(/[^a-z0-9]+/g, '-')
}

function readArguments(): Asked | undefined {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { name: { type: 'string' }, out: { type: 'string', default: folder } },
    })
    const [what] = positionals
    const isName = values.name === undefined || /^[a-z0-9][a-z0-9-]*$/.test(values.name)
    if (what === undefined || positionals.length > 1 || !isName) return undefined
    return { what, name: values.name, out: values.out }
  } catch {
    return undefined
  }
}
