/**
 * What is counted of logins and of deliveries. It leaves no event in any history, and a replay counts nothing; a
 * workflow task that Temporal asks for again counts again. Labels are closed lists: apps, countries, our own words.
 */
import { metricMeter } from '@temporalio/workflow'
import type { DeliveryAnswer, Delivery } from '../domain/webhook.ts'
import type { Login, LoginEvent } from '../domain/login.ts'

type Told = {
  readonly input: { readonly app: string }
  readonly events: readonly LoginEvent[]
  /** After the event. */
  readonly login: Login
}

export function countEvent({ input: { app }, events, login }: Told, event: LoginEvent): void {
  const { country, channel, purpose } = login
  const labels = { app, country, channel }
  switch (event.type) {
    case 'login.started':
      return count('postern_logins_started', 'Logins that began', { ...labels, purpose })
    case 'login.code_sent':
      return count('postern_codes_sent', 'Messages and calls with a code that 8x8 took', labels)
    case 'login.send_failed': {
      const { channel: tried, failure } = event.data
      return count('postern_sends_failed', 'Sends that brought no code', {
        ...labels,
        channel: tried,
        failure,
      })
    }
    case 'login.verified':
      metricMeter
        .createHistogram(
          'postern_time_to_verify',
          'float',
          'seconds',
          'From the newest message with a code to the verdict that it was right',
        )
        .record(secondsSinceSent(events, event.at), { country, channel })
      return countEnd(login, labels)
    case 'login.failed':
    case 'login.expired':
    case 'login.canceled':
    case 'login.superseded':
      return countEnd(login, labels)
    case 'login.delivered':
    case 'login.undelivered':
    case 'login.code_rejected':
    case 'login.check_failed':
      // Told by 8x8's receipts, which are not believed, and by `postern_8x8_calls`.
      return
  }
}

/**
 * `given_up`: after the last attempt of the schedule. `skipped`: there is no such endpoint now, or it is disabled. An
 * operator's test of an endpoint is no event, and is not counted.
 */
export function countDelivery({ app, endpointId, event }: Delivery, last: DeliveryAnswer): void {
  if (event.type === 'webhook.test') return
  const outcome = last.outcome === 'failed' ? 'given_up' : last.outcome
  count('postern_webhook_deliveries', 'Events whose delivery to a webhook endpoint has ended', {
    app,
    endpoint: endpointId,
    outcome,
  })
}

function countEnd({ status, reason }: Login, labels: Readonly<Record<string, string>>): void {
  count('postern_logins_ended', 'Logins that ended', { ...labels, status, reason: reason ?? 'none' })
}

function count(name: string, description: string, labels: Readonly<Record<string, string>>): void {
  metricMeter.createCounter(name, undefined, description).add(1, { ...labels })
}

function secondsSinceSent(events: readonly LoginEvent[], at: string): number {
  const sent = events.findLast(({ type }) => type === 'login.code_sent')
  return sent === undefined ? 0 : Math.max(0, Date.parse(at) - Date.parse(sent.at)) / 1000
}
