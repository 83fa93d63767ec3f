/** How a delivery is started. */
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { DELIVERY_QUEUE, DELIVERY_TYPE, deliveryId, type Delivery } from '../domain/webhook.ts'

const app = defineSearchAttributeKey('PosternApp', 'KEYWORD')
const status = defineSearchAttributeKey('PosternStatus', 'KEYWORD')

/** `again`: also when it was delivered, or given up, before. */
export type Repetition = 'once' | 'again'

/** Less than an announcement of a login may take. */
const START_MS = 2500

/**
 * @returns `known` when it is under way already, or with `once` when there ever was one (within the retention)
 * @throws when Temporal does not take it
 */
export async function startDelivery(
  client: Client,
  delivery: Delivery,
  repetition: Repetition = 'once',
): Promise<'started' | 'known'> {
  const { eventId, endpointId, event } = delivery
  try {
    await client.withDeadline(Date.now() + START_MS, () =>
      client.workflow.start(DELIVERY_TYPE, {
        workflowId: deliveryId(eventId, endpointId),
        taskQueue: DELIVERY_QUEUE,
        workflowIdReusePolicy: repetition === 'once' ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
        args: [delivery],
        staticSummary: `${event.type} → ${endpointId}`,
        memo: { type: event.type },
        typedSearchAttributes: [
          { key: app, value: delivery.app },
          { key: status, value: 'delivering' },
        ],
      }),
    )
    return 'started'
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'known'
    throw error
  }
}
