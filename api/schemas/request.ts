/** The parts that requests are made of. */
import { z } from '@hono/zod-openapi'

/**
 * A string of so many characters (code points), none of them a control character, a line separator or half of a
 * surrogate pair.
 */
export function text(least: number, most: number) {
  // Cc, Zl, Zp and Cs written out: many readers of JSON Schema know no \p{…}.
  const pattern = `^[^\\u0000-\\u001F\\u007F-\\u009F\\u2028\\u2029\\uD800-\\uDFFF]{${least},${most}}$`
  return z
    .string()
    .regex(new RegExp(pattern, 'u'), `Must be ${least} to ${most} characters without control characters.`)
    .openapi({ pattern, minLength: least, maxLength: most })
}

export const countrySchema = z
  .string()
  .regex(/^[A-Z]{2}$/, 'Must be ISO 3166-1 alpha-2 in upper case.')
  .openapi({ example: 'SG' })

/** A body that must be there. zod-openapi's own default lets a request without one pass unvalidated. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true as const, content: { 'application/json': { schema } } }
}

/** A body that may be left out, which is as good as `{}`; `takeJson('optional')` must stand before it. */
export function optionalJsonBody<S extends z.ZodType>(schema: S) {
  return { required: false as const, content: { 'application/json': { schema } } }
}

/** Any text: an id that names nothing is answered like another app's, with 404. */
export const loginIdParams = z.object({
  id: z.string().openapi({ description: 'The id of a login of yours.', example: 'lg_nq1Zr0V4…' }),
})

const KEY_PATTERN = '^[\\x20-\\x7E]{1,255}$'

export const idempotencyKey = {
  'Idempotency-Key': z
    .string()
    .regex(new RegExp(KEY_PATTERN), 'Must be 1 to 255 printable ASCII characters.')
    .optional()
    .openapi({
      pattern: KEY_PATTERN,
      description:
        'A repeated request with this key gets the answer of the first, for 24 hours; with another body, 422.',
    }),
}

/** Read by `parsePrefer`; whatever it does not know is ignored, so every text is right. */
export const prefer = (what: string) => ({
  Prefer: z
    .string()
    .optional()
    .openapi({ description: `RFC 7240. ${what}`, example: 'wait=10' }),
})

/** Drops the members that are undefined: zod's types have them, the gateway's have not. */
export function present<T extends object>(members: T): Present<T>
export function present(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
