/** OPS-6: when calls to 8x8 stop, what that costs, and how they begin again. */
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BreakerSettings } from '../../../activities/eight-by-eight/breaker.ts'
import type { EightByEightSettings } from '../../../activities/eight-by-eight/client.ts'
import {
  answering,
  checkRequest,
  client,
  closedPort,
  hasty,
  httpServer,
  sendRequest,
  session,
  tcpServer,
  tlsServer,
} from './stand-ins.ts'

const open = { outcome: 'not_done', cause: 'open' }
const LONG_MS = 3_600_000

afterEach(() => {
  vi.useRealTimers()
})

/** A client whose breakers are heard. */
function heardClient(baseUrl: string, breaker: BreakerSettings, more: Partial<EightByEightSettings> = {}) {
  const heard: string[] = []
  const eightByEight = client(baseUrl, {
    breaker: {
      ...breaker,
      onOpen: ({ operation, cause }) => heard.push(`${operation} stops: ${cause}`),
      onClose: ({ operation }) => heard.push(`${operation} resumes`),
    },
    ...more,
  })
  return { ...eightByEight, heard }
}

/** Answers `status` until it is told another; `held` answers nothing until it is let go. */
async function changingServer(status: number) {
  const now = { status, held: undefined as ServerResponse[] | undefined }
  const answer = (response: ServerResponse) => {
    response.writeHead(now.status)
    response.end(JSON.stringify(session('WAITING')))
  }
  const server = await httpServer((response) => {
    if (now.held) now.held.push(response)
    else answer(response)
  })
  const letGo = () => {
    for (const response of now.held?.splice(0) ?? []) answer(response)
    now.held = undefined
  }
  return { ...server, now, letGo }
}

describe('OPS-6: a breaker', () => {
  it('stops calls after so many failures in a row, and says so once', async () => {
    const server = await answering(500, {})
    const eightByEight = heardClient(server.baseUrl, { failures: 3, waitMs: LONG_MS })
    const outcomes = []
    for (let n = 0; n < 5; n += 1) outcomes.push(await eightByEight.check(checkRequest))
    const failed = { outcome: 'unknown', cause: 'server_error' }
    expect(outcomes).toEqual([failed, failed, failed, open, open])
    expect(server.seen).toHaveLength(3)
    expect(eightByEight.heard).toEqual(['check stops: server_error'])
  })

  it('allows ten failures unless told otherwise', async () => {
    const server = await answering(500, {})
    const eightByEight = client(server.baseUrl, { breaker: {} })
    for (let n = 0; n < 12; n += 1) await eightByEight.send(sendRequest)
    expect(server.seen).toHaveLength(10)
  })

  it('counts only failures in a row', async () => {
    const server = await changingServer(500)
    const eightByEight = heardClient(server.baseUrl, { failures: 2, waitMs: LONG_MS })
    for (const status of [500, 200, 500, 200, 500]) {
      server.now.status = status
      await eightByEight.check(checkRequest)
    }
    expect(server.seen).toHaveLength(5)
    expect(eightByEight.heard).toEqual([])
  })

  it('is one for sends and one for checks, of each client', async () => {
    const server = await answering(500, {})
    const one = heardClient(server.baseUrl, { failures: 1, waitMs: LONG_MS })
    const other = client(server.baseUrl)
    await one.send(sendRequest)
    expect(await one.send(sendRequest)).toEqual(open)
    expect(await one.check(checkRequest)).toEqual({ outcome: 'unknown', cause: 'server_error' })
    expect(await other.send(sendRequest)).toEqual({ outcome: 'unknown', cause: 'server_error' })
    expect(one.heard).toEqual(['send stops: server_error', 'check stops: server_error'])
  })

  it('stops as well those that come while earlier calls are under way', async () => {
    const server = await changingServer(500)
    const eightByEight = heardClient(server.baseUrl, { failures: 2, waitMs: LONG_MS })
    server.now.held = []
    const underWay = [1, 2, 3].map(() => eightByEight.check(checkRequest))
    await expect.poll(() => server.seen.length).toBe(3)
    server.letGo()
    await Promise.all(underWay)
    expect(await eightByEight.check(checkRequest)).toEqual(open)
    expect(eightByEight.heard).toEqual(['check stops: server_error'])
  })
})

