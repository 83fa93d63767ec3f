/** Since when an endpoint has failed without one success; after five days it is disabled (WHO-9). */
import { condition, defineSignal, log, setCurrentDetails, setHandler, upsertMemo } from '@temporalio/workflow'
import { FAILED, TAKEN, type FailingSpans } from '../domain/webhook.ts'
import { disableEndpoint } from './endpoint-disabled.ts'

export type FailingInput = FailingSpans & { readonly endpointId: string }

/** Signals: an attempt does not wait until it is counted. */
export const failedSignal = defineSignal(FAILED)
export const takenSignal = defineSignal(TAKEN)

/** How it ended: with a success, because nobody tried any more, or with an endpoint that is disabled. */
export type FailingEnd = 'taken' | 'forgotten' | 'disabled'

export async function endpointFailing(input: FailingInput): Promise<FailingEnd> {
  const { endpointId, disableAfterMs, forgetAfterMs } = input
  const since = Date.now()
  const told = { failures: 0, isTaken: false }
  setHandler(takenSignal, () => void (told.isTaken = true), { description: 'The endpoint took a message.' })
  setHandler(
    failedSignal,
    () => {
      told.failures += 1
      upsertMemo({ toldAt: Date.now() })
    },
    { description: 'The endpoint did not take a message; told of once in 12 h.' },
  )
  const failingSince = new Date(since).toISOString()
  setCurrentDetails(`No message was taken since ${failingSince}.`)

  for (;;) {
    const { failures } = told
    const isTold = await condition(() => told.isTaken || told.failures > failures, forgetAfterMs)
    if (told.isTaken) return 'taken'
    if (!isTold) return 'forgotten'
    // A failure disables, not the passing of time: who had nothing to take has not failed.
    if (Date.now() - since >= disableAfterMs) break
  }
  await disableEndpoint(endpointId, { reason: 'failing', failingSince })
  log.error('a webhook endpoint took nothing for too long: it is disabled, and its app must be told', {
    endpointId,
    failingSince,
    enableWith: `npm run webhooks -- enable ${endpointId}`,
  })
  return 'disabled'
}
