import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a process ended: exactly one of the two is not null. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A process that belongs to us: it has its own process group, and it does not outlive us. */
export type Child = {
  readonly pid: number
  /** Settles when the process has ended and its output has been read. Never rejects. */
  readonly exited: Promise<Exit>
  /** The end of what it has written so far, both streams, at most 30 lines. */
  readonly lastLines: () => readonly string[]
  /** SIGTERM to the process; after `limitMs` (default 15 000) SIGKILL to its whole group. May be called twice. */
  readonly stop: (limitMs?: number) => Promise<Exit>
}

export type ChildOptions = {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Called with every line of output, without its line break. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
}

const living = new Map<number, ChildProcess>()

/**
 * Starts a process in a group of its own, so that Ctrl-C at the terminal reaches us and not it.
 * Rejects when the command cannot be started at all. On Windows there are no groups: only the process itself is
 * ended, and it is not ended when we crash.
 */
export async function startChild(
  command: string,
  args: readonly string[],
  { env = process.env, cwd, onLine }: ChildOptions = {},
): Promise<Child> {
  const child = spawn(command, args, {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  const tail: string[] = []
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream] }).on('line', (line) => {
      tail.push(line)
      if (tail.length > 30) tail.shift()
      onLine?.(line, stream)
    })
  }
  const exited = whenExited(child)
  await once(child, 'spawn')
  // From here on an error means a signal that could not be sent; whoever sent it waits for the exit.
  child.on('error', () => undefined)
  const pid = child.pid ?? 0
  living.set(pid, child)
  const dismissGuard = endWithUs(pid)
  void exited.then(dismissGuard)

  return {
    pid,
    exited,
    lastLines: () => tail,
    stop: async (limitMs = 15_000) => {
      if (living.has(pid)) child.kill('SIGTERM')
      const limit = new AbortController()
      const outOfTime = sleep(limitMs, undefined, { signal: limit.signal }).then(
        () => killGroup(child),
        () => undefined,
      )
      const exit = await exited
      limit.abort()
      await outOfTime
      return exit
    },
  }
}

/** SIGKILL, now, to every process started here that still lives, and to its group. */
export function killAllChildren(): void {
  for (const child of living.values()) killGroup(child)
}

/** `status 1`, `SIGKILL`. */
export function describeExit({ code, signal }: Exit): string {
  return signal ?? `status ${code ?? 'unknown'}`
}

async function whenExited(child: ChildProcess): Promise<Exit> {
  const closed = new Promise((resolve) => child.once('close', resolve))
  const exit = await new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  // Whatever it has left behind in its group would hold our pipes open, and nobody would ever stop it.
  killGroup(child)
  if (child.pid !== undefined) living.delete(child.pid)
  await Promise.race([closed, sleep(500)])
  return exit
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group is already gone, which is what was wanted.
  }
}

/**
 * Ends the group when we end, however that happens, SIGKILL included: a shell waits for the end of a pipe of which we
 * hold the other side. Returns what dismisses the shell.
 */
function endWithUs(pid: number): () => void {
  if (process.platform === 'win32') return () => undefined
  const script = `read -r _; kill -TERM -${pid}
    n=0; while [ $n -lt 15 ] && kill -0 -${pid}; do sleep 1; n=$((n + 1)); done
    kill -KILL -${pid}`
  const guard = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  // Without the shell we lose only this protection.
  guard.on('error', () => undefined)
  guard.unref()
  return () => void guard.kill('SIGKILL')
}
