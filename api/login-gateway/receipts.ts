/** Brings 8x8's receipts to the login that they are about, each once and not too many (WHI-4, WHI-6). */
import type { Client } from '@temporalio/client'
import { MOST_RECEIPTS } from '../../domain/receipt.ts'
import { receiptSignal, type ReceiptMessage } from '../../workflows/messages.ts'
import type { LoginGateway, ReceiptAddressee, ReceiptResult } from '../gateway.ts'
import type { Identity } from '../identity.ts'
import { toTrouble } from './errors.ts'
import { keepNewest } from './keep-newest.ts'
import type { FoundRun, Runs } from './runs.ts'

/** 8x8 waits for the answer, and comes again when it is no good. */
const KEEP_MS = 3000

export function createReceipts(client: Client, identity: Identity, runs: Runs): LoginGateway['receipt'] {
  /** Login id → receipt id → what came of it. A process that has forgotten signals again, and the login knows it. */
  const known = new Map<string, Map<string, Promise<ReceiptResult>>>()

  async function receive(addressee: ReceiptAddressee, receipt: Omit<ReceiptMessage, 'loginId'>) {
    const until = Date.now() + KEEP_MS
    if ('loginId' in addressee) {
      const { loginId } = addressee
      return once(loginId, receipt.receiptId, async () =>
        keep(await runs.ofLogin(loginId), { ...receipt, loginId }, until),
      )
    }
    const found = await runs.newest(identity.workflowId(addressee.subAccountId, addressee.phone))
    if (found.outcome !== 'run') return toResult(found)
    const { loginId } = found.run.memo
    return once(loginId, receipt.receiptId, () => keep(found, { ...receipt, loginId }, until))
  }

  /** A receipt that comes while the first like it is under way has the same answer; one that failed is tried again. */
  function once(loginId: string, receiptId: string, attempt: () => Promise<ReceiptResult>) {
    const ofLogin = known.get(loginId) ?? new Map<string, Promise<ReceiptResult>>()
    keepNewest(known, loginId, ofLogin)
    const before = ofLogin.get(receiptId)
    if (before !== undefined) return before
    if (ofLogin.size >= MOST_RECEIPTS) return { outcome: 'surplus' } as const
    const forget = () => void ofLogin.delete(receiptId)
    const result = attempt()
    ofLogin.set(receiptId, result)
    result.then(({ outcome }) => outcome === 'unavailable' && forget(), forget)
    return result
  }

  async function keep(found: FoundRun, message: ReceiptMessage, until: number): Promise<ReceiptResult> {
    if (found.outcome !== 'run') return toResult(found)
    const { workflowId, runId, isOpen } = found.run
    if (!isOpen) return { outcome: 'nobody' }
    try {
      const handle = client.workflow.getHandle(workflowId, runId)
      await client.connection.withDeadline(until, () => handle.signal(receiptSignal, message))
      return { outcome: 'kept' }
    } catch (error) {
      return { outcome: toTrouble(error).kind === 'closed' ? 'nobody' : 'unavailable' }
    }
  }

  return receive
}

function toResult({ outcome }: Exclude<FoundRun, { outcome: 'run' }>): ReceiptResult {
  return { outcome: outcome === 'none' ? 'nobody' : 'unavailable' }
}
