/** One call over HTTP: what is repeated, how long it may take, and what becomes of what goes wrong. */
import ky, { isHTTPError, isKyError, isTimeoutError, type HTTPError } from 'ky'
import { PosternError, PosternNetworkError } from './errors.ts'
import type { Problem } from './types.ts'

export type TransportOptions = {
  /** Where Postern is, such as `https://login.example.com`. */
  readonly baseUrl: string
  /** The API key or a client token. */
  readonly token: string
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch
  /** For each try, on top of the seconds that Postern was asked to hold its answer. Default: 20. */
  readonly timeoutSeconds?: number
}

export type Request = {
  readonly method: 'GET' | 'POST'
  /** Below the base URL, without a slash before it. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: object
  /** How long Postern was asked to hold its answer. */
  readonly heldSeconds?: number
  readonly signal?: AbortSignal
}

export type Transport = ReturnType<typeof createTransport>

const MOST_REPEATS = 2
const MOST_RETRY_AFTER_SECONDS = 10
const STANDARD_TIMEOUT_SECONDS = 20

/**
 * Every call that goes through `send` must be safe to repeat: it reads, or it carries an idempotency key, or a second
 * one does nothing. It is repeated twice at most: when no answer came, and when the service said that it cannot answer
 * now and when it will.
 */
export function createTransport(options: TransportOptions) {
  const { baseUrl, token, fetch, timeoutSeconds = STANDARD_TIMEOUT_SECONDS } = options
  const http = ky.create({
    prefix: baseUrl,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    // A redirect would take the key along to somewhere else.
    redirect: 'error',
    ...(fetch === undefined ? {} : { fetch }),
    retry: {
      limit: MOST_REPEATS,
      methods: ['get', 'post'],
      statusCodes: [503],
      afterStatusCodes: [503],
      retryOnTimeout: true,
      jitter: true,
      shouldRetry: ({ error }) => (isHTTPError(error) && !isWorthRepeating(error) ? false : undefined),
    },
  })

  return {
    /** @throws PosternError, PosternNetworkError, or the signal's reason */
    async send<Body>({ path, query, heldSeconds = 0, signal, ...init }: Request): Promise<Body> {
      try {
        const answer = http(path, {
          ...init,
          timeout: (timeoutSeconds + heldSeconds) * 1000,
          ...(query === undefined ? {} : { searchParams: query }),
          ...(signal === undefined ? {} : { signal }),
        })
        // Read by ky, so that a body that does not come has the same limit.
        const text = await answer.text()
        return parseJson((await answer).status, text) as Body
      } catch (error) {
        throw toOurError(error, signal)
      }
    },

    /** An answer whose body is read as it comes; tried once, and with no limit but the signal's. */
    async open(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
      try {
        return await http(path, { headers, signal, timeout: false, retry: 0 })
      } catch (error) {
        throw toOurError(error, signal)
      }
    },
  }
}

/**
 * `code-check-unavailable` and `provider-unavailable` are not repeated, although they are 503: the same key gets the
 * same answer, and another try may cost the user an attempt or a message.
 */
function isWorthRepeating({ response, data }: HTTPError): boolean {
  const problem = toProblem(data)
  const retryAfter = retryAfterOf(response)
  return (
    response.status === 503 &&
    (problem === undefined || problem.code === 'service-unavailable') &&
    retryAfter !== undefined &&
    retryAfter <= MOST_RETRY_AFTER_SECONDS
  )
}

function toOurError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason
  if (isHTTPError(error)) {
    const { response, data } = error
    return new PosternError(response.status, toProblem(data), retryAfterOf(response))
  }
  if (isTimeoutError(error)) return new PosternNetworkError('timeout')
  // A body that breaks off is a TypeError of fetch, which ky leaves as it is.
  if (isKyError(error) || error instanceof TypeError) return new PosternNetworkError('connection')
  return error
}

function parseJson(status: number, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PosternError(status, undefined)
  }
}

function toProblem(body: unknown): Problem | undefined {
  const isOurs = typeof body === 'object' && body !== null && 'code' in body && 'detail' in body
  return isOurs ? (body as Problem) : undefined
}

function retryAfterOf({ headers }: Response): number | undefined {
  const header = headers.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(header) ? Number(header) : undefined
}
