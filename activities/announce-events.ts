/**
 * Starts a delivery for each event and endpoint that may want it. A local activity: an announcement is one marker in the
 * login's history.
 */
import { ApplicationFailure } from '@temporalio/common'
import { NOT_DONE } from '../domain/effect-failures.ts'
import type { Login, LoginEvent, LoginEventType } from '../domain/login.ts'
import { toWebhookEvent, wants, type AppEndpoint, type Delivery } from '../domain/webhook.ts'

export type AnnounceEventsInput = {
  readonly workflowId: string
  readonly runId: string
  readonly app: string
  /** As it stands after the events. */
  readonly login: Login
  readonly events: readonly LoginEvent[]
  /** Names of the app's endpoints when the login began; one that is another app's by now is passed over. */
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
 * An endpoint that is not known here gets one too: the API may have read newer settings. It waits for a worker that has
 * the endpoint, and whether the event is wanted is asked at the attempt.
 *
 * @throws ApplicationFailure `not-done` (retryable): some deliveries may have been started
 */
export function announceEvents(announcer: Announcer) {
  return async ({ workflowId, runId, app, login, events, endpoints }: AnnounceEventsInput): Promise<void> => {
    const known = new Map(announcer.endpoints().map((endpoint) => [endpoint.id, endpoint]))
    const deliveries = endpoints.flatMap((endpointId) =>
      events
        .filter(({ type }) => mayWant(known.get(endpointId), app, type))
        .map((event) => ({
          eventId: event.id,
          endpointId,
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

function mayWant(endpoint: AppEndpoint | undefined, app: string, type: LoginEventType): boolean {
  return endpoint === undefined || (endpoint.app === app && wants(endpoint, type))
}
