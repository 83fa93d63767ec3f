import { z } from 'zod'

/** An HTTP answer of 8x8, whole: all that outcomes are made of. */
export type Answer = {
  readonly status: number
  readonly text: string
  /** The `Retry-After` header, or null. */
  readonly retryAfter: string | null
}

/** What the body of an answer ≥ 400 may tell; nothing of it is required (8x8 facts page, "Errors"). */
export function errorCodeOf(answer: Answer): number | undefined {
  return errorBody.safeParse(parseJson(answer.text)).data?.code
}

/** How long 8x8 asks us to wait: the header, else the body's `retryAfter`; absent when neither is a time. */
export function retryAfterSecondsOf(answer: Answer, now: Date): number | undefined {
  const inBody = errorBody.safeParse(parseJson(answer.text)).data?.retryAfter
  return toSeconds(answer.retryAfter, now) ?? toSeconds(inBody, now)
}

/** `undefined` when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const errorBody = z.object({
  code: z.number().optional().catch(undefined),
  retryAfter: z.unknown().optional(),
})

/** Whole seconds from a number, its digits, or an HTTP-date (RFC 9110, section 10.2.3). */
function toSeconds(value: unknown, now: Date): number | undefined {
  if (typeof value === 'number') return value < 0 ? undefined : toSafeInteger(value)
  if (typeof value !== 'string') return undefined
  if (/^\d+$/.test(value)) return toSafeInteger(Number(value))
  // `Date.parse` alone would read a date into "-1".
  if (!httpDate.test(value)) return undefined
  return toSafeInteger(Math.max(0, (Date.parse(value) - now.getTime()) / 1000))
}

function toSafeInteger(seconds: number): number | undefined {
  const whole = Math.ceil(seconds)
  return Number.isSafeInteger(whole) ? whole : undefined
}

const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
