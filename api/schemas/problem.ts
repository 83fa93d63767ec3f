/** The problems of a route, for the OpenAPI document and for the compiler: both from `domain/problems.ts`. */
import { z } from '@hono/zod-openapi'
import { problems, type ProblemCode, type ProblemMembers } from '../../domain/problems.ts'
import type { StatusOf } from '../problem.ts'

/**
 * The `responses` of these problems, by status. One call a route: codes of one status share an entry.
 * A handler that answers with a code not listed here does not compile.
 */
export function problemResponses<C extends ProblemCode>(
  ...codes: readonly C[]
): ProblemResponses<C | 'method-not-allowed'>
export function problemResponses(...codes: readonly ProblemCode[]): object {
  // 405 is an answer of a path, but OpenAPI has no place for it there: every operation has it.
  const all = new Set([...codes, 'method-not-allowed' as const])
  const byStatus = Map.groupBy(all, (code) => problems[code].status)
  return Object.fromEntries([...byStatus].map(([status, some]) => [status, toResponse(status, some)]))
}

/** What any call with a key can meet. */
export const ofEveryCall = ['unauthorized', 'forbidden', 'internal-error'] as const

/** What any body can meet. */
export const ofEveryBody = [
  'malformed-json',
  'payload-too-large',
  'unsupported-media-type',
  'invalid-request',
] as const

type ProblemBody<C extends ProblemCode> = {
  type: string
  code: C
  status: StatusOf<C>
  title: string
  detail: string
  instance: string
} & ProblemMembers

type CodesAt<C extends ProblemCode, S> = C extends ProblemCode ? (StatusOf<C> extends S ? C : never) : never

type ProblemResponses<C extends ProblemCode> = {
  [S in StatusOf<C>]: {
    description: string
    content: { 'application/problem+json': { schema: z.ZodType<ProblemBody<CodesAt<C, S>>> } }
  }
}

const memberSchemas = {
  errors: z
    .array(
      z.object({
        pointer: z.string().openapi({
          description:
            "A JSON pointer (RFC 6901) into the body, or the name of a header, a parameter or the path's part.",
        }),
        detail: z.string(),
      }),
    )
    .optional(),
  reason: z.string().optional().openapi({ description: 'Why, in one word.' }),
  loginStatus: z.string().optional().openapi({ description: 'The status of the login.' }),
  attemptsLeft: z.int().min(0).optional(),
}

/** Which members a code may carry; without a row, none. */
const membersOf: Readonly<Partial<Record<ProblemCode, readonly (keyof ProblemMembers)[]>>> = {
  'invalid-request': ['errors'],
  'phone-invalid': ['errors'],
  'phone-not-allowed': ['reason'],
  'too-many-requests': ['reason'],
  'resend-too-early': ['reason'],
  'code-incorrect': ['attemptsLeft'],
  'login-closed': ['loginStatus', 'reason'],
  'provider-refused': ['reason'],
}

type ProblemHeader = {
  readonly name: string
  readonly description: string
  readonly schema: { readonly type: 'string' | 'integer'; readonly minimum?: number }
  readonly isAlwaysSent: boolean
}

const retryAfter: ProblemHeader = {
  name: 'Retry-After',
  description: 'Seconds until it is worth another try.',
  schema: { type: 'integer', minimum: 0 },
  isAlwaysSent: true,
}
const challenge: ProblemHeader = {
  name: 'WWW-Authenticate',
  description: 'RFC 6750, 3.',
  schema: { type: 'string' },
  isAlwaysSent: true,
}

/** The header that a code carries; without a row, none. */
const headerOf: Readonly<Partial<Record<ProblemCode, ProblemHeader>>> = {
  unauthorized: challenge,
  // To a key whose scopes are too narrow, and not to whoever brings receipts from an unknown address.
  forbidden: { ...challenge, isAlwaysSent: false },
  'method-not-allowed': {
    name: 'Allow',
    description: 'The methods that this path takes.',
    schema: { type: 'string' },
    isAlwaysSent: true,
  },
  'too-many-requests': retryAfter,
  'resend-too-early': retryAfter,
  'code-check-unavailable': retryAfter,
  'provider-unavailable': retryAfter,
  'service-unavailable': retryAfter,
}

function toResponse(status: number, codes: readonly ProblemCode[]) {
  const members = [...new Set(codes.flatMap((code) => membersOf[code] ?? []))]
  const schema = z.object({
    type: z.enum(codes.map((code) => `/problems/${code}`)),
    code: z.enum(codes),
    status: z.literal(status),
    title: z.string(),
    detail: z.string(),
    instance: z.string().openapi({ description: 'The id of the request, as in X-Request-Id.' }),
    ...Object.fromEntries(members.map((member) => [member, memberSchemas[member]])),
  })
  const carried = codes.flatMap((code) => headerOf[code] ?? [])
  const required = carried.length === codes.length && carried.every(({ isAlwaysSent }) => isAlwaysSent)
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join(' '),
    content: { 'application/problem+json': { schema } },
    ...(carried.length > 0 && {
      headers: Object.fromEntries(
        carried.map(({ name, description, schema }) => [name, { description, required, schema }]),
      ),
    }),
  }
}
