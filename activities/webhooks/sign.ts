/** The three headers of Standard Webhooks, by its own library. */
import { Webhook } from 'standardwebhooks'

/**
 * @param secrets each signs; the new one first while they are rotated (WHO-4)
 * @param at of this attempt, milliseconds since the epoch
 * @param body exactly the text that is sent (WHO-5)
 */
export function sign(
  secrets: readonly string[],
  eventId: string,
  at: number,
  body: string,
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(eventId, new Date(at), body))
  return {
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': signatures.join(' '),
  }
}
