/** The operator's list of what is stopped: read at start, and again whenever the file changes (FRD-11). */
import { z } from 'zod'
import type { Log } from '../../domain/log.ts'
import type { Block } from '../../domain/blocks.ts'
import { isCountry } from '../../domain/phone.ts'
import { ConfigError } from '../config/parsers.ts'
import { watchParsed } from '../watch-file.ts'

/** The calling codes of no country (ITU-T E.164, 6.2.1). Another one names no send: the country or a prefix does. */
const OF_NO_COUNTRY = /^\+(800|808|870|878|881|882|883|888|979)$/

const blockSchema = z
  .strictObject({
    country: z
      .string()
      .refine((text) => isCountry(text) || OF_NO_COUNTRY.test(text), 'SG, say, or +800; +65 is a prefix')
      .optional(),
    prefix: z
      .string()
      .regex(/^\+\d{1,14}$/, 'the beginning of an E.164 number, such as +6591')
      .optional(),
    app: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, "an app's name")
      .optional(),
    channel: z.enum(['sms', 'call']).optional(),
    reason: z.string().min(1).max(200),
    until: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(
    ({ country, prefix, app, channel }) => (country ?? prefix ?? app ?? channel) !== undefined,
    'names no country, prefix, app or channel',
  )
const fileSchema = z.strictObject({ blocks: z.array(blockSchema).max(10_000) })

/** @throws ConfigError with every problem */
export function parseBlocks(text: string): readonly Block[] {
  const read = fileSchema.safeParse(parseJson(text))
  if (!read.success) {
    throw new ConfigError(
      read.error.issues.map(({ path, message }) => `BLOCKS_FILE ${path.join('.')}: ${message}`),
    )
  }
  return read.data.blocks
}

export type Blocks = {
  /** The blocks of the newest good file. */
  readonly current: () => readonly Block[]
  readonly close: () => void
}

/**
 * A file that is not there yet blocks nothing. One that becomes unreadable or wrong leaves the last good one in force.
 *
 * @param everyMs between two looks. Default: the watcher's
 * @throws ConfigError when there is a file at the start and it is wrong
 */
export function watchBlocks(
  path: string | undefined,
  log: Pick<Log, 'info' | 'error'>,
  everyMs?: number,
): Blocks {
  if (path === undefined) return { current: () => [], close: () => undefined }
  return watchParsed<readonly Block[]>(
    {
      file: path,
      name: 'BLOCKS_FILE',
      parse: parseBlocks,
      absent: [],
      taken(blocks) {
        log.info({ blocks: blocks.length }, 'the blocks have changed')
      },
      refused(problems) {
        log.error({ problems }, 'the new BLOCKS_FILE is not taken: the last good one stays in force')
      },
    },
    everyMs === undefined ? {} : { everyMs },
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ConfigError(['BLOCKS_FILE is not JSON'])
  }
}
