/** Starts a delivery for each event and endpoint that wants it. A local activity: three events of the login at most. */
import { ApplicationFailure } from '@temporalio/common'
import { NOT_DONE } from '../domain/effect-failures.ts'
import type { Login, LoginEvent } from '../domain/login.ts'
import { toWebhookEvent, wants, type AppEndpoint, type Delivery } from '../domain/webhook.ts'

export type AnnounceEventsInput = {
  readonly workflowId: string
  readonly runId: string
  readonly app: string
  /** As it stands after the events. */
  readonly login: Login
  readonly events: readonly LoginEvent[]
  /** Names of the app's endpoints when the login began; one that is no longer the app's is passed over. */
  readonly endpoints: readonly string[]
}

export type Announcer = {
  /** Of all apps, as they are configured now. */
  readonly endpoints: () => readonly AppEndpoint[]
  /** Starts the delivery unless it was ever started; rejects when Temporal did not take it. */
  readonly startDelivery: (delivery: Delivery) => Promise<unknown>
}

/**
 * However often it runs, each delivery is started once: its workflow id names event and endpoint.
 *
 * @param announcer absent: nobody is told
 * @throws ApplicationFailure `not-done` (retryable): some deliveries may have been started
 */
export function announceEvents(announcer: Announcer | undefined) {
  return async ({ workflowId, runId, app, login, events, endpoints }: AnnounceEventsInput): Promise<void> => {
    if (announcer === undefined) return
    const wanting = announcer.endpoints().filter((one) => one.app === app && endpoints.includes(one.id))
    const deliveries = wanting.flatMap((endpoint) =>
      events
        .filter(({ type }) => wants(endpoint, type))
        .map((event) => ({
          eventId: event.id,
          endpointId: endpoint.id,
          app,
          event: toWebhookEvent(event, login, app),
          origin: { workflowId, runId },
        })),
    )
    try {
      await Promise.all(deliveries.map((delivery) => announcer.startDelivery(delivery)))
    } catch {
      throw ApplicationFailure.create({
        type: NOT_DONE,
        message: 'Temporal did not take every delivery',
        details: [{ cause: 'temporal' }],
      })
    }
  }
}
