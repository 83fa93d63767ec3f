import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  type IBackoff,
} from 'cockatiel'
import { z } from 'zod'
import type { EightByEight, NotDone } from './types.ts'

export type BreakerSettings = {
  /** Calls that must fail in a row before no more are made. Default 10. */
  readonly failures?: number
  /** From then until one call is let through to see, and from each such call that fails. Default 10 000. */
  readonly waitMs?: number
  /** Calls stop. `cause` is that of the failure that was one too many. */
  readonly onOpen?: (stopped: { readonly operation: Operation; readonly cause: string }) => void
  /** A call that was let through has been answered: all are made again. */
  readonly onClose?: (resumed: { readonly operation: Operation }) => void
}

type Operation = 'send' | 'check'

/**
 * Stops calling an 8x8 that does not answer, so that nobody waits for it, and nobody's message or attempt is lost
 * on it (OPS-6). Sends and checks are counted apart. A call that is not made is `not_done`, cause `open`.
 */
export function withBreakers(eightByEight: EightByEight, settings: BreakerSettings = {}): EightByEight {
  const send = createBreaker('send', settings)
  const check = createBreaker('check', settings)
  return {
    send: (request, onStatus) => send(() => eightByEight.send(request, onStatus)),
    check: (request, onStatus) => check(() => eightByEight.check(request, onStatus)),
  }
}

function createBreaker(
  operation: Operation,
  { failures = 10, waitMs = 10_000, onOpen, onClose }: BreakerSettings,
): <T>(call: () => Promise<T>) => Promise<T | NotDone> {
  const breaker = circuitBreaker(
    handleWhenResult((outcome) => failure.safeParse(outcome).success),
    { breaker: new ConsecutiveBreaker(failures), halfOpenAfter: { next: () => fromNow(waitMs) } },
  )
  let isOpen = false
  breaker.onBreak((reason) => {
    if (isOpen) return
    isOpen = true
    onOpen?.({ operation, cause: failure.safeParse('value' in reason && reason.value).data?.cause ?? 'none' })
  })
  breaker.onReset(() => {
    isOpen = false
    onClose?.({ operation })
  })

  return async function guarded(call) {
    // The library would have this call wait for the one that was let through, and then take its own time as well.
    if (breaker.state === CircuitState.HalfOpen) return open
    try {
      return await breaker.execute(call)
    } catch (error) {
      if (isBrokenCircuitError(error)) return open
      throw error
    }
  }
}

const open: NotDone = { outcome: 'not_done', cause: 'open' }

/** 8x8 is out of reach or beside itself. Whatever else it says, a refusal or a 429 included, it has answered. */
const failure = z.union([
  z.object({ outcome: z.literal('not_done'), cause: z.enum(['dns', 'connect', 'tls']) }),
  z.object({
    outcome: z.literal('unknown'),
    cause: z.enum(['timeout', 'reset', 'server_error', 'unreadable']),
  }),
])

/** By a clock that nobody sets: the library compares times of day, and one set back would keep it open. */
function fromNow(waitMs: number): IBackoff<unknown> {
  const until = performance.now() + waitMs
  return {
    get duration() {
      return performance.now() < until ? Infinity : -Infinity
    },
    next: () => fromNow(waitMs),
  }
}
