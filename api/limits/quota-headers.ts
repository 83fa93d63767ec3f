/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers) about the app's own quotas: what is sent
 * and what the OpenAPI document says of it, from one table. They are for the app's key only: a browser learns nothing
 * of what others use (ENUM-5).
 */
import { quotaNames, type Admission, type Quota } from '../../domain/limits.ts'
import type { Answering } from '../problem.ts'

/** The header's parameters, each with the member of a quota that it tells. */
type Parameters = Readonly<Record<string, Exclude<keyof Quota, 'name'>>>

const quotaHeaders: readonly {
  readonly name: string
  readonly description: string
  readonly parameters: Parameters
}[] = [
  {
    name: 'RateLimit-Policy',
    description: "Your app's own quotas: each takes `q` requests in a window of `w` seconds.",
    parameters: { q: 'most', w: 'seconds' },
  },
  {
    name: 'RateLimit',
    description: 'What is left of them: `r` requests, and `t` seconds until the window is over.',
    parameters: { r: 'remaining', t: 'resetSeconds' },
  },
]

export function tellQuotas(c: Answering, admission: Admission | undefined): void {
  if (admission === undefined || admission.outcome === 'unavailable') return
  const { quotas } = admission
  if (quotas.length === 0) return
  for (const { name, parameters } of quotaHeaders) {
    c.header(name, quotas.map((quota) => format(quota, parameters)).join(', '))
  }
}

/** Answers of these statuses are given before anything is counted. */
const UNCOUNTED = ['400', '401', '405', '413', '415', '500']

/** The responses of a route that counts, with the headers that an answer to an app's key may then carry. */
export function withQuotaHeaders<R extends object>(responses: R): R
export function withQuotaHeaders(responses: Readonly<Record<string, { readonly headers?: object }>>): object {
  const told = Object.entries(responses).map(([status, response]) =>
    UNCOUNTED.includes(status)
      ? [status, response]
      : [status, { ...response, headers: { ...response.headers, ...documented } }],
  )
  return Object.fromEntries(told) as object
}

const documented = Object.fromEntries(
  quotaHeaders.map(({ name, description, parameters }) => [
    name,
    {
      description: `${description} To an app's key only, when something was counted.`,
      schema: { type: 'string', pattern: patternOf(parameters) },
    },
  ]),
)

function format(quota: Quota, parameters: Parameters): string {
  const values = Object.entries(parameters).map(([parameter, member]) => `;${parameter}=${quota[member]}`)
  return `"${quota.name}"${values.join('')}`
}

/** Of a list of what `format` makes. */
function patternOf(parameters: Parameters): string {
  const values = Object.keys(parameters).map((parameter) => `;${parameter}=[0-9]+`)
  const item = `"(${quotaNames.join('|')})"${values.join('')}`
  return `^${item}(, ${item})*$`
}
