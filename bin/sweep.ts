/**
 * `npm run sweep`: tells webhook endpoints the end of logins that Temporal closed from outside, ends what is under way to
 * endpoints that are configured no longer, and forgets that they were disabled.
 */
import type { Client } from '@temporalio/client'
import { announceEvents } from '../activities/announce-events.ts'
import { toldByCodec } from '../api/login-gateway/errors.ts'
import { endpointsOf, type AppEndpoint } from '../domain/webhook.ts'
import { startDelivery } from '../platform/deliveries.ts'
import { toLenient } from '../platform/lenient-client.ts'
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
  const failed: string[] = []
  // Listing needs no key: what does not open must not end the list.
  const lists = toLenient(client)
  for await (const { workflowId, runId } of lists.workflow.list({ query: CLOSED_FROM_OUTSIDE })) {
    try {
      counts[await announceMissing(client, { workflowId, runId }, announce)] += 1
    } catch (error) {
      const why = toldByCodec(error)
      if (why === undefined) throw error
      failed.push(`  ${workflowId}, run ${runId}: ${why}`)
    }
  }
  const endpointIds = endpoints.map(({ id }) => id)
  const ended = await endRemoved(lists, endpointIds)
  if (counts.unreadable > 0 || failed.length > 0) process.exitCode = 1
  return [
    ...tell(counts, failed),
    `Deliveries ended, since their endpoint is configured no longer: ${ended.deliveries}.`,
    `Disabled or failing endpoints forgotten, for the same reason: ${ended.endpoints}.\n`,
  ].join('\n')
}

/** @param failed a line for each run that stood in its own way */
function tell(
  { announced, nothing, unreadable }: Record<MissingEnd, number>,
  failed: readonly string[],
): readonly string[] {
  const total = announced + nothing + unreadable + failed.length
  const lines = [
    `Logins that Temporal closed from outside: ${total}.`,
    `Announced, now or before: ${announced}. Without an endpoint: ${nothing}.`,
  ]
  if (unreadable > 0)
    lines.push(`Not told of: ${unreadable}, since no worker answers for them. Repeat this while one runs.`)
  if (failed.length > 0) lines.push(`Not told of: ${failed.length}, each for its own reason:`, ...failed)
  return lines
}
