/** A no from 8x8: the HTTP status, 8x8's own number for it, and a sentence. */
export type Refusal = { readonly status: number; readonly code: number; readonly message: string }

/** The documented refusals but for single fields of a send, which are in `send-request.ts`. */
export const refusals = {
  malformed: { status: 400, code: 1000, message: 'Request body is not a valid JSON object' },
  badSubAccount: { status: 400, code: 1001, message: 'Invalid subAccountId' },
  invalidPhone: { status: 400, code: 1002, message: 'Invalid phone number' },
  unauthorized: { status: 401, code: 1200, message: 'Request was not authenticated properly' },
  forbidden: { status: 403, code: 1201, message: 'Access is forbidden' },
  tooEarly: { status: 403, code: 1400, message: 'Resending interval has not passed yet' },
  noSuchSession: { status: 404, code: 1404, message: 'Session not found' },
  noSuchPath: { status: 404, code: 404, message: 'Not found' },
  needsTls13: { status: 426, code: 1014, message: 'TLS 1.3 is required' },
  tooManyRequests: { status: 429, code: 429, message: 'Too many requests' },
  serverError: { status: 500, code: 2000, message: 'Internal server error' },
} as const satisfies Record<string, Refusal>

/** The refusal 8x8 would most likely mean by a bare HTTP status. */
export function refusalFor(status: number): Refusal {
  if (status === 401) return refusals.unauthorized
  if (status === 403) return refusals.forbidden
  if (status === 404) return refusals.noSuchSession
  if (status === 426) return refusals.needsTls13
  if (status === 429) return refusals.tooManyRequests
  if (status >= 500) return { ...refusals.serverError, status }
  return { ...refusals.malformed, status, message: 'Invalid request' }
}
