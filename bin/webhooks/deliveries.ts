/** Deliveries as Temporal lists them. Its lists lag a little behind. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { DELIVERY_TYPE, deliveryId, type Delivery } from '../../domain/webhook.ts'
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

/** Newest first, `limit` at most. */
export async function listDeliveries(
  client: Client,
  onlyUndelivered: boolean,
  limit: number,
): Promise<readonly ListedDelivery[]> {
  const only = onlyUndelivered ? ` AND PosternStatus = 'undelivered'` : ''
  const listed: ListedDelivery[] = []
  for await (const one of client.workflow.list({ query: `WorkflowType = '${DELIVERY_TYPE}'${only}` })) {
    listed.push(toListed(one))
    if (listed.length === limit) break
  }
  return listed.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
}

function toListed({
  workflowId,
  memo,
  typedSearchAttributes,
  startTime,
  status,
}: WorkflowExecutionInfo): ListedDelivery {
  const [, eventId = '', endpointId = ''] = workflowId.split(':')
  const { type, attempts, last } = memo ?? {}
  const attribute = (name: string) =>
    typedSearchAttributes.get(defineSearchAttributeKey(name, 'KEYWORD')) ?? ''
  const isOurs = status.name === 'RUNNING' || status.name === 'COMPLETED'
  return {
    eventId,
    endpointId,
    type: typeof type === 'string' ? type : '',
    app: attribute('PosternApp'),
    // An operator may end a delivery, and then it has recorded nothing.
    status: isOurs ? attribute('PosternStatus') : status.name.toLowerCase(),
    attempts: typeof attempts === 'number' ? attempts : 0,
    last: tellAnswer(last),
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
  const [, kind, rest = ''] = /^(lg|evt)_([A-Za-z0-9_-]{1,200})$/.exec(name) ?? []
  if (kind === undefined) return undefined
  return kind === 'lg' ? `event:evt_${rest}_` : deliveryId(`evt_${rest}`, '')
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
