/** Event streams of one process: what they cost, what ends them, and what they outlive. */
import { randomUUID } from 'node:crypto'
import { status } from '@grpc/grpc-js'
import { QueryNotRegisteredError } from '@temporalio/client'
import { expect, inject, test } from 'vitest'
import { createEventStreams } from '../../../api/event-stream/streams.ts'
import { freePort } from '../../../platform/dev-server/ports.ts'
import { openCountedGateway } from '../../support/counted-gateway.ts'
import { openStream } from '../../support/event-stream.ts'
import { aPhone, openHouse, type House } from '../../support/house.ts'
import { openHttp, openJourney, problemOf } from '../../support/http.ts'
import { API_KEY, startApiProcess } from '../../support/processes.ts'
import { openTcpProxy } from '../../support/tcp-proxy.ts'

type Served = Awaited<ReturnType<typeof openHttp>>
const follow = ({ url, authorization }: Served, loginId: string, lastEventId?: string) =>
  openStream({ url, authorization: authorization('acme') }, loginId, lastEventId)

/** A login, and a process of the API beside the one that started it, whose questions are counted. */
async function openCounted(options?: Parameters<typeof openCountedGateway>[1]) {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const counted = await openCountedGateway(house, options)
  return { house, api, phone, login, ...counted, elsewhere: await openHttp(house, counted) }
}

test('however many listen to a login, one long poll follows it, and what is new is asked for once', async () => {
  const { house, api, phone, login, elsewhere, counts } = await openCounted()
  const streams = await Promise.all(Array.from({ length: 20 }, () => follow(elsewhere, login.id)))
  await Promise.all(streams.map((stream) => stream.take(2)))
  expect(counts.mostPolls).toBe(1)
  await api.submit(login.id, house.codeFor(phone))
  const told = await Promise.all(streams.map((stream) => stream.rest()))
  for (const events of told) expect(events).toMatchObject([{ type: 'login.verified' }])
  expect(counts).toMatchObject({ polls: 0, mostPolls: 1 })
  // The first look, and one whenever the workflow has run; the end is read from the run's result.
  expect(counts.queries).toBeLessThanOrEqual(4)
})

test('of one login twenty streams are open at a time, and one that closes makes room', async () => {
  const { login, elsewhere } = await openCounted()
  const streams = await Promise.all(Array.from({ length: 20 }, () => follow(elsewhere, login.id)))
  await Promise.all(streams.map((stream) => stream.take(2)))
  const headers = { accept: 'text/event-stream' }
  const path = `/v1/logins/${login.id}/events`
  const refused = problemOf(await elsewhere.send('GET', path, { headers }))
  expect(refused).toEqual({
    status: 429,
    code: 'too-many-requests',
    reason: 'streams',
    retryAfter: 30,
  })
  expect(elsewhere.lines).toContainEqual(expect.objectContaining({ status: 429, limit: 'streams' }))
  streams[0]?.close()
  const next = async () => (await follow(elsewhere, login.id)).response.status
  await expect.poll(next).toBe(200)
})

test('a thousand streams of fifty logins are fifty long polls, and each stream has all the events', async () => {
  const { house, api } = await openJourney()
  const { counts, ...counted } = await openCountedGateway(house)
  const elsewhere = await openHttp(house, counted)
  const logins = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const phone = aPhone()
      return { phone, id: (await api.login(phone)).id }
    }),
  )
  const ids = Array.from({ length: 20 }, () => logins.map(({ id }) => id)).flat()
  const streams = await Promise.all(ids.map((id) => follow(elsewhere, id)))
  await Promise.all(streams.map((stream) => stream.take(2)))
  expect(counts.mostPolls).toBe(50)
  await Promise.all(logins.map(({ id, phone }) => api.submit(id, house.codeFor(phone))))
  const told = await Promise.all(streams.map((stream) => stream.rest()))
  expect(told.map((events) => events.map(({ type }) => type))).toEqual(ids.map(() => ['login.verified']))
  expect(counts).toMatchObject({ polls: 0, mostPolls: 50 })
  expect(counts.queries).toBeLessThanOrEqual(200)
}, 60_000)

test('the long poll of a login ends when its last listener has gone, and no sooner', async () => {
  const { house, api, phone, login, elsewhere, counts } = await openCounted()
  const [one, two] = [await follow(elsewhere, login.id), await follow(elsewhere, login.id)]
  await Promise.all([one.take(2), two.take(2)])
  one.close()
  await api.submit(login.id, house.wrongCodeFor(phone))
  expect(await two.next()).toMatchObject({ type: 'login.code_rejected' })
  expect(counts.polls).toBe(1)
  two.close()
  await expect.poll(() => counts.polls).toBe(0)
  const third = await follow(elsewhere, login.id)
  expect(await third.take(3)).toHaveLength(3)
  expect(counts.polls).toBe(1)
})

