/**
 * `npm run sweep`: tells webhook endpoints the end of logins that Temporal closed from outside, and ends what is under
 * way to endpoints that are configured no longer.
 */
import type { Client } from '@temporalio/client'
import { announceEvents } from '../activities/announce-events.ts'
import { endpointsOf, type AppEndpoint } from '../domain/webhook.ts'
import { startDelivery } from '../platform/deliveries.ts'
import { announceMissing, type MissingEnd } from '../platform/missing-ends.ts'
import { endRemoved } from '../platform/removed-endpoints.ts'
import { WORKFLOW_TYPE } from '../workflows/messages.ts'
import { readApps } from './operator/apps.ts'
import { runCommand, withClient } from './operator/run-command.ts'

const CLOSED_FROM_OUTSIDE = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus IN ('Terminated', 'TimedOut')`

await runCommand(async (config) => {
  const endpoints = endpointsOf(readApps(config.apps))
  process.stdout.write(await withClient(config, (client) => sweep(client, endpoints)))
})

async function sweep(client: Client, endpoints: readonly AppEndpoint[]): Promise<string> {
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
  if (counts.unreadable > 0) process.exitCode = 1
  return `${tell(counts)}\nDeliveries ended, since their endpoint is configured no longer: ${ended}.\n`
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
