import { activityInfo } from '@temporalio/activity'

/**
 * The sub-account of the login that this activity is about, from its workflow id `login:{sub-account}:{hash}`. An app
 * that has moved to another meanwhile cannot change it: the session is where the code was sent.
 */
export function ownSubAccount(): string {
  const [, subAccountId = ''] = activityInfo().workflowExecution?.workflowId.split(':') ?? []
  return subAccountId
}
