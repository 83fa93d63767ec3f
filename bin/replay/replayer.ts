/** One history after the other against one bundle of workflow code. */
import { fileURLToPath } from 'node:url'
import type { HistoryAndWorkflowId } from '@temporalio/client'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker'
import { UnreadableError, workflowIdOf, type History } from './history.ts'

export type Replayer = {
  /**
   * @returns the SDK's own words when the code did something else than the history; `undefined` when it did not
   * @throws UnreadableError when the SDK cannot read it
   */
  replay(history: History): Promise<string | undefined>
  close(): Promise<void>
}

/** Asked for the bundle when there is a history to replay, and not before. */
export type Bundle = () => Promise<WorkflowBundleOption>

/**
 * The workflow code of this checkout, or another's; bundled once, for as many replayers as there are.
 *
 * Without our failure converter, which reads nothing that the default does not: it would seal what broken code throws.
 */
export function bundleOnce(
  workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
): Bundle {
  const logger = new DefaultLogger('WARN', ({ message }) => void process.stderr.write(`${message}\n`))
  let bundled: Promise<WorkflowBundleOption> | undefined
  return () => (bundled ??= bundleWorkflowCode({ workflowsPath, logger }))
}

/** Its histories have been opened already, so it needs no keys. */
export function openReplayer(bundle: Bundle): Replayer {
  const waiting: HistoryAndWorkflowId[] = []
  let results: ReturnType<typeof Worker.runReplayHistories> | undefined

  /** The SDK asks for the next one only when it is asked for the next result, and then one is here. */
  function* histories() {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next
  }

  return {
    async replay(history) {
      waiting.push({ workflowId: workflowIdOf(history) ?? 'unknown', history: toProtocol(history) })
      const workflowBundle = await bundle()
      keepQuiet()
      results ??= Worker.runReplayHistories({ workflowBundle }, histories())
      const next: IteratorResult<{ readonly error?: Error }> = await results.next()
      if (next.done) throw new Error('the replayer has ended')
      const { error } = next.value
      if (error?.message.includes('internal SDK issue')) throw new UnreadableError('the SDK cannot replay it')
      return error?.message
    },
    async close() {
      await results?.return?.()
    },
  }
}

function toProtocol(history: History) {
  try {
    return historyFromJSON(history)
  } catch {
    // The SDK's message repeats what it could not read.
    throw new UnreadableError('it is not a history that this version of the SDK knows')
  }
}

/** The SDK would log each divergence, with what is in the history. Its runtime ends with the last replayer. */
function keepQuiet(): void {
  try {
    Runtime.install({
      shutdownSignals: [],
      logger: new DefaultLogger('ERROR', () => undefined),
      telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
    })
  } catch {
    // There is one already: ours, or a test's.
  }
}
