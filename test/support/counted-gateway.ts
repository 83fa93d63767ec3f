/** Another API process, whose questions to Temporal are counted; the questions themselves go through. */
import { Client, Connection } from '@temporalio/client'
import { inject, onTestFinished, vi } from 'vitest'
import { createLoginGateway } from '../../api/login-gateway.ts'
import type { House } from './house.ts'

export type CountedOptions = {
  /** Where Temporal is; default: the server of the tests. */
  readonly address?: string
  /** The SDK bridges an outage of some 20 s by itself; without its retries every outage is a longer one. */
  readonly isImpatient?: boolean
  /** Runs before each query, which fails with what it throws. */
  readonly beforeQuery?: () => void
}

export async function openCountedGateway(house: House, options: CountedOptions = {}) {
  const { address = inject('temporalAddress'), isImpatient = false, beforeQuery } = options
  const connection = await Connection.connect({ address, ...(isImpatient ? { interceptors: [] } : {}) })
  onTestFinished(() => connection.close())
  const counts = { polls: 0, mostPolls: 0, queries: 0 }
  /** The runs that updates were for, in order; `undefined` is whichever is the newest. */
  const updatedRuns: (string | undefined)[] = []
  const alarms: string[] = []

  const { workflowService } = connection
  const poll = workflowService.getWorkflowExecutionHistory.bind(workflowService)
  const counted = async (request: Parameters<typeof poll>[0]) => {
    // The first look at where a history ends is answered at once; only what follows it waits.
    if (!request.waitNewEvent || !request.nextPageToken) return poll(request)
    counts.polls += 1
    counts.mostPolls = Math.max(counts.mostPolls, counts.polls)
    try {
      return await poll(request)
    } finally {
      counts.polls -= 1
    }
  }
  vi.spyOn(workflowService, 'getWorkflowExecutionHistory').mockImplementation(counted)
  const readiness = [
    vi.spyOn(workflowService, 'describeNamespace'),
    vi.spyOn(workflowService, 'describeTaskQueue'),
  ]

  const client = new Client({
    connection,
    namespace: house.namespace,
    dataConverter: house.dataConverter,
    interceptors: {
      workflow: [
        {
          query(input, next) {
            counts.queries += 1
            beforeQuery?.()
            return next(input)
          },
          startUpdate(input, next) {
            updatedRuns.push(input.workflowExecution.runId ?? undefined)
            return next(input)
          },
        },
      ],
    },
  })
  const gateway = createLoginGateway({
    client,
    identity: house.identity,
    policy: house.policy,
    taskQueue: house.taskQueue,
    alarm: (text) => alarms.push(text),
  })
  return {
    gateway,
    counts,
    updatedRuns,
    /** How often the namespace and the task queue were asked for. */
    readiness: () => readiness.map((asked) => asked.mock.calls.length),
    alarms,
  }
}
