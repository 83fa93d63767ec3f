import { errorCodeOf, retryAfterSecondsOf, type Answer } from './answer.ts'
import type { CheckOutcome, NotDone, SendOutcome, Unknown } from './types.ts'

/** The request was never written to a connection, so 8x8 has certainly not acted on it. `cause` says why. */
export class NotSentError extends Error {
  override name = 'NotSentError'
}

/** The time was up, or the caller lost interest, after the request was written. */
export class GivenUpError extends Error {
  override name = 'GivenUpError'
}

/** An answer began to arrive and cannot be read. Does not mean that 8x8 did not act. */
export class UnreadableError extends Error {
  override name = 'UnreadableError'
}

/**
 * What a failed exchange means. Certain is only what our transport saw (nothing written), not what an error
 * code suggests: `EHOSTUNREACH` also comes on a connection that has carried the code. In doubt: unknown.
 */
export function toFailure(error: unknown): NotDone | Unknown<'timeout' | 'reset' | 'unreadable'> {
  const chain = chainOf(error)
  if (chain.some((link) => link instanceof NotSentError))
    return { outcome: 'not_done', cause: whyNotSent(chain) }
  if (chain.some((link) => link instanceof GivenUpError)) return { outcome: 'unknown', cause: 'timeout' }
  if (chain.some((link) => link instanceof UnreadableError || codeOf(link).startsWith('HPE_'))) {
    return { outcome: 'unknown', cause: 'unreadable' }
  }
  return { outcome: 'unknown', cause: 'reset' }
}

/** What an answer to a send other than 200 means (8x8 facts page, "Errors"). */
export function toSendFailure(answer: Answer, now: Date): SendOutcome {
  const { status } = answer
  const code = errorCodeOf(answer)
  if (status === 429) return toRateLimited(answer, now)
  if (!isRefusal(status)) return toDoubt(status)
  if (code === 1400) return { outcome: 'too_early' }
  if (status === 403 && code !== 1201) return { outcome: 'too_early', codeClass: classOf(code) }
  if (status === 401 || status === 403) return { outcome: 'refused', refusal: 'credentials' }
  if (status === 426) return { outcome: 'refused', refusal: 'tls' }
  if (code === 1002) return { outcome: 'refused', refusal: 'phone' }
  // The path of a send names nothing but the sub-account, so 404 is about that.
  if (code === 1001 || status === 404) return { outcome: 'refused', refusal: 'account' }
  return { outcome: 'refused', refusal: 'parameter' }
}

/** What an answer to a check other than 200 means (8x8 facts page, "Errors"). */
export function toCheckFailure(answer: Answer, now: Date): CheckOutcome {
  const { status } = answer
  if (status === 429) return toRateLimited(answer, now)
  if (!isRefusal(status)) return toDoubt(status)
  if (status === 401 || status === 403) return { outcome: 'unauthorized' }
  if (status === 404) return { outcome: 'gone' }
  if (status === 426) return { outcome: 'refused', refusal: 'tls' }
  return { outcome: 'refused', refusal: errorCodeOf(answer) === 1001 ? 'account' : 'parameter' }
}

/** 408 is not one: a gateway may say it while 8x8 is still at work. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408
}

/** Neither a 2xx other than 200 nor a 3xx says that nothing was done (303 says the contrary). */
function toDoubt(status: number): Unknown<'timeout' | 'server_error' | 'unreadable'> {
  if (status === 408) return { outcome: 'unknown', cause: 'timeout' }
  return { outcome: 'unknown', cause: status >= 500 ? 'server_error' : 'unreadable' }
}

function toRateLimited(answer: Answer, now: Date): NotDone {
  const retryAfterSeconds = retryAfterSecondsOf(answer, now)
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  return { outcome: 'not_done', cause: 'rate_limited', ...wait }
}

/** A number of 8x8's may be anything; its class is one of a few words. */
function classOf(code: number | undefined): string {
  if (code === undefined) return 'none'
  return code >= 1000 && code < 3000 ? `${Math.floor(code / 100)}xx` : 'other'
}

function whyNotSent(chain: readonly Error[]): 'dns' | 'tls' | 'connect' {
  const codes = chain.map(codeOf)
  if (codes.some((code) => dnsCode.test(code))) return 'dns'
  return codes.some((code) => tlsCode.test(code)) ? 'tls' : 'connect'
}

const dnsCode = /^(ENOTFOUND|EAI_[A-Z]+)$/
/** Node's own, OpenSSL's, and the results of verifying a certificate (Node docs, "X509 certificate error codes"). */
const tlsCode = new RegExp(
  '^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|ERROR_IN_CERT_|ERROR_IN_CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_' +
    '|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$)',
)

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** An error, its causes, and those of every address that was tried (AggregateError). */
function chainOf(error: unknown, depth = 0): readonly Error[] {
  if (!(error instanceof Error) || depth > 8) return []
  const tried: readonly unknown[] = error instanceof AggregateError ? error.errors : []
  return [error, ...[error.cause, ...tried].flatMap((next) => chainOf(next, depth + 1))]
}
