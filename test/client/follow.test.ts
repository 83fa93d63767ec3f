/** A login followed over connections that break, against servers that break them. */
import { describe, expect, test } from 'vitest'
import { createPosternClient, type LoginEvent } from '../../client/index.ts'
import { createParser } from '../../client/event-stream.ts'
import { followLogin } from '../../client/follow.ts'
import { createTransport } from '../../client/transport.ts'
import { event, openScripted, problem, reset, stream } from './scripted.ts'

const follow = (baseUrl: string, options?: { lastEventId?: string; signal?: AbortSignal }) =>
  createPosternClient({ baseUrl, clientToken: 'ct.x' }).follow('lg_x', options)

async function all(events: AsyncIterable<LoginEvent>): Promise<readonly number[]> {
  const seen: number[] = []
  for await (const { sequence } of events) seen.push(sequence)
  return seen
}

const one = event(1, 'login.started')
const two = event(2, 'login.code_sent')
const three = event(3, 'login.verified')

test('a stream is read to the event that ends the login, although the connection stays open', async () => {
  const { url, heard } = await openScripted(stream('stay', one + two, three))
  expect(await all(follow(url))).toEqual([1, 2, 3])
  expect(heard.map(({ path, headers }) => [path, headers.accept])).toEqual([
    ['/v1/logins/lg_x/events', 'text/event-stream'],
  ])
})

test.each(['end', 'break'] as const)('after an early %s it goes on behind the last event', async (how) => {
  const { url, heard } = await openScripted(stream(how, one, two), stream('stay', three))
  expect(await all(follow(url))).toEqual([1, 2, 3])
  expect(heard.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'evt_x_2'])
})

test('events that come again, because the server begins anew, are not given twice', async () => {
  const { url } = await openScripted(stream('end', one, two), stream('stay', one, two, three))
  expect(await all(follow(url))).toEqual([1, 2, 3])
})

test('a login that was reset, and ends with fewer events than it had, ends', async () => {
  const reset = stream('stay', one, event(2, 'login.failed'))
  const { url } = await openScripted(stream('end', one, two, event(3, 'login.code_rejected')), reset)
  expect(await all(follow(url))).toEqual([1, 2, 3, 2])
})

test('a caller who knows some events begins behind them', async () => {
  const { url, heard } = await openScripted(stream('stay', three))
  expect(await all(follow(url, { lastEventId: 'evt_x_2' }))).toEqual([3])
  expect(heard[0]?.headers['last-event-id']).toBe('evt_x_2')
})

test('a login that is over and known is an empty stream', async () => {
  const { url } = await openScripted((response) => response.writeHead(204).end())
  expect(await all(follow(url, { lastEventId: 'evt_x_3' }))).toEqual([])
})

test('a server that is away for a moment is asked again', async () => {
  const away = problem(503, 'service-unavailable', {}, { 'retry-after': '0' })
  const { url } = await openScripted(stream('end', one), reset, away, stream('stay', two, three))
  expect(await all(follow(url))).toEqual([1, 2, 3])
})

test('a server that stays away is given up', async () => {
  const { url, heard } = await openScripted(stream('end', one), reset)
  await expect(all(follow(url))).rejects.toMatchObject({ name: 'PosternNetworkError', reason: 'connection' })
  expect(heard).toHaveLength(6)
})

test('a refusal is not asked again', async () => {
  const { url, heard } = await openScripted(problem(404, 'not-found'))
  await expect(all(follow(url))).rejects.toMatchObject({ name: 'PosternError', code: 'not-found' })
  expect(heard).toHaveLength(1)
})

test('a connection on which nothing comes any more is replaced', async () => {
  const { url, heard } = await openScripted(stream('stay', one), stream('stay', two, three))
  const transport = createTransport({ baseUrl: url, token: 'ct.x' })
  expect(await all(followLogin(transport, 'v1/logins/lg_x/events', {}, 1500))).toEqual([1, 2, 3])
  expect(heard[1]?.headers['last-event-id']).toBe('evt_x_1')
})

test('whoever leaves the loop closes the connection', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<string>()
  const { url } = await openScripted((response, request) => {
    request.socket.once('close', () => {
      resolve('closed')
    })
    stream('stay', one, two)(response, request)
  })
  for await (const { sequence } of follow(url)) if (sequence === 1) break
  expect(await closed).toBe('closed')
})

test('an aborted caller gets the reason', async () => {
  const { url } = await openScripted(stream('stay', one))
  const given = new AbortController()
  const events = follow(url, { signal: given.signal })
  expect(await events.next()).toMatchObject({ value: { sequence: 1 } })
  const next = events.next()
  given.abort(new Error('the user left'))
  await expect(next).rejects.toThrow('the user left')
})

describe('the parser', () => {
  const text = ': hi\r\nretry: 12\r\n\r\nid: 1\revent: x\rdata: a\rdata:b\r\rdata\n\n'
  const expected = [
    { kind: 'retry', retryMs: 12 },
    { kind: 'event', data: 'a\nb' },
    { kind: 'event', data: '' },
  ]
  test.each([1, 2, 3, 7, text.length])('reads pieces of %i characters', (size) => {
    const take = createParser()
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
    expect(pieces.flatMap(take)).toEqual(expected)
  })
})
