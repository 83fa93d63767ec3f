/** A process of the cluster, which may be killed, drained, held and started again, always in the same place. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describeExit, startChild, type Child, type Exit } from '../../platform/dev-server/child.ts'

export type Service = ReturnType<typeof createService>

export type ServiceSettings = {
  /** In words, for what a test says that it broke. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** `announced`: when it says `postern: ready`; otherwise as soon as this is true. */
  readonly isReady: 'announced' | (() => Promise<boolean>)
}

const READY_MS = 120_000

export function createService({ name, command, args, env, cwd, isReady }: ServiceSettings) {
  let child: Child | undefined
  /** The same after its end, for its last words. */
  let latest: Child | undefined
  let isHeld = false

  /** @param more set in its environment this time */
  async function start(more: NodeJS.ProcessEnv = {}): Promise<void> {
    let isAnnounced = false
    const started = await startChild(command, args, {
      env: { ...env, ...more },
      cwd,
      onLine(line) {
        isAnnounced ||= line.startsWith('postern: ready')
      },
    })
    child = started
    latest = started
    void started.exited.then(() => {
      if (child === started) child = undefined
    })
    const until = Date.now() + READY_MS
    while (!(isReady === 'announced' ? isAnnounced : await isReady())) {
      const exit = await Promise.race([started.exited, sleep(50)])
      if (exit) throw new Error(tell(`ended with ${describeExit(exit)} before it was ready`, started))
      if (Date.now() > until) throw new Error(tell('was not ready in time', started))
    }
  }

  /** Sends the signal and waits for the end; what does not run has no end. */
  async function end(signal: NodeJS.Signals): Promise<Exit | undefined> {
    const running = child
    if (running === undefined) return undefined
    resume()
    process.kill(running.pid, signal)
    return running.exited
  }

  function resume(): void {
    if (child && isHeld) process.kill(child.pid, 'SIGCONT')
    isHeld = false
  }

  return {
    name,
    start,
    end,
    resume,
    /** Stops it in its tracks: connections stay, and nothing answers. */
    hold(): void {
      if (child === undefined) throw new Error(`${name} does not run`)
      process.kill(child.pid, 'SIGSTOP')
      isHeld = true
    },
    signal(signal: NodeJS.Signals): void {
      if (child) process.kill(child.pid, signal)
    },
    isRunning: () => child !== undefined,
    /** Whatever a test did to it: it runs again. */
    async mend(): Promise<void> {
      resume()
      if (child === undefined) await start()
    },
    isWhole: () => child !== undefined && !isHeld,
    /** The end of what it has written, also when it has ended. */
    lastLines: () => latest?.lastLines() ?? [],
  }

  function tell(what: string, it: Child): string {
    return [`${name} ${what}.`, ...it.lastLines().map((line) => `  | ${line}`)].join('\n')
  }
}
