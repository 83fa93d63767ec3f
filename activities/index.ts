/** All that a login does to the world; the workflow knows only the type of this. */
import type { Block } from '../domain/blocks.ts'
import { announceEvents, type Announcer } from './announce-events.ts'
import { checkCode } from './check-code.ts'
import type { ConversionNotes } from './conversion.ts'
import { deliverEvent, type DeliveryDeps } from './deliver-event.ts'
import type { EightByEight } from './eight-by-eight/types.ts'
import { sendCode } from './send-code.ts'

export type ActivityDeps = {
  /** The client of a sub-account: the one in a login's workflow id, whatever its app has by now. */
  readonly eightByEight: (subAccountId: string) => EightByEight
  /** What an operator has stopped; ask again for each send. */
  readonly blocks: () => readonly Block[]
  /** Who counts how many messages end in a login. */
  readonly conversion: ConversionNotes
  /** Who starts the deliveries to the apps' endpoints. */
  readonly announcer: Announcer
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
