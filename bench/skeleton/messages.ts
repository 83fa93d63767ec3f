/** What is said to the skeleton: the same two messages as to a login, and nothing of ours in them. */
import { defineUpdate } from '@temporalio/workflow'

export const SKELETON_TASK_QUEUE = 'skeleton'
export const SKELETON_WORKFLOW_TYPE = 'skeleton'

/** Answers when the code is out. */
export const startedUpdate = defineUpdate('started')

/** Answers what 8x8 said of the code: `VERIFIED`, if it was right. */
export const submitCodeUpdate = defineUpdate<string, [string]>('submitCode')
