/** A namespace of its own, for tests whose processes all poll the one task queue `logins`. */
import { randomBytes } from 'node:crypto'
import type { Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { onTestFinished } from 'vitest'
import { ensureSearchAttributes } from '../../platform/temporal.ts'
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts'

/** @param days its retention; 1 by default. Deleted when the test ends. */
export async function openNamespace(connection: Connection, days = 1): Promise<string> {
  const namespace = `test-${randomBytes(4).toString('hex')}`
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs(`${days} days`),
  })
  onTestFinished(async () => {
    await connection.operatorService.deleteNamespace({ namespace })
  })
  const problem = await ensureSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES)
  if (problem !== undefined) throw new Error(problem)
  return namespace
}
