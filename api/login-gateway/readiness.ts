/** Whether a login can be started now. Anybody may ask, so that many questions at once are one. */
import type { Client } from '@temporalio/client'
import type { LoginGateway } from '../gateway.ts'
import { toTrouble } from './errors.ts'

type Readiness = Awaited<ReturnType<LoginGateway['ready']>>

const READY_MS = 2000
/** An answer is given again for this long: Temporal counts each call, and nobody has to show a key here. */
const SHARED_MS = 1000
/** A worker polls anew every minute at the latest; Temporal lists it for five after its last poll. */
const POLLER_FRESH_MS = 75_000

export function createReadiness(client: Client, taskQueue: string): () => Promise<Readiness> {
  let shared: { readonly answer: Promise<Readiness>; until: number } | undefined
  return () => {
    if (shared !== undefined && performance.now() < shared.until) return shared.answer
    const asked = { answer: askBoth(client, taskQueue), until: Infinity }
    shared = asked
    const settle = () => {
      asked.until = performance.now() + SHARED_MS
    }
    asked.answer.then(settle, settle)
    return asked.answer
  }
}

async function askBoth(client: Client, taskQueue: string): Promise<Readiness> {
  const { namespace } = client.options
  const ask = async (question: () => Promise<boolean>) => {
    try {
      return await client.connection.withDeadline(Date.now() + READY_MS, question)
    } catch (error) {
      toTrouble(error)
      return false
    }
  }
  const temporal = await ask(async () => {
    await client.workflowService.describeNamespace({ namespace })
    return true
  })
  const worker = await ask(async () => {
    const queue = await client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
    })
    const since = Date.now() - POLLER_FRESH_MS
    return queue.pollers.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > since)
  })
  return { temporal, worker }
}
