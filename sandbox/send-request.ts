import { z } from 'zod'
import type { Version } from './answers.ts'
import { callingCode } from './calling-codes.ts'
import type { Behaviour } from './options.ts'
import { toPhone } from './phone.ts'
import { refusals, type Refusal } from './refusals.ts'
import { codeTypes, type CodeType } from './verification-code.ts'

/** 8x8's channels [D]. */
export const channels = ['sms', 'call', 'whatsapp', 'viber', 'sma'] as const
export type Channel = (typeof channels)[number]

/** A send of either generation, valid and with 8x8's defaults filled in; durations in seconds. */
export type SendRequest = {
  /** E.164. */
  readonly phone: string
  readonly channel: Channel
  readonly brand: string | null
  readonly codeLength: number
  readonly codeValidity: number
  readonly codeType: CodeType
  /** `undefined`: 8x8's own text. */
  readonly template: string | undefined
  readonly language: string | null
  readonly reset: boolean | undefined
  readonly resendingInterval: number
  /** How often a call says the code, 1–3. */
  readonly repetition: number
  /** Who is told what becomes of the message; http or https. */
  readonly callbackUrl: string | undefined
}

/** Reads a request body; the first field at fault decides the refusal. Members nobody documents are ignored. */
export function parseSendRequest(
  version: Version,
  body: unknown,
  settings: { behaviour: Behaviour; templates: Readonly<Record<string, string>> },
): { ok: true; request: SendRequest } | { ok: false; refusal: Refusal } {
  const parsed = version === 'v2' ? v2Body.safeParse(body) : v1Body.safeParse(body)
  if (!parsed.success) return refuse(parsed.error.issues[0]?.path[0])
  const it = parsed.data
  const { minimums } = settings.behaviour
  if (it.codeValidity < minimums.codeValidity) return refuse('codeValidity')
  if (it.resendingInterval < minimums.resendingInterval) return refuse('resendingInterval')
  const phone = toPhone(it.destination, it.country)
  if (phone === undefined) return refuse('destination')
  const template = it.templateKey === undefined ? it.template : settings.templates[it.templateKey]
  if (it.templateKey !== undefined && template === undefined) return refuse('templateKey')
  return {
    ok: true,
    request: { ...it, phone, template, codeLength: it.codeLength ?? settings.behaviour.v1CodeLength },
  }
}

/** The number a body speaks of, also when the rest of the body is wrong. */
export function phoneOf(body: unknown): string | undefined {
  const parsed = addressed.safeParse(body)
  return parsed.success ? toPhone(parsed.data.destination, parsed.data.country) : undefined
}

const addressed = z.object({ destination: z.string(), country: z.string().optional().catch(undefined) })
const template = z.string().refine((text) => text.includes('{code}'))
const common = z.object({
  destination: z.string(),
  country: z
    .string()
    .refine((country) => callingCode(country) !== undefined)
    .optional(),
  codeLength: z.int().min(3).max(10).optional(),
  codeValidity: z.int().min(1).max(7200).default(300),
  codeType: z.enum(codeTypes).default('NUMERIC'),
  templateKey: z.string().optional(),
  // Case-sensitive: en-US, not en-us.
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$/)
    .optional(),
  resendingInterval: z.int().min(1).max(7200).default(10),
})

const v2Body = common
  .extend({
    channel: z.enum(channels).default('sms'),
    brand: z.string().max(30).optional(),
    codeLength: z.int().min(3).max(10).default(4),
    template: template.optional(),
    resetSession: z.boolean().optional(),
    callbackUrl: z.url({ protocol: /^https?$/ }).optional(),
    sms: z
      .object({
        source: z
          .string()
          .regex(/^([A-Za-z0-9 ]{1,11}|\d{1,16})$/)
          .optional(),
        encoding: z.enum(['AUTO', 'GSM7', 'UCS2']).optional(),
      })
      .optional(),
    call: z
      .object({
        source: z.string().optional(),
        speed: z.number().min(0.5).max(2).optional(),
        repetition: z.int().min(1).max(3).default(2),
        voiceProfile: z.string().max(50).optional(),
      })
      .optional(),
    whatsapp: z.object({ templateName: z.string().min(1) }).optional(),
    clientIp: z.union([z.ipv4(), z.ipv6()]).optional(),
  })
  .refine((body) => body.channel !== 'whatsapp' || body.whatsapp !== undefined, { path: ['whatsapp'] })
  .transform((body) => ({
    ...body,
    brand: body.brand ?? null,
    language: body.language ?? (body.channel === 'call' ? 'en-US' : null),
    reset: body.resetSession,
    callbackUrl: body.callbackUrl,
    repetition: body.call?.repetition ?? 2,
  }))

// Beyond `createNew` and `productName` these v1 fields, and the template as an object, are seen in published clients only.
const v1Body = common
  .extend({
    productName: z.string().optional(),
    createNew: z.boolean().optional(),
    template: z.union([template, z.object({ text: template }).transform(({ text }) => text)]).optional(),
  })
  .transform((body) => ({
    ...body,
    channel: 'sms' as const,
    brand: body.productName ?? null,
    language: body.language ?? null,
    reset: body.createNew,
    repetition: 2,
    callbackUrl: undefined,
  }))

/** 8x8 names the numbers 1003–1010 and 1012 but not which field is which: this assignment is ours. */
const fieldCodes: Readonly<Record<string, number>> = {
  country: 1003,
  brand: 1004,
  productName: 1004,
  codeLength: 1005,
  codeValidity: 1006,
  codeType: 1007,
  template: 1008,
  templateKey: 1008,
  language: 1009,
  resendingInterval: 1010,
  channel: 1012,
  sms: 1012,
  call: 1012,
  whatsapp: 1012,
}

function refuse(field: PropertyKey | undefined): { ok: false; refusal: Refusal } {
  if (field === undefined) return { ok: false, refusal: refusals.malformed }
  if (field === 'destination') return { ok: false, refusal: refusals.invalidPhone }
  const name = String(field)
  return {
    ok: false,
    refusal: { status: 400, code: fieldCodes[name] ?? 1000, message: `Invalid parameter: ${name}` },
  }
}
