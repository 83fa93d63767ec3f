/** `npm run block -- add | list | remove | conversion`: the kill switch, and the numbers that tell when to use it. */
import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Block } from '../domain/blocks.ts'
import { ConfigError, readConfig, type Config } from '../platform/config.ts'
import { parseBlocks } from '../platform/limits/blocks-file.ts'
import { createConversion } from '../platform/limits/conversion.ts'
import { connectValkey } from '../platform/limits/valkey.ts'
import { fail } from './operator/fail.ts'

const usage = `Usage: npm run block -- add [--country SG] [--prefix +6591] [--app shop] [--channel sms|call] --reason "…" [--until <time>]
       npm run block -- list
       npm run block -- remove <number in the list>
       npm run block -- conversion

\`add\` stops every send that all of its options are true of, in the API and in the workers, within seconds. Codes that
were sent are still good. <time> is ISO 8601: 2026-12-31T18:00:00Z. The list is the file that BLOCKS_FILE names.

\`conversion\` tells how many messages of the last hour ended in a login, worst first; it needs VALKEY_URL.`

const { positionals, values } = readArguments()
const [command = '', number = ''] = positionals
const commands: Readonly<Record<string, (config: Config) => Promise<string>>> = {
  add,
  list: async (config) => tell(await readBlocks(pathOf(config))),
  remove,
  conversion,
}

const run = Object.hasOwn(commands, command) ? commands[command] : undefined
try {
  if (run === undefined) throw new ConfigError([usage])
  process.stdout.write(`${await run(readConfig())}\n`)
} catch (error) {
  fail(error instanceof ConfigError ? error.problems.join('\n') : 'it failed unexpectedly')
}

async function add(config: Config): Promise<string> {
  const blocks = await readBlocks(pathOf(config))
  if (!values.reason?.trim()) throw new ConfigError(['--reason is missing'])
  return save(pathOf(config), [...blocks, values])
}

async function remove(config: Config): Promise<string> {
  const blocks = await readBlocks(pathOf(config))
  const index = Number(number) - 1
  if (blocks[index] === undefined)
    throw new ConfigError([`there is no block ${number || 'without a number'}`])
  return save(
    pathOf(config),
    blocks.filter((_, i) => i !== index),
  )
}

async function conversion({ valkeyUrl, lookupKey }: Config): Promise<string> {
  if (valkeyUrl === undefined) {
    throw new ConfigError(['without VALKEY_URL each worker counts by itself; its log has the alarms'])
  }
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const valkey = await connectValkey(valkeyUrl, log)
  try {
    const rows = await createConversion({ lookupKey, valkey, log }).table()
    const lines = rows.map(
      ({ key, sent, verified }) =>
        `${key}: ${verified} of ${sent} verified, ${Math.round((100 * verified) / sent)} %`,
    )
    return lines.join('\n') || 'nothing was sent in the last hour'
  } catch {
    throw new ConfigError(['the store behind VALKEY_URL does not answer'])
  } finally {
    valkey.disconnect()
  }
}

function pathOf({ blocksFile }: Config): string {
  if (blocksFile === undefined) throw new ConfigError(['BLOCKS_FILE is not set: no part would read the list'])
  return blocksFile
}

async function readBlocks(path: string): Promise<readonly Block[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '{"blocks":[]}'
    throw new ConfigError([`${path} cannot be read`])
  })
  return parseBlocks(text)
}

/** Checked as the parts check it, and put in place in one step: no part ever reads half a file. */
async function save(path: string, blocks: readonly unknown[]): Promise<string> {
  const text = `${JSON.stringify({ blocks }, null, 2)}\n`
  const parsed = parseBlocks(text)
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(beside, text, { mode: 0o644 })
    await rename(beside, path)
  } catch {
    await rm(beside, { force: true })
    throw new ConfigError([`${path} cannot be written`])
  }
  return tell(parsed)
}

function tell(blocks: readonly Block[]): string {
  const lines = blocks.map(({ reason, until, ...what }, i) => {
    const named = Object.entries(what).map(([name, value]) => `${name} ${value}`)
    const isOver = until !== undefined && Date.parse(until) <= Date.now()
    const end = until === undefined ? '' : isOver ? `, over since ${until}` : `, until ${until}`
    return `${i + 1}  ${named.join(' and ')}${end}: ${reason}`
  })
  return lines.join('\n') || 'nothing is blocked'
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        country: { type: 'string' },
        prefix: { type: 'string' },
        app: { type: 'string' },
        channel: { type: 'string' },
        reason: { type: 'string' },
        until: { type: 'string' },
      },
    })
  } catch {
    // An unknown option: the usage says which there are.
    return { positionals: [], values: { reason: undefined } }
  }
}
