/**
 * The catalogue of problems that the API can answer (RFC 9457). One row is the only place where a code meets its
 * status, title and meaning; the OpenAPI document is made from it, and a test holds `docs/errors.md` to it.
 */
export const problems = {
  'malformed-json': { status: 400, title: 'The body is not JSON.' },
  unauthorized: { status: 401, title: 'The credentials are missing or unknown.' },
  forbidden: { status: 403, title: 'These credentials may not do this.' },
  'phone-not-allowed': { status: 403, title: 'No code may be sent to this number.' },
  'not-found': { status: 404, title: 'There is nothing here, or nothing of yours.' },
  'method-not-allowed': { status: 405, title: 'This resource does not take this method.' },
  'login-closed': { status: 409, title: 'The login has ended.' },
  'resends-exhausted': { status: 409, title: 'This login has no resend left.' },
  'login-expired': { status: 410, title: 'The login is past its deadline.' },
  'payload-too-large': { status: 413, title: 'The body is too large.' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json.' },
  'invalid-request': { status: 422, title: 'The request breaks its schema.' },
  'phone-invalid': { status: 422, title: 'This is not a phone number that can receive a code.' },
  'idempotency-conflict': { status: 422, title: 'This Idempotency-Key came with another request.' },
  'code-incorrect': { status: 422, title: 'The code is wrong.' },
  'too-many-requests': { status: 429, title: 'Too many requests.' },
  'resend-too-early': { status: 429, title: 'It is too early to send again.' },
  'internal-error': { status: 500, title: 'Something broke on our side.' },
  'provider-refused': { status: 502, title: 'The messaging provider refused the message.' },
  'code-check-unavailable': { status: 503, title: 'The code could not be checked.' },
  'provider-unavailable': { status: 503, title: 'The messaging provider cannot be reached.' },
  'service-unavailable': { status: 503, title: 'The service cannot answer now.' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problems
export type ProblemStatus = (typeof problems)[ProblemCode]['status']

/** One thing wrong with the request; `pointer` is a JSON pointer (RFC 6901) into the body, or a header's name. */
export type FieldError = { readonly pointer: string; readonly detail: string }

/** The extra members that a problem may carry, each only where its row in `docs/errors.md` says so. */
export type ProblemMembers = {
  readonly errors?: readonly FieldError[]
  readonly reason?: string
  /** The login's status; not `status`, which RFC 9457 keeps for HTTP's. */
  readonly loginStatus?: string
  readonly attemptsLeft?: number
}
