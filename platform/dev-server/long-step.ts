import { setTimeout as sleep } from 'node:timers/promises'
import { describeExit, startChild } from './child.ts'

/** A command that may take minutes, and that a person watches. */
export type LongStep = {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  /** What the person is waiting for: "building Temporal 1.5.1". */
  readonly what: string
  /** Said once, at the beginning: "a few minutes, once". */
  readonly note?: string
  /** Told when it begins, every `reportEveryMs`, and why it failed. */
  readonly report: (line: string) => void
  /** Between two progress lines. Default 10 000. */
  readonly reportEveryMs?: number
  /** How long it may go without any change of `progress`; without `progress`, how long it may take at all. */
  readonly limitMs: number
  /** How far it has come, for the progress line; empty for "nothing to tell". */
  readonly progress?: () => Promise<string>
  /** True as soon as what we want of the command is there; the command is then ended. Default: it ends by itself. */
  readonly isDone?: () => Promise<boolean>
  readonly signal?: AbortSignal | undefined
}

/** Runs it to its end. Rejects when it fails, with the last line it wrote, when it takes too long, or on `signal`. */
export async function runLongStep(step: LongStep): Promise<void> {
  step.report(step.what + (step.note === undefined ? '' : ` (${step.note})`))
  try {
    await watch(step)
  } catch (error) {
    if (error instanceof Error) step.report(`${step.what}: failed: ${error.message}`)
    throw error
  }
}

async function watch(step: LongStep): Promise<void> {
  const { what, report, reportEveryMs = 10_000, limitMs, signal } = step
  const cwd = step.cwd === undefined ? {} : { cwd: step.cwd }
  const child = await startChild(step.command, step.args, { env: step.env, ...cwd })
  const startedAt = Date.now()
  let reportedAt = startedAt
  let movedAt = startedAt
  let progress = ''

  try {
    for (;;) {
      const exit = await Promise.race([child.exited, sleep(250)])
      if (await step.isDone?.()) return
      if (exit?.code === 0 && !step.isDone) return
      if (exit) throw new Error(lastWords(child.lastLines()) ?? `it ended with ${describeExit(exit)}`)
      signal?.throwIfAborted()

      const now = Date.now()
      const latest = (await step.progress?.()) ?? ''
      if (latest !== progress) movedAt = now
      progress = latest
      if (now - movedAt > limitMs) throw new Error(`nothing came of it in ${seconds(limitMs)}`)
      if (now - reportedAt >= reportEveryMs) {
        reportedAt = now
        report(`${what}: ${seconds(now - startedAt)}${progress && `, ${progress}`}`)
      }
    }
  } finally {
    await child.stop(2_000)
  }
}

function lastWords(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => line.trim() !== '')?.trim()
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
