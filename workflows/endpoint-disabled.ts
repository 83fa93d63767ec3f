/** That an endpoint is disabled is an open workflow, so every worker sees it and no login asks. */
import {
  condition,
  defineSignal,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
} from '@temporalio/workflow'
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import { disabledId, ENABLE, type Disabling } from '../domain/webhook.ts'

/** A signal: an operator's word, which no worker has to answer. */
export const enableSignal = defineSignal(ENABLE)

/** While it is open, nothing is sent to the endpoint that its id names. */
export async function endpointDisabled(): Promise<void> {
  let isEnabled = false
  setHandler(enableSignal, () => void (isEnabled = true), {
    description: 'An operator takes the endpoint back.',
  })
  setCurrentDetails('Nothing is sent to this endpoint. `npm run webhooks -- enable` takes it back.')
  await condition(() => isEnabled)
}

const words: Record<Disabling['reason'], string> = {
  gone: 'it answered 410',
  failing: 'it took nothing for too long',
}

/** Once: it may be disabled already. */
export async function disableEndpoint(endpointId: string, why: Disabling): Promise<void> {
  try {
    await startChild(endpointDisabled, {
      workflowId: disabledId(endpointId),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `webhook endpoint ${endpointId} is disabled: ${words[why.reason]}`,
      memo: { ...why },
    })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
  }
}