test('HEAD follows nothing', async () => {
  const { login, elsewhere, counts } = await openCounted()
  const headers = { accept: 'text/event-stream', authorization: elsewhere.authorization('acme') }
  const url = `${elsewhere.url}/v1/logins/${login.id}/events`
  const answer = await fetch(url, { method: 'HEAD', headers })
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(counts).toMatchObject({ polls: 0, mostPolls: 0 })
})

test('a stream waits for a worker that is away, and goes on when there is one', async () => {
  const { house, api } = await openJourney({ worker: 'own' })
  const phone = aPhone()
  const login = await api.login(phone)
  const stream = await follow(api, login.id)
  await stream.take(2)
  await house.stopWorker()
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await handle.signal('userCode', { code: house.codeFor(phone) })
  await house.startWorker()
  expect(await stream.rest()).toMatchObject([{ type: 'login.verified' }])
})

test('when nobody can tell what is new it is asked again, though nothing else happens', async () => {
  let failures = 0
  const beforeQuery = () => {
    if (failures === 0) return
    failures -= 1
    throw new QueryNotRegisteredError('a test', status.INVALID_ARGUMENT)
  }
  const { house, api, phone, login, elsewhere, counts } = await openCounted({ beforeQuery })
  const stream = await follow(elsewhere, login.id)
  await stream.take(2)
  failures = 2
  await api.submit(login.id, house.wrongCodeFor(phone))
  expect(await stream.next()).toMatchObject({ type: 'login.code_rejected' })
  expect(failures).toBe(0)
  expect(counts.mostPolls).toBe(1)
})

test('when Temporal goes away streams end, which is said once, and they resume when it is back', async () => {
  const proxy = await openTcpProxy(inject('temporalAddress'))
  const { house, api, phone, login, elsewhere, alarms } = await openCounted({
    address: proxy.address,
    isImpatient: true,
  })
  const other = await api.login(aPhone())
  const streams = [await follow(elsewhere, login.id), await follow(elsewhere, other.id)]
  await proxy.refuse()
  const told = await Promise.all(streams.map((stream) => stream.rest()))
  for (const events of told) expect(events).toHaveLength(2)
  expect(alarms).toEqual([expect.stringMatching(/^Temporal does not answer/)])
  await api.submit(login.id, house.codeFor(phone))
  await proxy.accept()
  const lastEventId = streams[0]?.seen.lastEventId
  const resumed = async () => {
    const stream = await follow(elsewhere, login.id, lastEventId)
    return stream.response.status === 200 ? stream.rest() : []
  }
  await expect.poll(resumed).toMatchObject([{ type: 'login.verified' }])
}, 90_000)

test('after a reset by an operator the stream ends by what the login came to', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const stream = await follow(api, login.id)
  await stream.take(2)
  await resetToTheFirstTask(house, house.workflowId(phone))
  expect(await stream.rest()).toMatchObject([
    { type: 'login.failed', sequence: 2, data: { reason: 'operator' } },
  ])
})

test('the stream of a login that was terminated ends, and invents no event', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const login = await api.login(phone)
  const stream = await follow(api, login.id)
  await stream.take(2)
  await house.client.workflow.getHandle(house.workflowId(phone)).terminate('an operator')
  expect(await stream.rest()).toEqual([])
  expect((await follow(api, login.id, stream.seen.lastEventId)).response.status).toBe(204)
})

test('a drain of the streams ends those that are open, and what comes later at once', async () => {
  const streams = createEventStreams()
  const { api } = await openJourney(undefined, { streams })
  const login = await api.login(aPhone())
  const open = await follow(api, login.id)
  await open.take(2)
  streams.end()
  expect(await open.rest()).toEqual([])
  expect(await (await follow(api, login.id)).rest()).toEqual([])
})

test('SIGTERM ends the streams of an API process, which then exits', async () => {
  const house = await openHouse({ worker: 'own', forProcesses: true })
  const port = await freePort()
  const process = await startApiProcess(house, port)
  const url = `http://127.0.0.1:${port}`
  const authorization = `Bearer ${API_KEY}`
  const started = await fetch(`${url}/v1/logins`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ phone: aPhone().e164 }),
  })
  const { id } = (await started.json()) as { id: string }
  const stream = await openStream({ url, authorization }, id)
  await stream.take(2)
  const exited = process.drain()
  expect(await stream.rest()).toEqual([])
  expect(await exited).toBe(0)
}, 60_000)

/** `temporal workflow reset` to just after the first workflow task. */
async function resetToTheFirstTask(house: House, workflowId: string): Promise<void> {
  const handle = house.client.workflow.getHandle(workflowId)
  const [{ runId }, { events }] = [await handle.describe(), await handle.fetchHistory()]
  const task = events?.find((event) => event.workflowTaskCompletedEventAttributes)
  if (!task?.eventId) throw new Error('there was no workflow task')
  await house.client.workflowService.resetWorkflowExecution({
    namespace: house.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task.eventId,
  })
}
