/** How values of the environment are read. No message ever repeats the value. */
import { z } from 'zod'
import { parseKeyRing } from '../codec/key-ring.ts'

/** Something is wrong with the settings; `problems` names each variable and what it takes. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

export const integer = (least: number, most: number, standard: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `a whole number from ${least} to ${most}`)
    .default(standard)

export const url = z.string().refine((text) => {
  const parsed = URL.parse(text)
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username + parsed.password === ''
}, 'an http or https URL without credentials')

const KEY_32 = 'base64 of at least 32 random bytes: openssl rand -base64 32'
/** Either alphabet, padded or not. Buffer passes over what is no base64, and would make a weaker key of it. */
export const key32 = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]+={0,2}$/, KEY_32)
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((bytes) => bytes.length >= 32, KEY_32)

const RING =
  'id:base64 of 32 random bytes, with commas between; ids are 1 to 32 of A-Z a-z 0-9 _ -, each once'
export const keyRing = z.string().transform((text, context) => {
  const ring = parseKeyRing(text)
  if (ring === undefined) context.addIssue({ code: 'custom', message: RING })
  return ring ?? z.NEVER
})

export function toProblem({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')} must be ${message.replace(/^Invalid (option|input): expected /, '')}`
}
