import { setTimeout as sleep } from 'node:timers/promises'
import type { Exit } from '../../platform/dev-server/child.ts'
import type { EarlierServer } from '../../platform/dev-server/earlier.ts'
import { answers } from '../../platform/dev-server/ports.ts'
import { startDevServer } from '../../platform/dev-server/start.ts'
import type { DevSettings } from './settings.ts'
import type { Part, RunningPart } from './supervise.ts'

export type TemporalPartOptions = {
  readonly settings: DevSettings
  /** Used as it is, and left running, when there is one. */
  readonly earlier: EarlierServer | undefined
  readonly dbFile: string
  readonly recordFile: string
}

/** Our own Temporal server, with its database in `.postern/`. */
export function temporalPart({ settings, earlier, dbFile, recordFile }: TemporalPartOptions): Part {
  return {
    name: 'temporal',
    start: async ({ line, signal }) => {
      if (earlier) return adopt(earlier, line)
      const server = await startDevServer({
        port: settings.temporalPort,
        uiPort: settings.temporalUiPort,
        uiCodecEndpoint: settings.codecUrl,
        namespace: settings.namespace,
        dbFile,
        recordFile,
        signal,
        report: (text) => line(text, 'stderr'),
        onLine: (text) => line(text, 'stderr'),
      })
      line(`ready on ${server.address}, namespace ${settings.namespace}`)
      return server
    },
  }
}

/** What another start began is that start's to stop; we only notice when it ends. */
async function adopt(earlier: EarlierServer, line: (text: string) => void): Promise<RunningPart> {
  if (!(await answers(earlier.port))) {
    throw new Error(
      `the server of an earlier start (pid ${earlier.pid}) runs, but does not answer; end it first`,
    )
  }
  line(`using the server of an earlier start on 127.0.0.1:${earlier.port} (pid ${earlier.pid}, left running)`)
  const left = new AbortController()
  const gone: Exit = { code: 0, signal: null }
  const watch = async () => {
    while (!left.signal.aborted && isAlive(earlier.pid)) await sleep(1_000, undefined, { ref: false })
    return gone
  }
  return {
    isBorrowed: true,
    exited: watch(),
    stop: async () => {
      left.abort()
      return Promise.resolve(gone)
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
