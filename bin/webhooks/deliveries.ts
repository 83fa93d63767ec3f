/** Deliveries as Temporal lists them. Its lists lag a little behind. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import {
  DELIVERY_TYPE,
  deliveryId,
  deliveryPrefix,
  parseDeliveryId,
  type Delivery,
} from '../../domain/webhook.ts'
import { startDelivery } from '../../platform/deliveries.ts'
import { readInput } from '../../platform/missing-ends.ts'

export type ListedDelivery = {
  readonly eventId: string
  readonly endpointId: string
  readonly type: string
  readonly app: string
  readonly status: string
  readonly attempts: number
  /** Of the newest attempt, in words. */
  readonly last: string
  readonly startedAt: Date
}

/** Closed without a record of its own: the sweep does so when the endpoint was removed, an operator whenever he likes. */
const ENDED_FROM_OUTSIDE = `ExecutionStatus IN ('Terminated', 'TimedOut', 'Canceled', 'Failed')`

/**
 * Newest first, `limit` at most.
 *
 * @param endpointIds of all that are configured
 */
export async function listDeliveries(
  client: Client,
  endpointIds: readonly string[],
  onlyUndelivered: boolean,
  limit: number,
): Promise<readonly ListedDelivery[]> {
  const only = onlyUndelivered ? ` AND (PosternStatus = 'undelivered' OR ${ENDED_FROM_OUTSIDE})` : ''
  const listed: ListedDelivery[] = []
  for await (const one of client.workflow.list({ query: `WorkflowType = '${DELIVERY_TYPE}'${only}` })) {
    listed.push(toListed(one, endpointIds))
    if (listed.length === limit) break
  }
  return listed.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
}

function toListed(
  { workflowId, memo, typedSearchAttributes, startTime, status }: WorkflowExecutionInfo,
  endpointIds: readonly string[],
): ListedDelivery {
  const { eventId, endpointId } = parseDeliveryId(workflowId)
  const { type, attempts, last } = memo ?? {}
  const attribute = (name: string) =>
    typedSearchAttributes.get(defineSearchAttributeKey(name, 'KEYWORD')) ?? ''
  const isRemoved = !endpointIds.includes(endpointId)
  const isOurs = status.name === 'RUNNING' || status.name === 'COMPLETED'
  return {
    eventId,
    endpointId,
    type: typeof type === 'string' ? type : '',
    app: attribute('PosternApp'),
    status: isOurs ? attribute('PosternStatus') : 'undelivered',
    attempts: typeof attempts === 'number' ? attempts : 0,
    last: isOurs ? tellAnswer(last) : isRemoved ? 'endpoint_removed' : status.name.toLowerCase(),
    startedAt: startTime,
  }
}

/** The status of an answer, or why there was none. */
export function tellAnswer(answer: unknown): string {
  const members: Readonly<Record<string, unknown>> =
    typeof answer === 'object' && answer !== null ? { ...answer } : {}
  const { status, cause } = members
  return typeof status === 'number' ? String(status) : typeof cause === 'string' ? cause : ''
}

export type Redelivery = {
  readonly eventId: string
  readonly endpointId: string
  readonly outcome: 'started' | 'known'
}

/** @param name a login's id or an event's; `undefined` is returned for what is neither */
export function workflowIdPrefix(name: string): string | undefined {
  const [, kind] = /^(lg|evt)_[A-Za-z0-9_-]{1,200}$/.exec(name) ?? []
  if (kind === undefined) return undefined
  return kind === 'lg' ? deliveryPrefix(name) : deliveryId(name, '')
}

/** Starts every delivery again that begins so and has ended, with the body and the `webhook-id` that it had. */
export async function redeliver(client: Client, prefix: string): Promise<readonly Redelivery[]> {
  const query = `WorkflowType = '${DELIVERY_TYPE}' AND WorkflowId STARTS_WITH '${prefix}'`
  const workflowIds = new Set<string>()
  for await (const { workflowId } of client.workflow.list({ query })) workflowIds.add(workflowId)
  const redelivered: Redelivery[] = []
  for (const workflowId of [...workflowIds].sort()) {
    const { scheduleMs: _once, ...delivery } = (await readInput(client, {
      workflowId,
      runId: '',
    })) as Delivery
    const { eventId, endpointId } = delivery
    redelivered.push({ eventId, endpointId, outcome: await startDelivery(client, delivery, 'again') })
  }
  return redelivered
}
