/**
 * `npm run sweep`: tells webhook endpoints the end of logins that Temporal closed from outside, and ends what is under
 * way to endpoints that are configured no longer.
 */
import { announceEvents } from '../activities/announce-events.ts'
import { endpointsOf } from '../domain/webhook.ts'
import { readApps } from './webhooks/apps.ts'
import { ConfigError, readConfig } from '../platform/config.ts'
import { startDelivery } from '../platform/deliveries.ts'
import { announceMissing, type MissingEnd } from '../platform/missing-ends.ts'
import { endRemoved } from '../platform/removed-endpoints.ts'
import { connectClient } from '../platform/temporal.ts'
import { WORKFLOW_TYPE } from '../workflows/messages.ts'

const CLOSED_FROM_OUTSIDE = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus IN ('Terminated', 'TimedOut')`

try {
  const config = readConfig()
  const client = await connectClient(config, (alarm) => process.stderr.write(`${alarm}\n`))
  const endpoints = endpointsOf(readApps(config.apps))
  const announce = announceEvents({
    endpoints: () => endpoints,
    startDelivery: (delivery) => startDelivery(client, delivery),
  })
  const counts: Record<MissingEnd, number> = { announced: 0, nothing: 0, unreadable: 0 }
  for await (const { workflowId, runId } of client.workflow.list({ query: CLOSED_FROM_OUTSIDE })) {
    counts[await announceMissing(client, { workflowId, runId }, announce)] += 1
  }
  const endpointIds = endpoints.map(({ id }) => id)
  const ended = await endRemoved(client, endpointIds)
  await client.connection.close()
  const removed = `Deliveries ended, since their endpoint is configured no longer: ${ended}.`
  process.stdout.write(`${tell(counts)}\n${removed}\n`)
  if (counts.unreadable > 0) process.exitCode = 1
} catch (error) {
  const told = error instanceof ConfigError ? error.message : 'Temporal does not answer now; repeat this.'
  process.stderr.write(`${told}\n`)
  process.exitCode = 1
}

function tell({ announced, nothing, unreadable }: Record<MissingEnd, number>): string {
  const total = announced + nothing + unreadable
  const lines = [
    `Logins that Temporal closed from outside: ${total}.`,
    `Announced, now or before: ${announced}. Without an endpoint: ${nothing}.`,
  ]
  return unreadable === 0
    ? lines.join('\n')
    : [
        ...lines,
        `Not told of: ${unreadable}, since no worker answers for them. Repeat this while one runs.`,
      ].join('\n')
}
