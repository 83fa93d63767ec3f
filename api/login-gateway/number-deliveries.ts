/** The webhook deliveries of one number's logins: their input names user, masked number and country. */
import type { Client } from '@temporalio/client'
import { loginIdOf } from '../../domain/login.ts'
import { DELIVERY_TYPE, deliveryPrefix, parseDeliveryId } from '../../domain/webhook.ts'
import type { Identity } from '../identity.ts'
import type { RunName } from './delete-runs.ts'

/**
 * Those under way, delivered or given up, as Temporal lists them.
 *
 * @param loginIds of the number's runs; empty of one that was no login; `undefined` of one that does not tell, and then
 *   every delivery of the namespace is looked at: its id has the number's keyed hash in it, but not where the server could search for it
 * @throws when Temporal does not answer
 */
export async function numberDeliveries(
  client: Client,
  identity: Identity,
  workflowId: string,
  loginIds: readonly (string | undefined)[],
): Promise<readonly RunName[]> {
  const isOfNumber = (loginId: string) => identity.parseLoginId(loginId)?.workflowId === workflowId
  const all = `WorkflowType = '${DELIVERY_TYPE}'`
  // Only an id that we have made stands in a query.
  const ofLogins = loginIds.filter((loginId) => loginId !== '')
  const told = ofLogins.filter((loginId) => loginId !== undefined).filter(isOfNumber)
  const queries =
    told.length === ofLogins.length
      ? told.map((loginId) => `${all} AND WorkflowId STARTS_WITH '${deliveryPrefix(loginId)}'`)
      : [all]
  const found: RunName[] = []
  for (const query of queries) {
    for await (const { workflowId: deliveryId, runId } of client.workflow.list({ query })) {
      if (isOfNumber(loginIdOf(parseDeliveryId(deliveryId).eventId) ?? ''))
        found.push({ workflowId: deliveryId, runId })
    }
  }
  return found
}
