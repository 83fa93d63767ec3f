import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

const recordShape = z.object({
  /** The Temporal server's own process. */
  pid: z.int().positive(),
  port: z.int().positive(),
  uiPort: z.int().positive().optional(),
  /** Where its UI asks for decoded payloads; a server from before there was a codec server asks nowhere. */
  uiCodecEndpoint: z.string().optional(),
  startedAt: z.iso.datetime(),
  /** Absolute. */
  dbFile: z.string(),
})

/** What is known of a Temporal server that an `npm start` of this checkout started. */
export type EarlierServer = z.infer<typeof recordShape>

/**
 * The Temporal server of an earlier start, when it still runs. Ours means: the recorded process lives, and its command
 * line is that of a development server on our database file. A pid alone proves nothing, since pids are reused.
 * Undefined when there is no record, a broken one, or one of another process; on Windows always.
 */
export async function findEarlier(recordFile: string, dbFile: string): Promise<EarlierServer | undefined> {
  const text = await readFile(recordFile, 'utf8').catch(() => '')
  const parsed = recordShape.safeParse(parseJson(text))
  if (!parsed.success || parsed.data.dbFile !== dbFile) return undefined
  const command = await commandLine(parsed.data.pid)
  const isOurs =
    command.includes('start-dev') && command.includes(dbFile) && command.includes(String(parsed.data.port))
  return isOurs ? parsed.data : undefined
}

/** Records a server in one step; a reader never sees half of it. */
export async function recordServer(recordFile: string, server: EarlierServer): Promise<void> {
  await mkdir(dirname(recordFile), { recursive: true })
  const draft = `${recordFile}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(server, null, 2)}\n`)
  await rename(draft, recordFile)
}

/** Removes the record, unless it has become that of another server. */
export async function forgetServer(recordFile: string, pid: number): Promise<void> {
  const text = await readFile(recordFile, 'utf8').catch(() => '')
  const parsed = recordShape.safeParse(parseJson(text))
  if (parsed.success && parsed.data.pid === pid) await rm(recordFile, { force: true })
}

/** The arguments of a living process, one after another; empty when there is none, or it cannot be told. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const bytes = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return bytes.replaceAll('\0', ' ')
  }
  if (process.platform === 'win32') return ''
  const run = promisify(execFile)
  return run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
