/** The app's webhook endpoints learn of each event. Of a login without endpoints nothing is announced, at no cost. */
import {
  ActivityFailure,
  CancellationScope,
  condition,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import { isFinal } from '../domain/login.ts'
import type { Run } from './run.ts'

/**
 * It only starts deliveries, so it is short; while it runs, what its workflow task has to say waits. One that fails is
 * repeated without end, by a timer of the server: the task ends, and what it has to say goes out.
 */
const { announceEvents } = proxyLocalActivities<Pick<Activities, 'announceEvents'>>({
  startToCloseTimeout: '3 seconds',
  localRetryThreshold: '1 millisecond',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  summary: 'webhooks',
})

export type Announcer = {
  /** Resolves when all that was recorded so far is announced. */
  done(): Promise<void>
}

/** Announces in order, one batch at a time. A send or a check leaves first: what came before it is told after it. */
export function openAnnouncer(run: Run): Announcer {
  const { app, endpoints = [] } = run.input
  const { workflowId, runId } = workflowInfo()
  let announced = 0
  const isBehind = () => endpoints.length > 0 && announced < run.events.length
  const isQuiet = () => run.busy === undefined || isFinal(run.login.status)

  async function announce(): Promise<void> {
    // The story's first step comes first, which is a send if nothing is in its way.
    await Promise.resolve()
    for (;;) {
      await condition(() => isBehind() && isQuiet())
      const events = run.events.slice(announced)
      await announceEvents({ workflowId, runId, app, login: run.login, events, endpoints }).catch(giveUp)
      announced += events.length
    }
  }

  // An operator's cancellation ends the login, which is announced too.
  if (endpoints.length > 0) void CancellationScope.nonCancellable(announce)
  return {
    done: async () => {
      if (isBehind()) await condition(() => !isBehind())
    },
  }
}

/** Only our own code's fault is not repeated; the login's story is worth more than its telling. */
function giveUp(error: unknown): void {
  if (!(error instanceof ActivityFailure)) throw error
}
