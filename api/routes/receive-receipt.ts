import { createRoute, z } from '@hono/zod-openapi'
import { parsePhone } from '../../domain/phone.ts'
import type { ReceiptAddressee } from '../gateway.ts'
import { clientAddress } from '../middleware/client-address.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { limitBody, takeJson } from '../middleware/json-body.ts'
import { fromListedAddress, takeBearer } from '../middleware/receipt-bearer.ts'
import { problem } from '../problem.ts'
import type { Bearer, ReceiptSettings } from '../receipts/bearer.ts'
import { parseReceipt, type ParsedReceipt } from '../receipts/parse-receipt.ts'
import { problemResponses } from '../schemas/problem.ts'
import { jsonBody } from '../schemas/request.ts'

/** A `queued` receipt repeats the message; nothing that 8x8 documents comes near this. */
const MAX_BODY_BYTES = 65_536

/**
 * `POST /v1/webhooks/8x8/{token}`: 8x8 tells what became of a message. Answered 204 once it is durable, and for all
 * that cannot become better by coming again; 503 makes 8x8 come again after 1, 10, 30 and 90 s (WHI-3).
 */
export function receiveReceipt(api: Api, deps: ApiDeps): void {
  const { gateway, receipts, connInfo, trustedProxies, log } = deps
  const route = createRoute({
    method: 'post',
    path: '/v1/webhooks/8x8/{token}',
    operationId: 'receiveReceipt',
    summary: 'For 8x8 alone: what became of a message',
    security: [],
    middleware: [
      clientAddress(connInfo, trustedProxies),
      fromListedAddress(receipts),
      takeBearer(receipts),
      limitBody(MAX_BODY_BYTES),
      takeJson('required'),
    ] as const,
    request: { params: paramsSchema, body: jsonBody(bodySchema) },
    responses: {
      204: { description: 'Kept, or nothing that could be kept.' },
      ...problemResponses(
        'malformed-json',
        'unauthorized',
        'forbidden',
        'not-found',
        'payload-too-large',
        'unsupported-media-type',
        'internal-error',
        'service-unavailable',
      ),
    },
  })

  api.openapi(route, async (c) => {
    const parsed = parseReceipt(c.req.valid('json'))
    const addressee = parsed && receipts && findAddressee(c.get('bearer'), parsed, receipts)
    const result =
      parsed && addressee
        ? await gateway.receipt(addressee, parsed.receipt)
        : ({ outcome: parsed ? 'nobody' : 'unrecognised' } as const)
    if (result.outcome === 'unavailable') {
      return problem(c, 'service-unavailable', 'Bring the receipt again.', { retryAfterSeconds: 1 })
    }
    if (result.outcome !== 'kept') {
      log.info({ requestId: c.get('requestId'), receipt: result.outcome }, 'a receipt was not kept')
    }
    return c.body(null, 204)
  })
}

const paramsSchema = z.object({ token: z.string().openapi({ description: 'A token of ours.' }) })
const bodySchema = z.unknown().openapi({ type: 'object', description: 'Any JSON; see the pages of 8x8.' })

/** `undefined`: it is about no login that could be ours. */
function findAddressee(
  bearer: Bearer,
  { subAccountId, destination = '' }: ParsedReceipt,
  { subAccountIds }: ReceiptSettings,
): ReceiptAddressee | undefined {
  if (bearer.kind === 'login') return { loginId: bearer.loginId }
  const known = subAccountIds()
  const ours = known.find((id) => id === (subAccountId ?? known[0]))
  const parsed = parsePhone(destination.startsWith('+') ? destination : `+${destination}`)
  return ours !== undefined && parsed.outcome === 'phone'
    ? { subAccountId: ours, phone: parsed.phone }
    : undefined
}
