/** How values of the environment are read. No message ever repeats the value. */
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { eventTypes } from '../../domain/webhook.ts'
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

/** The variables that are set: an empty one counts as one that is not. */
export function givenVariables(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const set = Object.entries(env).flatMap(([name, value]) => (value ? [[name, value] as const] : []))
  return Object.fromEntries(set)
}

/** Its metadata has the `range`, for whoever tells people of it. */
export const integer = (least: number, most: number, standard: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `a whole number from ${least} to ${most}`)
    .default(standard)
    .meta({ range: `${least} to ${most}` })

/** Its metadata has the `range`. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'a port, 1 to 65535')
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535, 'a port, 1 to 65535')
  .meta({ range: '1 to 65535' })

/** Of a header. What came along with it, a line end above all, would be sent with it or make it impossible to send. */
export const token = z.string().regex(/^[\x21-\x7E]+$/, 'visible ASCII characters, without spaces')
export const headerValue = z
  .string()
  .regex(/^[\x21-\x7E]+( +[\x21-\x7E]+)*$/, 'visible ASCII characters, with spaces between them only')

export const url = z.string().refine((text) => {
  const parsed = URL.parse(text)
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username + parsed.password === ''
}, 'an http or https URL without credentials')

/** What paths are put behind. URL.parse passes over a space or a line end at its end, and there they are in the middle. */
export const baseUrl = url.regex(/^[^\s?#]*$/, 'without spaces, query and fragment')

export const storeUrl = z
  .string()
  .refine((text) => /^rediss?:\/\//.test(text) && URL.canParse(text), 'a redis or rediss URL')
  .refine(hasDecodableCredentials, 'percent-encoded in its user and password')

function hasDecodableCredentials(text: string): boolean {
  const { username = '', password = '' } = URL.parse(text) ?? {}
  try {
    for (const part of [username, password]) decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

/** As browsers write it in `Origin`: scheme, host, and the port unless it is the scheme's. */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text
}

export const ORIGIN = 'an origin as browsers write it: https://shop.example'
/** Of `@domain #code`; no scheme, no port. */
export const DOMAIN = /^(?=.{1,100}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/
export const DOMAIN_SAID = 'a domain name in lower case: shop.example'

export const SUB_ACCOUNT = /^[A-Za-z0-9\-._&]{3,50}$/
export const SUB_ACCOUNT_SAID = '3 to 50 of A-Z a-z 0-9 - . _ &'

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

const LIST = (what: string) => `${what}, with commas between`
const list = (text: string) => text.split(',').map((part) => part.trim())

export const origins = z
  .string()
  .transform(list)
  .refine((parts) => parts.every(isOrigin), LIST('origins such as https://shop.example'))

/** Addresses and ranges, `10.0.0.0/8,2001:db8::1`. */
export const addresses = z
  .string()
  .transform(list)
  .refine((parts) => parts.every(isAddressRange), LIST('IP addresses or CIDR ranges'))

function isAddressRange(text: string): boolean {
  if (!text.includes('/')) return ipaddr.isValid(text)
  if (!ipaddr.isValidCIDR(text)) return false
  const [network] = ipaddr.parseCIDR(text)
  // Callers are told as IPv4 where they are: such a range would never match one.
  return !(network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress())
}

const SECRETS = 'whsec_ and base64 of 24 to 64 random bytes; during a rotation two, with a comma between'
/** One secret, or two while they are rotated, as Standard Webhooks writes them. */
export const webhookSecrets = z.string().transform((text, context) => {
  const [first, second, ...more] = list(text)
  const secrets = [first, second].filter((secret) => secret !== undefined)
  if (first === undefined || more.length > 0 || !secrets.every(isWebhookSecret)) {
    context.addIssue({ code: 'custom', message: SECRETS })
    return z.NEVER
  }
  return second === undefined ? ([first] as const) : ([first, second] as const)
})

export function isWebhookSecret(text: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? []
  const { length } = Buffer.from(base64, 'base64')
  return length >= 24 && length <= 64
}

export const webhookEvents = z
  .string()
  .transform(list)
  .pipe(z.array(z.enum(eventTypes, LIST('event types such as login.verified'))))

export function toProblem({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')} must be ${message.replace(/^Invalid (option|input): expected /, '')}`
}
