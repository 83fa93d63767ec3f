/** What the payloads of webhooks out are made of: deliveries, and what is kept of their endpoints. */
import type { Delivery, DeliveryAnswer, Disabling, WebhookEvent } from '../../domain/webhook.ts'
import type { FailingInput } from '../../workflows/endpoint-failing.ts'
import { event } from './login-shapes.ts'
import type { Members } from './shape.ts'

export const webhookEvent = {
  type: 'word',
  timestamp: 'time',
  data: {
    ...event.data,
    app: 'app',
    loginId: 'login',
    sequence: 'number',
    status: 'word',
    endpoint: 'endpoint',
  } as const satisfies Members<WebhookEvent['data']>,
} as const satisfies Members<WebhookEvent>

export const delivery = {
  eventId: 'event',
  endpointId: 'endpoint',
  app: 'app',
  event: webhookEvent,
  origin: { workflowId: 'workflow', runId: 'run' } satisfies Members<NonNullable<Delivery['origin']>>,
  scheduleMs: ['number'],
} as const satisfies Members<Delivery>

export const deliveryAnswer = {
  outcome: 'word',
  status: 'number',
  cause: 'word',
  retryAfterSeconds: 'number',
} as const satisfies Members<DeliveryAnswer>

export const failingInput = {
  endpointId: 'endpoint',
  disableAfterMs: 'number',
  forgetAfterMs: 'number',
  tellEveryMs: 'number',
} as const satisfies Members<FailingInput>

/** A delivery's, a failing endpoint's, and a disabled one's. */
export const webhookMemo = {
  type: 'word',
  attempts: 'number',
  last: deliveryAnswer,
  toldAt: 'number',
  ...({ reason: 'word', failingSince: 'time' } as const satisfies Members<Disabling>),
} as const
