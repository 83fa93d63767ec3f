import { describeExit, startChild } from '../../platform/dev-server/child.ts'
import type { Part } from './supervise.ts'

export type ProcessPartOptions = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** How the line on stdout begins that says "ready". */
  readonly readyPrefix: string
  /** Default 60 000. */
  readonly readyLimitMs?: number
}

/** A part that is a process, and that says on stdout when it is ready. */
export function processPart(options: ProcessPartOptions): Part {
  const { name, command, args, cwd, env, readyPrefix, readyLimitMs = 60_000 } = options
  return {
    name,
    start: async ({ line, signal }) => {
      signal.throwIfAborted()
      const ready = Promise.withResolvers<'ready'>()
      const child = await startChild(command, args, {
        cwd,
        env,
        onLine: (text, stream) => {
          line(text, stream)
          if (stream === 'stdout' && text.startsWith(readyPrefix)) ready.resolve('ready')
        },
      })
      const outcome = await Promise.race([ready.promise, child.exited, within(readyLimitMs), aborted(signal)])
      if (outcome === 'ready') return child
      const exit = await child.stop()
      if (outcome === 'aborted') throw new Error('it was called off')
      if (outcome === 'late') throw new Error(`it was not ready after ${readyLimitMs / 1000} s`)
      throw new Error(`it ended with ${describeExit(exit)} before it was ready`)
    },
  }
}

async function within(limitMs: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(() => resolve('late'), limitMs).unref())
}

async function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted')
    signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
}
