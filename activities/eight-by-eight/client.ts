import ky from 'ky'
import type { Answer } from './answer.ts'
import { withBreakers, type BreakerSettings } from './breaker.ts'
import { toFailure } from './failure.ts'
import { toCheckOutcome, toSendOutcome } from './outcome.ts'
import { createTransport } from './transport.ts'
import type { EightByEight, OnStatus } from './types.ts'
import { v1 } from './v1.ts'
import { v2 } from './v2.ts'
import { challenge } from './wire.ts'

export { eightByEightBaseUrl } from './base-url.ts'

/**
 * Makes a client of an 8x8 sub-account, with a connection pool (64 connections at most) and breakers of its own.
 *
 * @throws Error when a setting is malformed; the message never repeats it.
 */
export function createEightByEight(settings: EightByEightSettings): EightByEight {
  assertSettings(settings)
  const { subAccountId, sendTimeoutMs = 10_000, checkTimeoutMs = 5_000, connectTimeoutMs = 2_000 } = settings
  const wire = settings.version === 'v1' ? v1 : v2
  const http = ky.create({
    prefix: settings.baseUrl,
    headers: {
      authorization: `Bearer ${settings.apiKey}`,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'postern',
    },
    fetch: createTransport({ connectTimeoutMs }),
    redirect: 'manual',
    retry: 0,
    throwHttpErrors: false,
    // Ours instead (see `exchange`): ky's says that time is up, but not whether anything had been written.
    timeout: false,
  })

  const eightByEight: EightByEight = {
    async send(request, onStatus) {
      const answer = await exchange(sendTimeoutMs, onStatus, (signal) =>
        http.post(wire.sendPath(subAccountId), { json: wire.sendBody(request), signal }),
      )
      return 'outcome' in answer ? answer : toSendOutcome(wire, request, answer, new Date())
    },

    async check(request, onStatus) {
      if (!challenge.safeParse(request.challenge).success) throw new Error('not a challenge that send() gave')
      const answer = await exchange(checkTimeoutMs, onStatus, (signal) =>
        http.get(wire.checkPath(subAccountId, request), {
          searchParams: new URLSearchParams({ code: request.code }),
          signal,
        }),
      )
      return 'outcome' in answer ? answer : toCheckOutcome(wire, request, answer, new Date())
    },
  }
  return withBreakers(eightByEight, settings.breaker)
}

export type EightByEightSettings = {
  /** `v2` is today's; `v1` is the contract of 8x8's article. */
  readonly version: 'v1' | 'v2'
  /** Such as `eightByEightBaseUrl` gives; http or https, may have a path. What is https stays https. */
  readonly baseUrl: string
  /** 3–50 of `[A-Za-z0-9._&-]` (8x8 facts page, "v2 request body"). */
  readonly subAccountId: string
  /** The Bearer token. */
  readonly apiKey: string
  /** For a whole send, its answer read. Default 10 000. */
  readonly sendTimeoutMs?: number
  /** For a whole check, its answer read. Default 5 000. */
  readonly checkTimeoutMs?: number
  /** For DNS, TCP and TLS together, within the above. Default 2 000. */
  readonly connectTimeoutMs?: number
  /** When calls stop, and who is told. */
  readonly breaker?: BreakerSettings
}

/** Runs one call within its time. Errors end here: theirs carry the URL, and with it the code. */
async function exchange(
  timeoutMs: number,
  onStatus: OnStatus | undefined,
  call: (signal: AbortSignal) => Promise<Response>,
): Promise<Answer | ReturnType<typeof toFailure>> {
  const limit = new AbortController()
  const timer = setTimeout(() => {
    limit.abort()
  }, timeoutMs)
  try {
    const response = await call(limit.signal)
    const text = await response.text()
    onStatus?.(response.status)
    return { status: response.status, text, retryAfter: response.headers.get('retry-after') }
  } catch (error) {
    return toFailure(error)
  } finally {
    clearTimeout(timer)
  }
}

/** Here, since what rejects them later (URL, Headers, Request) repeats them in its message. */
function assertSettings({ baseUrl, subAccountId, apiKey }: EightByEightSettings) {
  const url = URL.parse(baseUrl)
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (!isPlain || !/^https?:$/.test(url.protocol)) throw new Error('baseUrl is not a plain http or https URL')
  if (!/^[A-Za-z0-9._&-]{3,50}$/.test(subAccountId)) throw new Error('subAccountId is malformed')
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new Error('apiKey is empty or has characters a header cannot carry')
}
