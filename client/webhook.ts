import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { PosternProofError } from './errors.ts'
import type { WebhookEvent } from './types.ts'

/** As `fetch` has them, or as Node's `http` and what is built on it do. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Proves that Postern sent this message in the last five minutes (Standard Webhooks).
 *
 * A message may come twice: `webhook-id` is what to remember.
 *
 * @param payload the body as it came, byte for byte; what was parsed and written again has another signature
 * @param secret `whsec_…`; while it is rotated both, in any order
 * @throws PosternProofError `invalid`
 */
export function verifyWebhook(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | readonly string[],
): WebhookEvent {
  const text = typeof payload === 'string' ? payload : new TextDecoder().decode(payload)
  const given = {
    'webhook-id': headerOf(headers, 'webhook-id'),
    'webhook-timestamp': headerOf(headers, 'webhook-timestamp'),
    'webhook-signature': headerOf(headers, 'webhook-signature'),
  }
  const secrets = typeof secret === 'string' ? [secret] : secret
  const verifiers = secrets.map((each) => new Webhook(each))
  if (!verifiers.some((verifier) => isSigned(verifier, text, given))) {
    throw new PosternProofError('invalid', 'This webhook is not signed with your secret, or it is too old.')
  }
  return JSON.parse(text) as WebhookEvent
}

function isSigned(verifier: Webhook, text: string, headers: Record<string, string>): boolean {
  try {
    verifier.verify(text, headers, { jsonParse: false })
    return true
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false
    throw error
  }
}

function headerOf(headers: WebhookHeaders, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? ''
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof value === 'string' ? value : (value?.[0] ?? '')
}
