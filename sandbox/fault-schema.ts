import { z } from 'zod'
import type { Fault, FaultScript } from './faults.ts'
import { channels } from './send-request.ts'

const status = {
  status: z.int().min(200).max(599),
  code: z.int().exactOptional(),
  headers: z.record(z.string().regex(/^[\w-]+$/), z.string()).exactOptional(),
  body: z.unknown().optional(),
}
const fault: z.ZodType<Fault> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('status'), ...status }),
  z.strictObject({ kind: z.literal('status-after'), ...status }),
  z.strictObject({ kind: z.literal('hang') }),
  z.strictObject({ kind: z.literal('hang-after') }),
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0).max(600_000) }),
  z.strictObject({ kind: z.literal('drop') }),
  z.strictObject({ kind: z.literal('drop-after') }),
  z.strictObject({ kind: z.literal('truncate') }),
  z.strictObject({ kind: z.literal('html'), processed: z.boolean().exactOptional() }),
  z.strictObject({ kind: z.literal('empty-object'), processed: z.boolean().exactOptional() }),
  z.strictObject({ kind: z.literal('merge'), members: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    kind: z.literal('undelivered'),
    channels: z.array(z.enum(channels)).exactOptional(),
  }),
])

/** The body of `POST /sandbox/faults`. */
export const faultScriptSchema: z.ZodType<FaultScript> = z.strictObject({
  operation: z.enum(['send', 'check', 'read']),
  phone: z
    .string()
    .regex(/^\+[1-9]\d{7,14}$/)
    .exactOptional(),
  times: z.union([z.int().min(1), z.literal('always')]).exactOptional(),
  fault,
})
