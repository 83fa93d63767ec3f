import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { describeExit } from './child.ts'
import type { Child } from './child.ts'
import { answers } from './ports.ts'
import type { ServerArgs } from './server-args.ts'

type Wanted = Pick<ServerArgs, 'port' | 'uiPort' | 'namespace' | 'searchAttributes'> & {
  readonly signal: AbortSignal | undefined
}

/** How long the server may take until it answers. */
const startLimitMs = 60_000

/** Waits until the namespace and its search attributes can be used, and the UI answers. */
export async function untilUsable(child: Child, server: Wanted): Promise<void> {
  const { uiPort } = server
  const deadline = Date.now() + startLimitMs
  let reason = 'it does not answer'
  while (Date.now() < deadline) {
    const exit = await Promise.race([child.exited, sleep(100)])
    server.signal?.throwIfAborted()
    if (exit) throw new Error(failure(`it ended with ${describeExit(exit)}`, child))
    try {
      await proveUsable(server)
      if (uiPort === undefined || (await answers(uiPort))) return
      reason = 'its UI does not answer'
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
    }
  }
  throw new Error(failure(`${reason} (after ${startLimitMs / 1000} s)`, child))
}

async function proveUsable({ port, namespace, searchAttributes }: Wanted): Promise<void> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 2_000 })
  try {
    await connection.withDeadline(Date.now() + 2_000, async () => {
      await connection.workflowService.describeNamespace({ namespace })
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
      const missing = Object.keys(searchAttributes).filter((name) => !(name in customAttributes))
      if (missing.length > 0) throw new Error(`search attributes are missing: ${missing.join(', ')}`)
    })
  } finally {
    await connection.close()
  }
}

function failure(reason: string, child: Child): string {
  const output = child.lastLines().map((line) => `  | ${line}`)
  return [`The Temporal server did not come up: ${reason}.`, ...output].join('\n')
}
