/** One attempt over real sockets: what a receiver may do to it, and what it may not. */
import tls from 'node:tls'
import type { Info } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import { afterEach, expect, test } from 'vitest'
import { deliverEvent, type DeliveryDeps } from '../../../activities/deliver-event.ts'
import type { LoginEventType } from '../../../domain/login.ts'
import { toWebhookEvent, type DeliveryAnswer } from '../../../domain/webhook.ts'
import { aLogin, everyEvent } from '../../domain/webhooks.ts'
import { newSecret } from '../../webhooks/harness.ts'
import {
  answering,
  closedPort,
  expiredCertificate,
  httpServer,
  tcpServer,
  tlsServer,
} from '../eight-by-eight/stand-ins.ts'
import { openNameServer } from './name-server.ts'

const systemCertificates = tls.getCACertificates('default')
afterEach(() => {
  tls.setDefaultCACertificates(systemCertificates)
})

const event = everyEvent()[0]
if (event === undefined) throw new Error('there is no event')

function attempt(
  url: string,
  more: Partial<DeliveryDeps> = {},
  at: Partial<Info> = {},
): Promise<DeliveryAnswer> {
  const deliver = deliverEvent({
    endpoints: () => [{ id: 'default', app: 'acme', url, secrets: [newSecret()], concurrency: 1 }],
    isDisabled: () => Promise.resolve(false),
    noteAttempt: () => Promise.resolve(),
    mayStayInside: true,
    limits: { connectMs: 1500, totalMs: 2500 },
    ...more,
  })
  const input = { eventId: event?.id ?? '', endpointId: 'default' }
  const body = event && toWebhookEvent(event, aLogin(), 'acme')
  if (body === undefined) throw new Error('there is no event')
  return new MockActivityEnvironment(at).run(deliver, { ...input, event: body })
}

test.each([200, 201, 202, 204, 299])('%i is a delivery', async (status) => {
  const { baseUrl } = await answering(status, '')
  expect(await attempt(baseUrl)).toEqual({ outcome: 'delivered', status })
})

test.each([300, 301, 302, 303, 307, 308])('%i is none, and is not followed', async (status) => {
  const elsewhere = await answering(200, '')
  const { baseUrl, seen } = await answering(status, '', { location: elsewhere.baseUrl })
  expect(await attempt(baseUrl)).toEqual({ outcome: 'failed', cause: 'status', status })
  expect([seen.length, elsewhere.seen.length]).toEqual([1, 0])
})

test.each([400, 401, 404, 408, 421, 500, 502, 503, 504])(
  '%i is none, and is not repeated',
  async (status) => {
    const { baseUrl, seen } = await answering(status, '')
    expect(await attempt(baseUrl)).toEqual({ outcome: 'failed', cause: 'status', status })
    expect(seen).toHaveLength(1)
  },
)

test('410 is told apart, since it disables the endpoint', async () => {
  const { baseUrl } = await answering(410, '')
  expect(await attempt(baseUrl)).toEqual({ outcome: 'gone', status: 410 })
})

test.each([
  ['120', 120],
  ['Wed, 01 Jan 2020 00:00:00 GMT', 0],
  ['soon', undefined],
])('a receiver that is busy may say for how long: %s', async (header, retryAfterSeconds) => {
  const { baseUrl } = await answering(429, '', { 'retry-after': header })
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  expect(await attempt(baseUrl)).toEqual({ outcome: 'failed', cause: 'status', status: 429, ...wait })
})

test('of a huge body no more than 64 KiB are read, and none of it is told', async () => {
  let written = 0
  const { baseUrl } = await httpServer((response) => {
    response.writeHead(200)
    const chunk = Buffer.alloc(64 * 1024, 'secret')
    const pour = () => {
      while (!response.destroyed && written < 1_000_000_000) {
        written += chunk.length
        if (!response.write(chunk)) break
      }
    }
    response.on('drain', pour)
    response.on('error', () => undefined)
    pour()
  })
  expect(await attempt(baseUrl)).toEqual({ outcome: 'delivered', status: 200 })
  // What the kernel buffers is written, too.
  expect(written).toBeLessThan(50_000_000)
})

