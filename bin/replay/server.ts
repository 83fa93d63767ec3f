/** Histories as a Temporal server keeps them. Nothing is opened here: keys are needed to read, not to find. */
import { isGrpcServiceError, ServiceError, type Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import { toHistory, UnreadableError, type History } from './history.ts'

export type Run = { readonly workflowId: string; readonly runId: string }

export type Server = {
  newestRun(workflowId: string): Promise<Run | undefined>
  /** All runs that a query of Temporal's visibility finds, newest first. @throws UnreadableError that says what is wrong with it */
  runs(query: string): AsyncIterable<Run>
  /** @throws UnreadableError */
  history(run: Run): Promise<History>
}

/** Temporal does not answer: whatever was asked for may well be there. */
export class AwayError extends Error {
  constructor(where: string) {
    super(`Temporal does not answer: ${where}`)
    this.name = 'AwayError'
  }
}

const CALL_MS = 10_000
const PAGE_SIZE = 100
const INVALID_ARGUMENT = 3
const NOT_FOUND = 5

/** @param where how errors name the server; every call but the fetch of a long history ends within 10 s. */
export function createServer(client: Client, where: string): Server {
  const { namespace } = client.options
  const service = client.workflowService

  /** @returns `undefined` for what is not there */
  async function ask<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await client.connection.withDeadline(Date.now() + CALL_MS, call)
    } catch (error) {
      const cause = error instanceof ServiceError ? error.cause : error
      if (error instanceof WorkflowNotFoundError) return undefined
      if (!isGrpcServiceError(cause)) throw error
      const code: number = cause.code
      if (code === NOT_FOUND) return undefined
      if (code === INVALID_ARGUMENT) throw new UnreadableError(`Temporal does not take it: ${cause.details}`)
      throw new AwayError(where)
    }
  }

  return {
    async newestRun(workflowId) {
      const described = await ask(() =>
        service.describeWorkflowExecution({ namespace, execution: { workflowId } }),
      )
      const runId = described?.workflowExecutionInfo?.execution?.runId
      return runId ? { workflowId, runId } : undefined
    },
    async *runs(query) {
      let nextPageToken: Uint8Array | undefined
      do {
        const page = await ask(() =>
          service.listWorkflowExecutions({
            namespace,
            query,
            pageSize: PAGE_SIZE,
            nextPageToken: nextPageToken ?? null,
          }),
        )
        for (const { execution } of page?.executions ?? []) {
          if (execution?.workflowId && execution.runId)
            yield { workflowId: execution.workflowId, runId: execution.runId }
        }
        nextPageToken = page?.nextPageToken
      } while (nextPageToken?.length)
    },
    async history({ workflowId, runId }) {
      const history = await ask(() => client.workflow.getHandle(workflowId, runId).fetchHistory())
      if (history === undefined) throw new UnreadableError('Temporal has no such run, or keeps it no longer')
      return toHistory(history)
    },
  }
}
