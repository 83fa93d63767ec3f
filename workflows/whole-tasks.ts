/**
 * Workflow code acts in workflow tasks only: bundled as an interceptor module.
 *
 * A query that the server hands to a worker by itself brings the events that came since the last workflow task, and no
 * task for them. The SDK's core (1.24) has the workflow act on them by the clock of the last task, answers, and keeps
 * what was done for the task that comes next. A timer of three seconds has then rung at a time when it cannot have,
 * and what is decided by the clock is decided wrongly, told to who asked, written down, and no replay agrees.
 * So such an activation fails: the query with it, and the worker forgets the run. Nothing is lost; the task comes.
 */
import type { WorkflowInterceptors } from '@temporalio/workflow'

type Moment = { readonly seconds: number; readonly nanos: number; readonly historyLength: number }

export function interceptors(): WorkflowInterceptors {
  let last: Moment = { seconds: 0, nanos: 0, historyLength: 0 }
  return {
    internals: [
      {
        activate(input, next) {
          const { timestamp, historyLength, isReplaying } = input.activation
          const now = {
            seconds: Number(timestamp?.seconds ?? 0),
            nanos: timestamp?.nanos ?? 0,
            historyLength: historyLength ?? 0,
          }
          // A task begins with an event that has a time of its own.
          const hasEvents = now.historyLength > last.historyLength
          if (hasEvents && isReplaying !== true && !isLater(now, last)) {
            throw new Error('asked before the workflow has acted on what came: ask again')
          }
          last = now
          next(input)
        },
      },
    ],
  }
}

function isLater(a: Moment, b: Moment): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanos > b.nanos)
}