test('a body that never ends does not undo the status that came before it', async () => {
  const { baseUrl } = await httpServer((response) => void response.writeHead(200).write('and'))
  expect(await attempt(baseUrl, { limits: { connectMs: 500, totalMs: 500 } })).toEqual({
    outcome: 'delivered',
    status: 200,
  })
})

test('a receiver that hangs is given up', async () => {
  const { baseUrl } = await tcpServer(() => undefined)
  expect(await attempt(baseUrl, { limits: { connectMs: 300, totalMs: 300 } })).toEqual({
    outcome: 'failed',
    cause: 'timeout',
  })
})

test('a receiver that drips its answer is given up', async () => {
  const { baseUrl } = await tcpServer((socket) => {
    const dripping = setInterval(() => socket.write('H'), 20)
    socket.on('close', () => {
      clearInterval(dripping)
    })
    socket.write('HTTP/1.1 200 OK\r\nx: ')
  })
  expect(await attempt(baseUrl, { limits: { connectMs: 300, totalMs: 400 } })).toEqual({
    outcome: 'failed',
    cause: 'timeout',
  })
})

test('a connection that is reset, and one that nobody takes, are failures of their own', async () => {
  const { baseUrl } = await tcpServer((socket) => socket.resetAndDestroy())
  expect(await attempt(baseUrl)).toEqual({ outcome: 'failed', cause: 'reset' })
  const port = await closedPort()
  expect(await attempt(`http://127.0.0.1:${port}`)).toEqual({ outcome: 'failed', cause: 'connect' })
})

test('what is no HTTP is a failure', async () => {
  const { baseUrl } = await tcpServer((socket) => socket.end('hello\r\n\r\n'))
  expect(await attempt(baseUrl)).toEqual({ outcome: 'failed', cause: 'reset' })
})

test('over TLS the certificate must be of the name, trusted, and of today', async () => {
  const trusted = await tlsServer('DNS:hooks.test')
  const other = await tlsServer('DNS:elsewhere.test')
  const expired = await tlsServer('DNS:hooks.test', {}, expiredCertificate('DNS:hooks.test'))
  const unknown = await tlsServer('DNS:hooks.test')
  tls.setDefaultCACertificates([trusted.certificate, other.certificate, expired.certificate])
  const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 as const }])
  const at = (port: number) => attempt(`https://hooks.test:${port}/`, { resolve })
  expect(await at(trusted.port)).toEqual({ outcome: 'delivered', status: 200 })
  for (const { port } of [other, expired, unknown]) {
    expect(await at(port)).toEqual({ outcome: 'failed', cause: 'tls' })
  }
  for (const { seen } of [other, expired, unknown]) expect(seen).toEqual([])
})

test('a name that leads elsewhere after its check is reached where it was checked, and checked anew the next time', async () => {
  const { baseUrl, seen } = await answering(200, '')
  const { port } = new URL(baseUrl)
  const answers = ['127.0.0.1', '10.0.0.1']
  let asked = 0
  const resolve = () => {
    const address = answers[Math.min(asked++, 1)] ?? ''
    return Promise.resolve([{ address, family: 4 as const }])
  }
  const url = `http://rebound.test:${port}/`
  expect(await attempt(url, { resolve })).toEqual({ outcome: 'delivered', status: 200 })
  expect({ asked, hosts: seen.map(({ headers }) => headers.host) }).toEqual({
    asked: 1,
    hosts: [`rebound.test:${port}`],
  })
  expect(await attempt(url, { resolve })).toEqual({ outcome: 'failed', cause: 'address' })
  expect(asked).toBe(2)
})

test('in production no receiver inside is connected to, whatever its name', async () => {
  const { baseUrl, seen } = await answering(200, '')
  const { port } = new URL(baseUrl)
  const inProduction = { mayStayInside: false }
  expect(await attempt(baseUrl, inProduction)).toEqual({ outcome: 'failed', cause: 'url' })
  expect(await attempt(`https://127.0.0.1:${port}`, inProduction)).toEqual({
    outcome: 'failed',
    cause: 'url',
  })
  expect(await attempt('https://127.0.0.1:8443', inProduction)).toEqual({
    outcome: 'failed',
    cause: 'address',
  })
  expect(seen).toEqual([])
})

