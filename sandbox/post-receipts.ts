import { pushBounded } from './bounded.ts'
import type { Behaviour, Webhook } from './options.ts'
import { writeReceipts, type Sent } from './receipts.ts'

/** One POST of one receipt. */
export type PostedReceipt = {
  /** When it was answered, or given up; ISO 8601, UTC. */
  readonly at: string
  readonly url: string
  /** 1 is the first; up to 5. */
  readonly attempt: number
  readonly body: object
  /** The HTTP status; `none` when nobody answered in time. */
  readonly answered: number | 'none'
}

export type ReceiptPoster = ReturnType<typeof createReceiptPoster>

type Deps = {
  readonly now: () => number
  readonly behaviour: () => Behaviour
  readonly webhook: Webhook | undefined
  /** Waits between the attempts, in milliseconds. */
  readonly retryMs: readonly number[]
  readonly timeoutMs: number
}

/** Posts receipts to a send's `callbackUrl` and to the account's webhook, and comes again when they are not taken. */
export function createReceiptPoster({ now, behaviour, webhook, retryMs, timeoutMs }: Deps) {
  const posted: PostedReceipt[] = []
  const stopping = new AbortController()
  /** Until they are due, and then until they are answered. */
  const waiting = new Set<NodeJS.Timeout>()

  /** What becomes of a message that 8x8 has taken. */
  function follow(sent: Omit<Sent, 'now'>): void {
    const { receipts } = behaviour()
    const { callbackUrl } = sent.request
    const targets = [callbackUrl === undefined ? undefined : { url: callbackUrl }, webhook]
    if (!receipts.posted) return
    const usual = writeReceipts({ ...sent, now: now() })
    const bodies = receipts.order === 'reversed' ? usual.toReversed() : usual
    for (const [place, body] of bodies.entries())
      for (const target of targets.filter((it) => it !== undefined))
        for (let copy = 0; copy < receipts.copies; copy += 1)
          later(receipts.delayMs * (place + 1), () => post(target, body, 1))
  }

  async function post(target: Webhook, body: object, attempt: number): Promise<void> {
    const answered = await answerTo(target, body)
    if (stopping.signal.aborted) return
    const at = new Date(now()).toISOString()
    pushBounded(posted, { at, url: target.url, attempt, body, answered }, postedLimit)
    const wait = retryMs[attempt - 1]
    const isTaken = answered !== 'none' && answered < 400
    if (!isTaken && wait !== undefined) later(wait, () => post(target, body, attempt + 1))
  }

  async function answerTo({ url, authorization }: Webhook, body: object): Promise<number | 'none'> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body: JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)]),
      })
      await response.body?.cancel()
      return response.status
    } catch {
      return 'none'
    }
  }

  /** Beyond the limit receipts are lost, as they may be with 8x8. */
  function later(ms: number, work: () => Promise<void>): void {
    if (stopping.signal.aborted || waiting.size >= waitingLimit) return
    const timer = setTimeout(() => void work().finally(() => waiting.delete(timer)), ms)
    timer.unref()
    waiting.add(timer)
  }

  return {
    follow,
    posted,
    clear: (): void => {
      posted.length = 0
    },
    /** Posts nothing from here on. */
    stop: (): void => {
      stopping.abort()
      for (const timer of waiting) clearTimeout(timer)
    },
  }
}

const waitingLimit = 10_000
const postedLimit = 10_000
