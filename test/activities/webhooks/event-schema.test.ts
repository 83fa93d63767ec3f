/** What logins record is what receivers are sent: the events of every recorded login fit the body of a message. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { webhookEvent } from '../../../activities/webhooks/event-schema.ts'
import { elementsOf, objectAt, parseJson } from '../../../bin/replay/json.ts'
import { toWebhookEvent } from '../../../domain/webhook.ts'
import type { LoginRecord } from '../../../workflows/messages.ts'

const folder = new URL('../../workflows/histories/', import.meta.url)

function recordOf(name: string): LoginRecord | undefined {
  const events = elementsOf(objectAt(parseJson(readFileSync(new URL(name, folder), 'utf8'))).events)
  const result = objectAt(events.at(-1), 'workflowExecutionCompletedEventAttributes', 'result')
  const record = objectAt(elementsOf(result.payloads)[0], 'data')
  return 'events' in record ? (record as unknown as LoginRecord) : undefined
}

const recorded = readdirSync(folder).flatMap((name) => {
  const record = recordOf(name)
  return record === undefined ? [] : [{ name, record }]
})

test.each(recorded)('all events of $name can be sent', ({ record: { login, events } }) => {
  const unsendable = events.filter(
    (event) => !webhookEvent.safeParse(toWebhookEvent(event, login, 'acme')).success,
  )
  expect(unsendable).toEqual([])
})

test('every type of event is among them', () => {
  const types = new Set(recorded.flatMap(({ record }) => record.events.map(({ type }) => type)))
  const all = webhookEvent.options.map(({ shape }) => shape.type.value)
  expect(all.filter((type) => type !== 'webhook.test' && !types.has(type))).toEqual([])
})
