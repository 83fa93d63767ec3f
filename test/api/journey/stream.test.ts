/** `GET /v1/logins/{id}/events` as a stream, over HTTP and all the way. */
import { expect, test } from 'vitest'
import { createEventStreams } from '../../../api/event-stream/streams.ts'
import { openStream } from '../../support/event-stream.ts'
import { aPhone } from '../../support/house.ts'
import { openHttp, openJourney, problemOf, untilResendable } from '../../support/http.ts'

/** The stream of a login, for the app `acme`. */
type Served = Awaited<ReturnType<typeof openHttp>>
const follow = ({ url, authorization }: Served, loginId: string, lastEventId?: string) =>
  openStream({ url, authorization: authorization('acme') }, loginId, lastEventId)

test('a stream tells a login as it happens, and ends with it', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const stream = await follow(api, login.id)
  expect(await stream.take(2)).toMatchObject([{ type: 'login.started' }, { type: 'login.code_sent' }])
  await api.submit(login.id, house.wrongCodeFor(phone))
  expect(await stream.next()).toMatchObject({ type: 'login.code_rejected', data: { attemptsLeft: 4 } })
  await api.submit(login.id, house.codeFor(phone))
  expect(await stream.next()).toMatchObject({ type: 'login.verified', sequence: 4 })
  expect(await stream.next()).toBeUndefined()
})

test('a stream has the events of the timeline, member by member', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const stream = await follow(api, login.id)
  await api.submit(login.id, house.codeFor(phone))
  expect(await stream.rest()).toEqual((await api.events(login.id)).body.events)
})

test('a stream says what it is, that nobody may keep it, and when to come back', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  const { response, next, seen } = await follow(api, login.id)
  expect(response.status).toBe(200)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-request-id': expect.stringMatching(/^req_/) as unknown,
  })
  await next()
  expect(seen.retryMs).toBeGreaterThanOrEqual(2000)
})

test('whoever joins late is told all of it from the beginning', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const early = await follow(api, login.id)
  await api.submit(login.id, house.wrongCodeFor(phone))
  await early.take(3)
  const late = await follow(api, login.id)
  await api.submit(login.id, house.codeFor(phone))
  const all = (await api.events(login.id)).body.events as readonly unknown[]
  expect(await late.rest()).toEqual(all)
  expect(await early.rest()).toEqual(all.slice(3))
})

test('a stream resumes after the event that came last', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const first = await follow(api, login.id)
  await first.take(2)
  first.close()
  await api.submit(login.id, house.wrongCodeFor(phone))
  const second = await follow(api, login.id, first.seen.lastEventId)
  expect(await second.next()).toMatchObject({ type: 'login.code_rejected' })
  await api.submit(login.id, house.codeFor(phone))
  expect(await second.rest()).toMatchObject([{ type: 'login.verified' }])
})

test('a Last-Event-ID that this login does not have begins at its first event', async () => {
  const { api } = await openJourney()
  const [login, other] = [await api.login(aPhone()), await api.login(aPhone())]
  const { body } = await api.events(other.id)
  const [foreign] = body.events as readonly { id: string }[]
  for (const id of [foreign?.id, 'evt_', '', '4', 'x'.repeat(2000)]) {
    const stream = await follow(api, login.id, id)
    expect(await stream.next()).toMatchObject({ sequence: 1 })
    stream.close()
  }
})

test('the stream of a closed login ends at once, without a worker, and a client that has it all is told so', async () => {
  const { house, api } = await openJourney({ worker: 'own' })
  const phone = aPhone()
  const login = await api.login(phone)
  await api.submit(login.id, house.codeFor(phone))
  await house.stopWorker()
  const stream = await follow(api, login.id)
  expect(await stream.rest()).toHaveLength(3)
  const again = await follow(api, login.id, stream.seen.lastEventId)
  expect(again.response.status).toBe(204)
})

test('a login that is superseded ends its stream by that event', async () => {
  const { api } = await openJourney()
  const phone = aPhone()
  const older = await api.login(phone)
  const stream = await follow(api, older.id)
  await untilResendable(older)
  await api.login(phone)
  expect((await stream.rest()).at(-1)).toMatchObject({ type: 'login.superseded' })
})

test('a stream is for the app of the login alone, and refused before it begins', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  const accept = 'text/event-stream'
  const path = `/v1/logins/${login.id}/events`
  await (await follow(api, login.id)).take(2)
  const ask = (who: ReturnType<typeof api.as>) => who.send('GET', path, { headers: { accept } })
  expect(problemOf(await ask(api.as('other')))).toEqual({ status: 404, code: 'not-found' })
  expect(problemOf(await ask(api.anonymous))).toEqual({ status: 401, code: 'unauthorized' })
  const nobodys = await api.send('GET', '/v1/logins/lg_x/events', { headers: { accept } })
  expect(problemOf(nobodys)).toEqual({ status: 404, code: 'not-found' })
})

test('a stream that no worker can begin is refused with 503', async () => {
  const { house, api } = await openJourney({ worker: 'own' })
  const login = await api.login(aPhone())
  await house.stopWorker()
  const headers = { accept: 'text/event-stream' }
  const answer = await api.send('GET', `/v1/logins/${login.id}/events`, { headers })
  expect(problemOf(answer)).toMatchObject({ status: 503, code: 'service-unavailable' })
})

test('JSON is what comes unless a stream is named and preferred', async () => {
  const { api } = await openJourney()
  const login = await api.login(aPhone())
  await api.cancel(login.id)
  const typeFor = async (accept: string) => {
    const headers = { accept, authorization: api.authorization('acme') }
    const answer = await fetch(`${api.url}/v1/logins/${login.id}/events`, { headers })
    await answer.text()
    return answer.headers.get('content-type')?.split(';')[0]
  }
  const json = ['*/*', 'application/json', 'text/html', 'text/event-stream;q=0', 'nonsense']
  for (const accept of [...json, 'application/json, text/event-stream;q=0.9'])
    expect([accept, await typeFor(accept)]).toEqual([accept, 'application/json'])
  const stream = ['text/event-stream', 'text/event-stream, */*', 'TEXT/event-stream; charset=utf-8']
  for (const accept of [...stream, 'text/event-stream, application/json;q=0.5'])
    expect([accept, await typeFor(accept)]).toEqual([accept, 'text/event-stream'])
})

test('while nothing happens comments keep a stream open, and events still come', async () => {
  const { house, api } = await openJourney(undefined, { streams: createEventStreams({ heartbeatMs: 50 }) })
  const phone = aPhone()
  const login = await api.login(phone)
  const stream = await follow(api, login.id)
  await stream.take(2)
  const verified = stream.next()
  await expect.poll(() => stream.seen.comments).toBeGreaterThan(3)
  await api.submit(login.id, house.codeFor(phone))
  expect(await verified).toMatchObject({ type: 'login.verified' })
})

test('PII-4: no stream shows the code or the number', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const code = house.codeFor(phone)
  await api.submit(login.id, code)
  const text = JSON.stringify(await (await follow(api, login.id)).rest())
  expect(text).not.toMatch(new RegExp(`"[^"]*\\b${code}\\b|${phone.e164.slice(3)}`))
})
