/** The remote codec protocol on the wire: Temporal's payloads as protobuf's JSON writes them. */
import type { Payload } from '@temporalio/common'
import { z } from 'zod'

/** More than any page of the Temporal UI or answer of the server holds. */
export const MOST_PAYLOADS = 4096

/** Buffer passes over what is no base64, and would open something else than what was sent. */
const bytes = z.string().refine((text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text))

const payload = z.strictObject({
  metadata: z.record(z.string(), bytes).optional(),
  data: bytes.optional(),
})

/** The Temporal CLI leaves an empty list out. */
export const payloadsSchema = z.strictObject({ payloads: z.array(payload).max(MOST_PAYLOADS).default([]) })

export type WirePayload = z.infer<typeof payload>

export function toPayload({ metadata = {}, data = '' }: WirePayload): Payload {
  const decoded = Object.entries(metadata).map(([name, text]) => [name, Buffer.from(text, 'base64')])
  return {
    metadata: Object.fromEntries(decoded) as Record<string, Buffer>,
    data: Buffer.from(data, 'base64'),
  }
}

export function toWire({ metadata, data }: Payload): WirePayload {
  const encoded = Object.entries(metadata ?? {}).map(([name, value]) => [name, toBase64(value)])
  return {
    metadata: Object.fromEntries(encoded) as Record<string, string>,
    data: toBase64(data ?? new Uint8Array()),
  }
}

const toBase64 = (value: Uint8Array) => Buffer.from(value).toString('base64')
