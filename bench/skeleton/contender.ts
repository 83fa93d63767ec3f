import { randomUUID } from 'node:crypto'
import { WithStartWorkflowOperation, type Client } from '@temporalio/client'
import type { Contender } from '../contender.ts'
import { SKELETON_TASK_QUEUE, SKELETON_WORKFLOW_TYPE, startedUpdate, submitCodeUpdate } from './messages.ts'

/** The skeleton, started and answered by a client in this process. */
export function createSkeleton(client: Client): Contender['start'] {
  return async (phone) => {
    const workflowId = `skeleton:${randomUUID()}`
    const startWorkflowOperation = new WithStartWorkflowOperation(SKELETON_WORKFLOW_TYPE, {
      workflowId,
      taskQueue: SKELETON_TASK_QUEUE,
      args: [phone],
      workflowIdConflictPolicy: 'FAIL',
    })
    await client.workflow.executeUpdateWithStart(startedUpdate, { startWorkflowOperation })
    const handle = await startWorkflowOperation.workflowHandle()
    return {
      workflowId,
      async submit(code) {
        const verdict = await handle.executeUpdate(submitCodeUpdate, { args: [code] })
        if (verdict !== 'VERIFIED') throw new Error('the skeleton was not verified')
      },
    }
  }
}