describe('a failure is', () => {
  it.each<[string, string, () => Promise<{ baseUrl: string }>]>([
    [
      'a name that does not resolve',
      'dns',
      () => Promise.resolve({ baseUrl: 'http://no-such-host.invalid' }),
    ],
    ['a refused connection', 'connect', async () => ({ baseUrl: `http://127.0.0.1:${await closedPort()}` })],
    [
      'an untrusted server',
      'tls',
      async () => ({ baseUrl: `https://localhost:${(await tlsServer('DNS:localhost')).port}` }),
    ],
    ['no answer in time', 'timeout', () => tcpServer(() => undefined)],
    ['a reset', 'reset', () => tcpServer((socket) => socket.resetAndDestroy())],
    ['a server error', 'server_error', () => answering(503, {})],
    ['an answer that cannot be read', 'unreadable', () => answering(200, '<html>')],
  ])('%s', async (_, cause, start) => {
    const { baseUrl } = await start()
    const settings = cause === 'timeout' ? hasty : {}
    const eightByEight = heardClient(baseUrl, { failures: 1, waitMs: LONG_MS }, settings)
    await Promise.all([eightByEight.send(sendRequest), eightByEight.check(checkRequest)])
    expect(eightByEight.heard.sort()).toEqual([`check stops: ${cause}`, `send stops: ${cause}`])
    expect([await eightByEight.send(sendRequest), await eightByEight.check(checkRequest)]).toEqual([
      open,
      open,
    ])
  })
})

describe('no failure is', () => {
  it.each<[string, number, unknown]>([
    ['a code that is wrong', 200, session('WAITING')],
    ['a code that has expired', 200, session('EXPIRED')],
    ['an answer about another session', 200, session('VERIFIED', { sessionId: 'another' })],
    ['a status that is unknown', 200, session('APPROVED')],
    ['a refused parameter', 400, { code: 1003 }],
    ['a refused key', 401, { code: 1200 }],
    ['a send that is too early', 403, { code: 1400 }],
    ['a session that is gone', 404, { code: 1404 }],
    ['being asked to wait', 429, { code: 429 }],
  ])('%s', async (_, status, body) => {
    const server = await answering(status, body)
    const eightByEight = heardClient(server.baseUrl, { failures: 1, waitMs: LONG_MS })
    for (let n = 0; n < 2; n += 1) {
      await eightByEight.send(sendRequest)
      await eightByEight.check(checkRequest)
    }
    expect(server.seen).toHaveLength(4)
    expect(eightByEight.heard).toEqual([])
  })
})

describe('OPS-6: when its wait is over', () => {
  it('one call is let through, and none waits for it', async () => {
    const server = await changingServer(500)
    const eightByEight = heardClient(server.baseUrl, { failures: 1, waitMs: 50 })
    await eightByEight.check(checkRequest)
    server.now.held = []
    const calls: Promise<{ outcome: string }>[] = []
    await expect
      .poll(() => {
        calls.push(eightByEight.check(checkRequest), eightByEight.check(checkRequest))
        return server.seen.length
      })
      .toBe(2)
    const meanwhile = await Promise.all([1, 2, 3].map(() => eightByEight.check(checkRequest)))
    expect(meanwhile).toEqual([open, open, open])
    expect(server.seen).toHaveLength(2)
    server.now.status = 200
    server.letGo()
    const outcomes = await Promise.all(calls)
    expect(outcomes.filter(({ outcome }) => outcome === 'incorrect')).toHaveLength(1)
    expect(outcomes.filter(({ outcome }) => outcome === 'not_done')).toHaveLength(calls.length - 1)
  })

  it('all calls are made again once one is answered, and that is said', async () => {
    const server = await changingServer(500)
    const eightByEight = heardClient(server.baseUrl, { failures: 2, waitMs: 50 })
    await eightByEight.check(checkRequest)
    await eightByEight.check(checkRequest)
    server.now.status = 200
    await expect.poll(() => eightByEight.check(checkRequest)).toEqual({ outcome: 'incorrect' })
    const all = await Promise.all([1, 2, 3].map(() => eightByEight.check(checkRequest)))
    expect(all.map(({ outcome }) => outcome)).toEqual(['incorrect', 'incorrect', 'incorrect'])
    expect(eightByEight.heard).toEqual(['check stops: server_error', 'check resumes'])
  })

  it('a call that fails keeps it open, which is not said again', async () => {
    const server = await answering(500, {})
    const eightByEight = heardClient(server.baseUrl, { failures: 3, waitMs: 200 })
    const outcomes: { outcome: string }[] = []
    await expect
      .poll(async () => {
        outcomes.push(await eightByEight.check(checkRequest))
        return server.seen.length
      })
      .toBe(6)
    expect(outcomes.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(6)
    expect(outcomes).toContainEqual(open)
    expect(eightByEight.heard).toEqual(['check stops: server_error'])
  })

  it('row 40: a clock that is set back does not keep it open', async () => {
    const server = await changingServer(500)
    const eightByEight = heardClient(server.baseUrl, { failures: 1, waitMs: 50 })
    await eightByEight.check(checkRequest)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - LONG_MS })
    server.now.status = 200
    await expect.poll(() => eightByEight.check(checkRequest)).toEqual({ outcome: 'incorrect' })
  })
})
