/** What is announced to whom, and what a message says. */
import { MockActivityEnvironment } from '@temporalio/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { announceEvents } from '../../activities/announce-events.ts'
import { webhookEvent } from '../../activities/webhooks/event-schema.ts'
import { fold, type LoginEventType } from '../../domain/login.ts'
import {
  deliveryScheduleMs,
  missingEnd,
  toWebhookEvent,
  waitBefore,
  type Delivery,
  type AppEndpoint,
} from '../../domain/webhook.ts'
import { aLogin, everyEvent } from '../domain/webhooks.ts'
import { newSecret } from './harness.ts'

function anEndpoint(id: string, events?: readonly LoginEventType[]): AppEndpoint {
  const all = {
    id,
    app: 'acme',
    url: 'https://hooks.example.com',
    secrets: [newSecret()] as const,
    concurrency: 1,
  }
  return events === undefined ? all : { ...all, events }
}

async function announced(endpoints: readonly AppEndpoint[], names: readonly string[]) {
  const started: Delivery[] = []
  const startDelivery = (delivery: Delivery) => Promise.resolve(void started.push(delivery))
  const announce = announceEvents({ endpoints: () => endpoints, startDelivery })
  await new MockActivityEnvironment().run(announce, {
    workflowId: 'login:acme:hash',
    runId: 'a-run',
    app: 'acme',
    login: aLogin(),
    events: everyEvent(),
    endpoints: names,
  })
  return started
}

test('each endpoint gets what its filter wants, under the event’s own id', async () => {
  const some = anEndpoint('some', ['login.verified', 'login.failed'])
  const started = await announced([anEndpoint('all'), some], ['all', 'some'])
  const ids = everyEvent().map(({ id }) => id)
  const of = (name: string) => started.filter(({ endpointId }) => endpointId === name)
  expect(of('all').map(({ eventId }) => eventId)).toEqual(ids)
  expect(of('some').map(({ event }) => event.type)).toEqual(['login.verified', 'login.failed'])
  expect(of('some').map(({ eventId }) => eventId)).toEqual([ids[7], ids[8]])
})

test('an endpoint gets the events of its own app only, whatever a login names', async () => {
  const [own, others] = [anEndpoint('own'), { ...anEndpoint('theirs'), app: 'another' }]
  const started = await announced([own, others], ['own', 'theirs'])
  expect(new Set(started.map(({ endpointId }) => endpointId))).toEqual(new Set(['own']))
  expect(new Set(started.map(({ app }) => app))).toEqual(new Set(['acme']))
})

test('an endpoint that is not of this login gets nothing, and of a login without endpoints nobody does', async () => {
  const started = await announced([anEndpoint('own'), anEndpoint('later')], ['own'])
  expect(new Set(started.map(({ endpointId }) => endpointId))).toEqual(new Set(['own']))
  expect(await announced([anEndpoint('own')], [])).toEqual([])
})

test('an endpoint of the login that is not known here, not yet or no longer, gets a delivery of each event all the same', async () => {
  const started = await announced([anEndpoint('known')], ['known', 'unknown'])
  const of = (name: string) => started.filter(({ endpointId }) => endpointId === name)
  expect(of('unknown')).toEqual(of('known').map((delivery) => ({ ...delivery, endpointId: 'unknown' })))
  expect(of('unknown')).toHaveLength(everyEvent().length)
})

test('when Temporal does not take a delivery the announcement fails so that it is repeated, without a word of why', async () => {
  const announce = announceEvents({
    endpoints: () => [anEndpoint('all')],
    startDelivery: () => Promise.reject(new Error('+6591234567')),
  })
  const input = { workflowId: 'w', runId: 'r', app: 'acme', login: aLogin(), endpoints: ['all'] }
  await expect(
    new MockActivityEnvironment().run(announce, { ...input, events: everyEvent() }),
  ).rejects.toMatchObject({
    type: 'not-done',
    nonRetryable: false,
    message: 'Temporal did not take every delivery',
    cause: undefined,
  })
})

test.each(everyEvent())('$type is told within its schema, and in less than 20 KB', (event) => {
  const login = aLogin({ userId: '\u{10ffff}'.repeat(2000), brand: 'x'.repeat(30) })
  const body = toWebhookEvent(event, login, 'a'.repeat(64))
  expect(webhookEvent.parse(body)).toEqual(body)
  expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(20_000)
})

test('WHO-14: a body with a code, a token, a whole number or anything that the schema does not name is not sent', () => {
  const [event] = everyEvent()
  if (event === undefined) throw new Error('there is no event')
  const body = toWebhookEvent(event, aLogin(), 'acme')
  for (const more of [{ code: '123456' }, { clientToken: 'lt_x' }, { phone: '+6591234567' }]) {
    expect(webhookEvent.safeParse({ ...body, data: { ...body.data, ...more } }).success).toBe(false)
  }
})

test('WHO-7: the schedule is ten attempts in 75 hours, 35 minutes and 5 seconds, as Standard Webhooks has it', () => {
  const [second, minute, hour] = [1000, 60_000, 3_600_000]
  const waits = [5 * minute, 30 * minute, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour)]
  expect(deliveryScheduleMs).toEqual([0, 5 * second, ...waits])
  const total = deliveryScheduleMs.reduce((sum, ms) => sum + ms, 0)
  expect(total).toBe(75 * hour + 35 * minute + 5 * second)
})

test('WHO-7: whatever the dice say, ten attempts take between 68 and 83.2 hours', () => {
  const total = (dice: number) => deliveryScheduleMs.reduce((sum, ms) => sum + waitBefore(ms, 0, dice), 0)
  expect([total(0), total(0.5), total(0.999_999)].map((ms) => Math.round(ms / 360_000) / 10)).toEqual([
    68, 75.6, 83.1,
  ])
})

test('a wait is the scheduled one, a tenth more or less, unless the receiver asks for more, up to a day', () => {
  const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(
      fc.constantFrom(...deliveryScheduleMs),
      fc.nat(10_000_000),
      dice,
      (scheduled, asked, thrown) => {
        const wait = waitBefore(scheduled, asked, thrown)
        expect(wait).toBeGreaterThanOrEqual(
          Math.max(Math.floor(scheduled * 0.9), Math.min(asked, 86_400) * 1000),
        )
        expect(wait).toBeLessThanOrEqual(Math.max(Math.ceil(scheduled * 1.1), Math.min(asked, 86_400) * 1000))
      },
    ),
  )
})

test('the end that a login could not record is its next event, the same whoever makes it', () => {
  const events = everyEvent('lg_abc').slice(0, 3)
  const end = missingEnd('lg_abc', events, 'terminated', Date.UTC(2030, 0, 1))
  expect(end).toMatchObject({ id: 'evt_abc_4', sequence: 4, type: 'login.failed' })
  expect(fold('lg_abc', [...events, end])).toMatchObject({ status: 'failed', reason: 'operator' })
  const late = missingEnd('lg_abc', events, 'timed_out', Date.UTC(2030, 0, 2))
  expect(late).toMatchObject({ id: end.id, type: 'login.expired', data: { reason: 'deadline' } })
})
