/** All that a login does to the world; the workflow knows only the type of this. */
import { announceEvents, type Announcer } from './announce-events.ts'
import { checkCode } from './check-code.ts'
import { deliverEvent, type DeliveryDeps } from './deliver-event.ts'
import type { EightByEight } from './eight-by-eight/types.ts'
import { sendCode } from './send-code.ts'

export type ActivityDeps = {
  readonly eightByEight: EightByEight
  /** Absent when no webhook endpoint is configured. */
  readonly announcer?: Announcer
}

export type Activities = ReturnType<typeof createActivities>

export function createActivities(deps: ActivityDeps) {
  return {
    sendCode: sendCode(deps),
    checkCode: checkCode(deps),
    announceEvents: announceEvents(deps.announcer),
  }
}

export type DeliveryActivities = ReturnType<typeof createDeliveryActivities>

/** What a webhook delivery does to the world, on its endpoint's own task queue. */
export function createDeliveryActivities(deps: DeliveryDeps) {
  return { deliverEvent: deliverEvent(deps) }
}
