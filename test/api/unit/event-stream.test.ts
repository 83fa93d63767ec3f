/** The format of an event stream, and what becomes of one that nobody reads. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeEvent, encodeRetry, HEARTBEAT } from '../../../api/event-stream/encode.ts'
import { createEventStreams } from '../../../api/event-stream/streams.ts'
import type { Following } from '../../../api/gateway.ts'
import type { LoginEvent } from '../../../domain/login.ts'
import { createDecoder } from '../../support/event-stream.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\r', '\n', '\0', '\u2028', ':', ' ', 'data: ', 'id: x', '\uD800') }),
)

const anyEvent = fc
  .record({ brand: anyText, userId: anyText, sequence: fc.nat() })
  .map(({ brand, userId, sequence }): LoginEvent => ({
    id: `evt_${'a'.repeat(40)}_${sequence}`,
    sequence,
    type: 'login.started',
    at: '2026-01-01T00:00:00.000Z',
    data: {
      phone: '+••••••••67',
      country: 'SG',
      channel: 'sms',
      brand,
      userId,
      purpose: 'login',
      attemptsLeft: 5,
      resendsLeft: 2,
    },
  }))

/** A text in pieces, cut at any place. */
const cut = (text: string, places: readonly number[]) => {
  const ends = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b)
  return ends.map((end, n) => text.slice(ends[n - 1] ?? 0, end))
}

test('events come out of the stream as they went in, whatever they hold and wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(anyEvent), fc.array(fc.nat()), (events, places) => {
      const decoder = createDecoder()
      const text = encodeRetry(2000) + events.map((event) => HEARTBEAT + encodeEvent(event)).join('')
      const messages = cut(text, places).flatMap((piece) => decoder.push(piece))
      expect(messages.map(({ data }) => JSON.parse(data) as unknown)).toEqual(events)
      expect(messages.map(({ id }) => id)).toEqual(events.map(({ id }) => id))
      expect(messages.map(({ event }) => event)).toEqual(events.map(({ type }) => type))
      expect(decoder.seen).toMatchObject({ comments: events.length, retryMs: 2000 })
    }),
  )
})

test('an event is three lines and an empty one', () => {
  const [event] = fc.sample(anyEvent, 1)
  if (event === undefined) throw new Error('no event was made')
  expect(encodeEvent(event).split('\n')).toEqual([
    `id: ${event.id}`,
    'event: login.started',
    `data: ${JSON.stringify(event)}`,
    '',
    '',
  ])
})

/** A place in a login of which nothing is ever heard. */
function quiet() {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const following: Following = {
    next: () => promise,
    leave: () => {
      resolve(undefined)
    },
  }
  return { following, left: promise.then(() => 'left') }
}

async function chunksOf(body: ReadableStream<Uint8Array>): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return chunks
}

test('a stream that nobody reads is dropped, and stops listening', async () => {
  const { following, left } = quiet()
  const body = createEventStreams({ heartbeatMs: 5 }).open(following)
  expect(await left).toBe('left')
  await expect(chunksOf(body)).rejects.toThrow('nobody reads it')
})

test('a stream that is read stays, however little happens', async () => {
  const { following } = quiet()
  const reader = createEventStreams({ heartbeatMs: 5 }).open(following).getReader()
  const decoder = createDecoder()
  while (decoder.seen.comments < 20) {
    const { value, done } = await reader.read()
    expect(done).toBe(false)
    decoder.push(new TextDecoder().decode(value))
  }
})

test('a stream that is canceled stops listening', async () => {
  const { following, left } = quiet()
  await createEventStreams().open(following).cancel()
  expect(await left).toBe('left')
})

test('the end of all streams ends the open ones, and later ones at once', async () => {
  const streams = createEventStreams()
  const open = chunksOf(streams.open(quiet().following))
  streams.end()
  const later = chunksOf(streams.open(quiet().following))
  expect([await open, await later]).toMatchObject([{ length: 1 }, { length: 1 }])
})
