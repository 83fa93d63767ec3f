/** Many histories at once against one bundle, each told in a line as soon as it is known. */
import { explain, type Divergence } from './divergence.ts'
import { runIdOf, UnreadableError, workflowIdOf, type History } from './history.ts'
import { openReplayer, type Bundle, type Replayer } from './replayer.ts'
import type { Source } from './sources.ts'
import { statusOf } from './tell.ts'

export type Replayed = {
  readonly name: string
  readonly workflowId: string
  readonly runId: string
  readonly events: number
  /** How the run ended: `verified`, `failed/operator`, `open`, `terminated`… */
  readonly status: string
}

export type Verdict =
  | ({ readonly outcome: 'ok' } & Replayed)
  | ({ readonly outcome: 'diverged'; readonly divergence: Divergence } & Replayed)
  | { readonly outcome: 'unreadable'; readonly name: string; readonly why: string }

/** While some wait for the server, others keep the processor busy. */
const AT_ONCE = 4

/**
 * @param told called with each verdict, in the order in which they are known
 * @param isStopped asked before each history; what is under way is finished
 * @throws AwayError when Temporal goes away in the middle
 */
export async function replayAll(
  sources: AsyncIterator<Source>,
  bundle: Bundle,
  told: (verdict: Verdict) => void,
  isStopped: () => boolean = () => false,
): Promise<void> {
  let isBroken = false
  const replayers = Array.from({ length: AT_ONCE }, () => openReplayer(bundle))
  async function lane(replayer: Replayer): Promise<void> {
    try {
      while (!isBroken && !isStopped()) {
        const next = await sources.next()
        if (next.done) return
        told(await verdictOn(next.value, replayer))
      }
    } catch (error) {
      isBroken = true
      throw error
    }
  }
  const lanes = await Promise.allSettled(replayers.map(lane))
  // Not one by one: the SDK's runtime ends with the last of them, and must not while another begins.
  for (const replayer of replayers) await replayer.close()
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason
}

/** @throws whatever is not the history's fault */
export async function verdictOn(source: Source, replayer: Replayer): Promise<Verdict> {
  try {
    const { history, ifRefused } = await source.read()
    const replayed: Replayed = {
      name: source.name,
      workflowId: workflowIdOf(history) ?? source.run?.workflowId ?? 'unknown',
      runId: source.run?.runId ?? runIdOf(history) ?? 'unknown',
      events: history.events.length,
      status: statusOf(history),
    }
    const message = await replayer.replay(history)
    if (message === undefined) return { outcome: 'ok', ...replayed }
    if (ifRefused && (await replayer.replay(ifRefused)) === undefined) return { outcome: 'ok', ...replayed }
    const diverges = async (events: number) => (await replayer.replay(cut(history, events))) !== undefined
    return { outcome: 'diverged', ...replayed, divergence: await explain(message, history, diverges) }
  } catch (error) {
    if (error instanceof UnreadableError)
      return { outcome: 'unreadable', name: source.name, why: error.message }
    throw error
  }
}

const cut = ({ events }: History, count: number): History => ({ events: events.slice(0, count) })
