/** What forms send, and what they are made with. */
import { randomBytes } from 'node:crypto'
import type { DemoContext } from './context.ts'

/** What a form sent, by name; what is absent, or a file, is an empty text. */
export async function readForm(c: DemoContext): Promise<(name: string) => string> {
  const fields: Readonly<Record<string, unknown>> = await c.req.parseBody().catch(() => ({}))
  return function field(name) {
    const value = fields[name]
    return typeof value === 'string' ? value : ''
  }
}

/** Goes into a form, and with it to Postern as the Idempotency-Key: a form that is sent twice is one message. */
export const newAttempt = () => randomBytes(16).toString('base64url')

/** As the form had it; a new one in the place of anything else. */
export function toAttempt(written: string): string {
  return /^[\w-]{22}$/.test(written) ? written : newAttempt()
}

/** `1 second`, `12 minutes`, `3 hours`; rather too long than too short. */
export function inWords(seconds: number): string {
  if (seconds < 90) return counted(seconds, 'second')
  const minutes = Math.ceil(seconds / 60)
  return minutes < 90 ? counted(minutes, 'minute') : counted(Math.ceil(minutes / 60), 'hour')
}

const counted = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`
