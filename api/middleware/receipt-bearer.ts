/** What must be right about a receipt before anything of its body is read. */
import type { MiddlewareHandler } from 'hono'
import { problem } from '../problem.ts'
import { findBearer, isSame, type Bearer, type ReceiptSettings } from '../receipts/bearer.ts'
import { isInRanges, type AddressEnv } from './client-address.ts'

export type BearerEnv = { Variables: { requestId: string; bearer: Bearer } }

/** Behind `clientAddress`: lets in what comes from a listed address, or everything when there is no list (WHI-1). */
export function fromListedAddress(
  settings: ReceiptSettings | undefined,
): MiddlewareHandler<{ Variables: AddressEnv['Variables'] & { requestId: string } }> {
  return async function fromListedAddress(c, next) {
    const address = c.get('clientAddress')
    const ranges = settings?.addresses
    if (ranges !== undefined && (address === undefined || !isInRanges(address, ranges))) {
      return problem(c, 'forbidden', 'Receipts are taken from listed addresses only.')
    }
    await next()
    return undefined
  }
}

/** Lets in whoever shows a token of ours, and the account-wide one only with the header that goes with it. */
export function takeBearer(settings: ReceiptSettings | undefined): MiddlewareHandler<BearerEnv> {
  return async function takeBearer(c, next) {
    const bearer = settings && findBearer(settings, c.req.param('token') ?? '')
    // As for any path that does not exist: whoever guesses learns nothing about what was wrong.
    if (bearer === undefined) return problem(c, 'not-found', 'There is nothing at this path.')
    const expected = bearer.kind === 'account' ? settings?.authorization : undefined
    if (expected !== undefined && !isSame(expected, c.req.header('authorization') ?? '')) {
      c.header('WWW-Authenticate', 'Bearer')
      return problem(c, 'unauthorized', 'Send the Authorization that was agreed for this webhook.')
    }
    c.set('bearer', bearer)
    await next()
    return undefined
  }
}
