/** What Postern tells of a user's logins becomes lines of the user's account. It never lets anybody in. */
import type { Handler } from 'hono'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { z } from 'zod'
import type { Store } from './store.ts'

export type WebhookDeps = {
  /** `whsec_…`; without one nothing can be proved, and every message is refused. */
  readonly secret: string | undefined
  readonly store: Pick<Store, 'accounts' | 'activity' | 'takeOnce'>
}

/** Postern tries for a little more than three days. */
const REMEMBERED_MS = 4 * 24 * 60 * 60_000

/**
 * 204 for all that Postern has signed in the last five minutes, what means nothing to this product included: another
 * answer would only bring it again. 401 for the rest.
 */
export function receiveWebhook({ secret, store }: WebhookDeps): Handler {
  const webhook = secret === undefined ? undefined : new Webhook(secret)

  return async function receive(c) {
    const headers = c.req.header()
    // The body as it came: what was parsed and written again has another signature.
    const message = verify(webhook, await c.req.text(), headers)
    if (message === undefined) return c.body(null, 401)

    const event = eventSchema.safeParse(message).data
    const account = store.accounts.byId(event?.data.userId ?? '')
    const id = headers['webhook-id'] ?? ''
    if (event !== undefined && account !== undefined) {
      const isFirst = store.takeOnce('webhook', id, Date.now() + REMEMBERED_MS)
      // Messages come in no promised order: `at` is when it happened, and the account's page goes by it.
      if (isFirst) store.activity.add(account.id, { at: event.timestamp, text: toText(event) })
    }
    return c.body(null, 204)
  }
}

function verify(webhook: Webhook | undefined, body: string, headers: Record<string, string>): unknown {
  try {
    return webhook?.verify(body, headers)
  } catch (error) {
    if (error instanceof WebhookVerificationError) return undefined
    throw error
  }
}

/** What is shown; `login.started` and `login.send_failed` tell a user nothing that another event does not. */
const eventSchema = z.object({
  type: z.enum([
    'login.code_sent',
    'login.delivered',
    'login.undelivered',
    'login.code_rejected',
    'login.verified',
    'login.failed',
    'login.expired',
    'login.canceled',
    'login.superseded',
  ]),
  timestamp: z.iso.datetime(),
  data: z.object({
    userId: z.string(),
    /** Masked. */
    phone: z.string(),
    purpose: z.enum(['login', 'enrolment']),
    channel: z.enum(['sms', 'call']),
  }),
})

function toText({ type, data: { phone, purpose, channel } }: z.infer<typeof eventSchema>): string {
  const attempt = purpose === 'login' ? 'sign in' : 'turn on two-factor login'
  switch (type) {
    case 'login.code_sent':
      return `A code to ${attempt} went out to ${phone} by ${channel === 'sms' ? 'SMS' : 'call'}.`
    case 'login.delivered':
      return `The code reached ${phone}.`
    case 'login.undelivered':
      return `The code may not have reached ${phone}.`
    case 'login.code_rejected':
      return `A wrong code was entered to ${attempt}.`
    case 'login.verified':
      return `The code sent to ${phone} was entered.`
    case 'login.failed':
      return `An attempt to ${attempt} failed.`
    case 'login.expired':
      return `An attempt to ${attempt} was not finished in time.`
    case 'login.canceled':
      return `An attempt to ${attempt} was given up.`
    case 'login.superseded':
      return `A newer attempt took the place of one to ${attempt}.`
  }
}