test('a name server that leaves AAAA unanswered costs a message nothing but time', async () => {
  const { baseUrl } = await answering(200, '')
  const resolve = await openNameServer({ A: [127, 0, 0, 1] })
  expect(await attempt(`http://hooks.test:${new URL(baseUrl).port}/`, { resolve })).toEqual({
    outcome: 'delivered',
    status: 200,
  })
})

test('a name server that hangs costs no more time than a connection may', async () => {
  const resolve = () => new Promise<never>(() => undefined)
  const limits = { connectMs: 200, totalMs: 10_000 }
  expect(await attempt('http://hooks.test/', { resolve, limits })).toEqual({
    outcome: 'failed',
    cause: 'dns',
  })
})

test('nothing is sent to an endpoint that is disabled, or configured no longer', async () => {
  const { baseUrl, seen } = await answering(200, '')
  expect(await attempt(baseUrl, { isDisabled: () => Promise.resolve(true) })).toEqual({
    outcome: 'skipped',
    cause: 'endpoint_disabled',
  })
  expect(await attempt(baseUrl, { endpoints: () => [] })).toEqual({
    outcome: 'skipped',
    cause: 'endpoint_removed',
  })
  expect(seen).toEqual([])
})

const overload = new Error('4 DEADLINE_EXCEEDED')
const noKey = ApplicationFailure.create({ type: 'not-done', message: 'a key that is not here' })
test.each([
  ['and comes again', 0, overload, { type: 'not-done', nonRetryable: false }],
  ['and comes again on the same day', 24, noKey, { type: 'not-done', nonRetryable: false }],
  ['and it is an attempt after more than a day', 25, noKey, { type: 'broken', nonRetryable: true }],
])(
  'WHO-7: while Temporal does not say whether an endpoint is disabled nothing is sent, %s',
  async (_what, hours, error, failure) => {
    const { baseUrl, seen } = await answering(200, '')
    const noted: unknown[] = []
    const failed = attempt(
      baseUrl,
      {
        isDisabled: () => Promise.reject(error),
        noteAttempt: (...told) => Promise.resolve(void noted.push(told)),
      },
      { scheduledTimestampMs: 0, currentAttemptScheduledTimestampMs: hours * 3_600_000 },
    )
    await expect(failed).rejects.toMatchObject({
      ...failure,
      message: expect.stringMatching(/^nothing was posted/) as unknown,
    })
    expect([seen, noted]).toEqual([[], []])
  },
)

test('an event does not go to an endpoint whose name was given to another app meanwhile', async () => {
  const { baseUrl, seen } = await answering(200, '')
  const theirs = {
    id: 'default',
    app: 'another',
    url: baseUrl,
    secrets: [newSecret()] as const,
    concurrency: 1,
  }
  expect(await attempt(baseUrl, { endpoints: () => [theirs] })).toEqual({
    outcome: 'skipped',
    cause: 'endpoint_removed',
  })
  expect(seen).toEqual([])
})

test('an event that the endpoint does not want is not sent: whoever announced it may not have known the filter', async () => {
  const { baseUrl, seen } = await answering(200, '')
  const wanting = (events: readonly LoginEventType[]): Partial<DeliveryDeps> => ({
    endpoints: () => [
      { id: 'default', app: 'acme', url: baseUrl, secrets: [newSecret()], concurrency: 1, events },
    ],
  })
  const skipped = { outcome: 'skipped', cause: 'event_not_wanted' }
  expect(await attempt(baseUrl, wanting(['login.verified']))).toEqual(skipped)
  expect(seen).toEqual([])
  expect(await attempt(baseUrl, wanting(['login.started']))).toMatchObject({ outcome: 'delivered' })
})

test.each([
  ['delivered', 200],
  ['failed', 500],
  ['gone', 410],
])(
  'an attempt that is %s is counted, and what the count rejects with costs it nothing',
  async (outcome, status) => {
    const { baseUrl } = await answering(status, '')
    const noted: unknown[] = []
    const noteAttempt: DeliveryDeps['noteAttempt'] = (...told) => {
      noted.push(told)
      return Promise.reject(new Error('Temporal is away'))
    }
    expect(await attempt(baseUrl, { noteAttempt })).toMatchObject({ outcome, status })
    expect(noted).toEqual([['default', outcome]])
  },
)
