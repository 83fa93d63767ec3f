import { z } from 'zod'
import type { CheckRequest, SendRequest } from './types.ts'

/** What differs between 8x8's two API versions. Pure: no variant of it sends anything. */
export type Wire = {
  /** Relative to the base URL, without a leading slash, segments encoded. */
  readonly sendPath: (subAccountId: string) => string
  readonly sendBody: (request: SendRequest) => Record<string, unknown>
  /** Like `sendPath`; the code is not in it. */
  readonly checkPath: (subAccountId: string, request: CheckRequest) => string
  /** Reads the JSON of a 200. Undefined when it has no status; else whatever is malformed is left out. */
  readonly parseSession: (json: unknown) => Session | undefined
}

/** What 8x8 says about a session, still in its own status words. */
export type Session = {
  readonly status: string
  readonly challenge: string | undefined
  /** The numbers the answer names, in digits; a malformed one is an empty string, which is nobody's. */
  readonly phones: readonly string[]
  readonly attempt: number | undefined
  readonly expiresAt: string | undefined
}

/** A session id that can stand in a path: `.` and `..` would name another resource. */
export const challenge = z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,128}$/)

/** The members of an answer that both versions share, and the shapes of the rest. */
export const shapes = {
  challenge: challenge.optional().catch(undefined),
  status: z.string(),
  phone: z.union([z.string(), z.number()]).nullish().transform(toDigits).catch(''),
  attempt: z.int().min(0).max(255).optional().catch(undefined),
  /** `2025-12-18T05:59:54.09Z` or `2025-12-18T14:05:00.1254323+00:00`; normalised to milliseconds and `Z`. */
  instant: z.iso.datetime({ offset: true }).transform(toInstant).optional().catch(undefined),
}

/** The digits of an E.164 number, which 8x8 writes with `+`, without it, or as a JSON number. */
export function toDigits(phone: string | number | null | undefined): string | undefined {
  if (phone === null || phone === undefined) return undefined
  return /^\+?(\d{1,15})$/.exec(String(phone))?.[1] ?? ''
}

function toInstant(text: string): string {
  return new Date(text).toISOString()
}
