/** How a part of the product lives: it starts, says that it is ready, and on SIGTERM or SIGINT finishes what it does. */
import { ConfigError } from './config.ts'

export type RunningPart = {
  /** Where it can be reached, for the ready line. */
  readonly ready: string
  /** Settles when the part ends of itself. */
  readonly ended?: Promise<unknown>
  /** Takes nothing new, finishes what is under way. */
  drain(): Promise<void>
}

/** Prints `postern: ready {part} {where}` when it is up; exits with 0 after a drain and 1 when it cannot go on. */
export async function startPart(name: string, start: () => Promise<RunningPart>): Promise<void> {
  try {
    const part = await start()
    let isDraining = false
    const drain = () => {
      if (isDraining) return
      isDraining = true
      part.drain().then(
        () => process.exit(0),
        (error: unknown) => fail(name, error),
      )
    }
    process.on('SIGTERM', drain)
    process.on('SIGINT', drain)
    process.stdout.write(`postern: ready ${name} ${part.ready}\n`)
    part.ended?.then(
      () => {
        if (!isDraining) fail(name, new Error('it ended of itself'))
      },
      (error: unknown) => fail(name, error),
    )
  } catch (error) {
    fail(name, error)
  }
}

function fail(name: string, error: unknown): void {
  const text =
    error instanceof ConfigError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message)
  process.stderr.write(`postern: ${name} cannot go on: ${text}\n`)
  process.exit(1)
}
