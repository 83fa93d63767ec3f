import { causeOf } from './measured.ts'
import type { CheckOutcome, EightByEight, OnStatus, SendOutcome } from './types.ts'

type Attributes = Readonly<Record<string, string | number>>

/** Begins a span within the activity's, and says at its end what came of it; `platform/telemetry` keeps this promise. */
export type BeginSpan = (name: string, attributes: Attributes) => (end: Attributes, isFailed: boolean) => void

/**
 * The same client, with a span for each call. What it is told is chosen here: the code stands in the URL of a check,
 * so no URL is ever told, only its template (PII-5).
 */
export function traced(
  eightByEight: EightByEight,
  { version, baseUrl }: { readonly version: 'v1' | 'v2'; readonly baseUrl: string },
  begin: BeginSpan,
): EightByEight {
  const { hostname, pathname } = new URL(baseUrl)
  const base = pathname.replace(/\/$/, '')

  async function trace<O extends SendOutcome | CheckOutcome>(
    operation: keyof typeof calls,
    call: (onStatus: OnStatus) => Promise<O>,
  ): Promise<O> {
    const { method, paths } = calls[operation]
    const end = begin(`8x8 ${operation}`, {
      'http.request.method': method,
      'server.address': hostname,
      'url.template': `${base}${paths[version]}`,
    })
    let answered: Attributes = {}
    try {
      const outcome = await call((status) => {
        answered = { 'http.response.status_code': status }
      })
      const told = { 'postern.outcome': outcome.outcome, 'postern.cause': causeOf(outcome) }
      end({ ...answered, ...told }, failures.includes(outcome.outcome))
      return outcome
    } catch (error) {
      end({ 'postern.outcome': 'broken' }, true)
      throw error
    }
  }

  return {
    send: (request) => trace('send', (onStatus) => eightByEight.send(request, onStatus)),
    check: (request) => trace('check', (onStatus) => eightByEight.check(request, onStatus)),
  }
}

/** Templates: neither sub-account nor session, and no query, in which the code stands. */
const calls = {
  send: {
    method: 'POST',
    paths: { v1: '/verify/v1/{subAccountId}', v2: '/api/v2/subaccounts/{subAccountId}/sessions' },
  },
  check: {
    method: 'GET',
    paths: {
      v1: '/verify/v1/{subAccountId}/{uid}',
      v2: '/api/v2/subaccounts/{subAccountId}/sessions/{sessionId}',
    },
  },
} as const

/** No verdict and no message, and no word about the number or the code either. */
const failures: readonly (SendOutcome | CheckOutcome)['outcome'][] = [
  'not_done',
  'unknown',
  'unauthorized',
  'refused',
]
