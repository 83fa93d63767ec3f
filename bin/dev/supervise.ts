import { describeExit, killAllChildren } from '../../platform/dev-server/child.ts'
import type { Exit } from '../../platform/dev-server/child.ts'
import type { Output } from './output.ts'

/** One process of the whole. */
export type Part = {
  readonly name: string
  /**
   * Resolves when the part is ready. When it fails, or when `signal` aborts before that, it ends what it has started
   * and rejects.
   */
  readonly start: (context: PartContext) => Promise<RunningPart>
}

export type PartContext = {
  readonly line: (text: string, stream?: 'stdout' | 'stderr') => void
  readonly signal: AbortSignal
}

export type RunningPart = {
  /** Settles when the part has ended, asked to or not. Never rejects. */
  readonly exited: Promise<Exit>
  /** SIGTERM, then SIGKILL after `limitMs`. */
  readonly stop: (limitMs: number) => Promise<Exit>
  /** Somebody else's: `stop` only lets go of it. */
  readonly isBorrowed?: true
}

export type SuperviseOptions = {
  readonly output: Output
  /** The lines to show when every part is ready. */
  readonly whenUp?: () => readonly string[] | Promise<readonly string[]>
  /** How long a part may take to end after SIGTERM. Default 15 000. */
  readonly stopLimitMs?: number
  /** Stops everything when it aborts, as a first signal does. */
  readonly npmGone?: AbortSignal
}

/** A person's second Ctrl-C. Sooner than this it is the same one: npm passes on the one that we got ourselves. */
const secondInterruptMs = 500

/**
 * Starts the parts one after another, keeps them together, and stops them in the opposite order: on SIGINT, SIGTERM or
 * SIGHUP, when npm has gone, or as soon as one of them ends or fails to start. A second signal kills them at once.
 * Resolves with our exit status: 0 when asked to stop, 130 when asked twice, 1 when a part let the others down.
 */
export async function supervise(parts: readonly Part[], options: SuperviseOptions): Promise<0 | 1 | 130> {
  const { output, stopLimitMs = 15_000 } = options
  const ending = new AbortController()
  let status: 0 | 1 | 130 = 0
  const fail = (reason: string) => {
    if (ending.signal.aborted) return
    status = 1
    output.say(`postern: ${reason}`, 'stderr')
    ending.abort()
  }
  const stop = (why: string) => {
    if (ending.signal.aborted) return
    output.say(`postern: ${why}`)
    ending.abort()
  }
  options.npmGone?.addEventListener('abort', () => stop('npm has ended: stopping'), { once: true })
  const dismiss = onInterrupts({
    first: (signal) => stop(`${signal}: stopping; once more kills at once`),
    second: () => {
      status = 130
      output.say('postern: killing what is left', 'stderr')
      killAllChildren()
    },
  })

  const running: { readonly name: string; readonly part: RunningPart }[] = []
  try {
    for (const { name, start } of parts) {
      const line: PartContext['line'] = (text, stream) => output.line(name, text, stream)
      const part = await start({ line, signal: ending.signal }).catch((error: unknown) => {
        fail(`${name} did not start: ${error instanceof Error ? error.message : String(error)}`)
      })
      if (part) {
        running.push({ name, part })
        void part.exited.then((exit) => fail(`${name} ended by itself with ${describeExit(exit)}; stopping`))
      }
      if (ending.signal.aborted) break
    }
    if (!ending.signal.aborted) {
      for (const text of (await options.whenUp?.()) ?? []) output.say(text)
      output.say('postern: everything is up')
      await new Promise((resolve) => ending.signal.addEventListener('abort', resolve, { once: true }))
    }
    for (const { name, part } of running.toReversed()) await stopPart(name, part, stopLimitMs, output)
    return status
  } finally {
    dismiss()
  }
}

async function stopPart(name: string, part: RunningPart, limitMs: number, output: Output): Promise<void> {
  const askedAt = Date.now()
  const exit = await part.stop(limitMs)
  if (part.isBorrowed) {
    output.say(`postern: ${name} is left running`)
    return
  }
  const seconds = ((Date.now() - askedAt) / 1000).toFixed(1)
  const how = exit.code === 0 ? 'stopped' : `ended with ${describeExit(exit)}`
  output.say(`postern: ${name} ${how} (${seconds} s)`)
}

function onInterrupts(on: {
  readonly first: (signal: NodeJS.Signals) => void
  readonly second: () => void
}): () => void {
  let firstAt: number | undefined
  const listener = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = Date.now()
      on.first(signal)
    } else if (Date.now() - firstAt >= secondInterruptMs) on.second()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}
