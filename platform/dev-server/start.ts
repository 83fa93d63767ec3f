import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { startChild } from './child.ts'
import type { Exit } from './child.ts'
import { forgetServer, recordServer } from './earlier.ts'
import { findBinary } from './find-binary.ts'
import { freePort, isOccupied } from './ports.ts'
import { loginAttributes, serverArgs, withoutTemporalSettings } from './server-args.ts'
import type { SearchAttributes } from './server-args.ts'
import { untilUsable } from './until-usable.ts'

export type DevServerOptions = {
  /** gRPC, on 127.0.0.1. 0 means a free one. */
  readonly port: number
  /** Kept between starts, created when missing. Default: in memory. */
  readonly dbFile?: string
  /** Where to note what runs, for `findEarlier`; only with `dbFile`. Default: nowhere. */
  readonly recordFile?: string
  /** Created when missing. Default `default`. */
  readonly namespace?: string
  /** Name → type, registered in the namespace. Default: those of a login. */
  readonly searchAttributes?: SearchAttributes
  /** Further arguments for `temporal server start-dev`. */
  readonly extraArgs?: readonly string[]
  /** Told how the search for an executable goes, as in `findBinary`. */
  readonly report: (line: string) => void
  /** Given the errors that the server logs. Default: dropped, but for the last ones when the start fails. */
  readonly onLine?: (line: string) => void
  /** Where an executable is looked for, and what the server gets but for `TEMPORAL_…`. Default: ours. */
  readonly env?: NodeJS.ProcessEnv
  /** Gives up the start; a server that is up already is not affected. */
  readonly signal?: AbortSignal | undefined
} & (
  | {
      /** The UI, on 127.0.0.1. 0 means a free one. */
      readonly uiPort: number
      readonly headless?: false
      /** Where the UI's pages ask for decoded payloads, a URL without a slash at the end. Default: nowhere. */
      readonly uiCodecEndpoint?: string | undefined
    }
  | { readonly headless: true; readonly uiPort?: never; readonly uiCodecEndpoint?: never }
)

export type DevServer = {
  /** `127.0.0.1:7233` */
  readonly address: string
  readonly uiUrl?: string
  readonly pid: number
  /** Settles when the server has ended, asked to or not. Never rejects. */
  readonly exited: Promise<Exit>
  /** SIGTERM, then SIGKILL after `limitMs` (default 15 000). May be called twice. */
  readonly stop: (limitMs?: number) => Promise<Exit>
}

/**
 * Starts a Temporal development server, with the executable of `findBinary`, and waits until the namespace and its
 * search attributes can be used. It does not outlive this process, and Ctrl-C does not reach it.
 * @throws TemporalNotFoundError when there is no executable; Error with the end of its output when it does not come up
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { env = process.env, report, signal } = options
  for (const port of [options.port, options.uiPort ?? 0]) {
    // Whoever answers there would otherwise be taken for ours.
    if (port !== 0 && (await isOccupied(port))) throw new Error(`Port ${port} of 127.0.0.1 is occupied.`)
  }
  const binary = await findBinary({ env, report, signal })
  if (options.dbFile !== undefined) await mkdir(dirname(resolve(options.dbFile)), { recursive: true })
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port || (await freePort())
    const uiPort = options.uiPort === 0 ? await freePort() : options.uiPort
    try {
      return await startOn(options, binary, port, uiPort)
    } catch (error) {
      // Between our choice of a free port and its use another process may have taken it.
      const isTaken = error instanceof Error && error.message.includes('address already in use')
      const mayChoose = options.port === 0 || options.uiPort === 0
      if (!isTaken || !mayChoose || attempt === 3) throw error
    }
  }
}

async function startOn(
  options: DevServerOptions,
  binary: string,
  port: number,
  uiPort: number | undefined,
): Promise<DevServer> {
  const { env = process.env, onLine, recordFile, namespace = 'default' } = options
  const { searchAttributes = loginAttributes, extraArgs = [], uiCodecEndpoint, signal } = options
  const dbFile = options.dbFile === undefined ? undefined : resolve(options.dbFile)
  const child = await startChild(
    binary,
    serverArgs({ port, uiPort, uiCodecEndpoint, dbFile, namespace, searchAttributes, extraArgs }),
    {
      env: withoutTemporalSettings(env),
      onLine: (line, stream) => {
        if (stream === 'stderr') onLine?.(line)
      },
    },
  )
  const forget = async (exit: Exit) => {
    if (recordFile !== undefined) await forgetServer(recordFile, child.pid).catch(() => undefined)
    return exit
  }
  const exited = child.exited.then(forget)
  try {
    if (recordFile !== undefined && dbFile !== undefined) {
      const startedAt = new Date().toISOString()
      const ui = uiPort === undefined ? {} : { uiPort, uiCodecEndpoint }
      await recordServer(recordFile, { pid: child.pid, port, ...ui, startedAt, dbFile })
    }
    await untilUsable(child, { port, uiPort, namespace, searchAttributes, signal })
  } catch (error) {
    await child.stop(5_000)
    await exited
    throw error
  }
  return {
    address: `127.0.0.1:${port}`,
    ...(uiPort === undefined ? {} : { uiUrl: `http://127.0.0.1:${uiPort}` }),
    pid: child.pid,
    exited,
    stop: async (limitMs) => {
      await child.stop(limitMs)
      return exited
    },
  }
}
