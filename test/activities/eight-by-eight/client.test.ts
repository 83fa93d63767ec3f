import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  answering,
  apiKey,
  checkRequest,
  client,
  closedPort,
  hasty,
  httpServer,
  sendRequest,
  session,
  subAccountId,
  tcpServer,
} from './stand-ins.ts'

describe('a call', () => {
  it('sends a code with the key in a header and nowhere else', async () => {
    const server = await answering(200, session('WAITING'))
    expect(await client(server.baseUrl).send(sendRequest)).toEqual({
      outcome: 'sent',
      challenge: 'c96a488d-01',
    })
    expect(server.seen).toHaveLength(1)
    const [request] = server.seen
    expect(request).toMatchObject({ method: 'POST', url: `/api/v2/subaccounts/${subAccountId}/sessions` })
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
    })
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ destination: '+6598765432', resetSession: true })
  })

  it('API-5: checks a code with one GET that carries it, encoded', async () => {
    const server = await answering(200, session('VERIFIED'))
    const check = { ...checkRequest, code: '91&code=0/?#' }
    expect(await client(server.baseUrl).check(check)).toEqual({ outcome: 'verified' })
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /api/v2/subaccounts/${subAccountId}/sessions/c96a488d-01?code=91%26code%3D0%2F%3F%23`,
    ])
  })

  it('speaks v1 when told to', async () => {
    const article = { uid: 'c96a488d-01', msisdn: 6598765432, status: 'VERIFIED', attempt: 0 }
    const server = await answering(200, article)
    const v1 = client(server.baseUrl, { version: 'v1' })
    expect(await v1.check(checkRequest)).toEqual({ outcome: 'verified' })
    expect(await v1.send({ ...sendRequest, channel: 'call' })).toEqual({
      outcome: 'refused',
      refusal: 'contract',
    })
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /verify/v1/${subAccountId}/c96a488d-01?code=913407`,
      `POST /verify/v1/${subAccountId}`,
    ])
  })

  it('keeps the path of the base URL', async () => {
    const server = await answering(200, session('WAITING'))
    await client(`${server.baseUrl}/gateway/`).send(sendRequest)
    expect(server.seen[0]?.url).toBe(`/gateway/api/v2/subaccounts/${subAccountId}/sessions`)
  })

  it('refuses a session that would name another resource', async () => {
    const eightByEight = client('http://127.0.0.1:1')
    for (const challenge of ['..', '.', '', 'a/b', 'a?code=1']) {
      await expect(eightByEight.check({ ...checkRequest, challenge })).rejects.toThrow(/^not a challenge/)
    }
  })

  it('reuses its connection', async () => {
    const ports = new Set<number | undefined>()
    const server = await httpServer((response, request) => {
      ports.add(request.socket.remotePort)
      response.end(JSON.stringify(session('WAITING')))
    })
    const eightByEight = client(server.baseUrl)
    for (let i = 0; i < 3; i += 1) await eightByEight.check(checkRequest)
    expect(server.seen).toHaveLength(3)
    expect(ports.size).toBe(1)
  })

  it('OPS-6, OPS-13: has at most 64 connections, and the rest wait their turn', async () => {
    const ports = new Set<number | undefined>()
    const server = await httpServer((response, request) => {
      ports.add(request.socket.remotePort)
      setTimeout(() => response.end(JSON.stringify(session('WAITING'))), 20)
    })
    const eightByEight = client(server.baseUrl)
    const outcomes = await Promise.all(Array.from({ length: 150 }, () => eightByEight.check(checkRequest)))
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['incorrect']))
    expect(ports.size).toBe(64)
  })
})

describe('OPS-6: no answer is followed by a second request', () => {
  it.each([301, 303, 307, 308, 401, 403, 404, 407, 408, 421, 425, 429, 500, 502, 503, 504])(
    'not %i',
    async (status) => {
      const server = await answering(status, {}, { location: '/elsewhere', 'retry-after': '0' })
      const eightByEight = client(server.baseUrl)
      const outcomes = [await eightByEight.send(sendRequest), await eightByEight.check(checkRequest)]
      expect(server.seen.map(({ method }) => method)).toEqual(['POST', 'GET'])
      if (status < 400) {
        const unreadable = { outcome: 'unknown', cause: 'unreadable' }
        expect(outcomes).toEqual([unreadable, unreadable])
      }
    },
  )
})

describe('a 429', () => {
  it.each([
    ['1', { retryAfterSeconds: 1 }],
    ['30', { retryAfterSeconds: 30 }],
    ['99999', { retryAfterSeconds: 99_999 }],
    ['soon', {}],
    ['-1', {}],
  ])('that says %s is not done', async (retryAfter, wait) => {
    const server = await answering(429, { code: 429 }, { 'retry-after': retryAfter })
    const expected = { outcome: 'not_done', cause: 'rate_limited', ...wait }
    expect(await client(server.baseUrl).send(sendRequest)).toEqual(expected)
    expect(await client(server.baseUrl).check(checkRequest)).toEqual(expected)
  })
})

describe('certainly not done', () => {
  it('when the name does not resolve', async () => {
    const nowhere = client('http://no-such-host.invalid')
    expect(await nowhere.check(checkRequest)).toEqual({ outcome: 'not_done', cause: 'dns' })
  })

  it('when the connection is refused', async () => {
    const refused = { outcome: 'not_done', cause: 'connect' }
    const port = await closedPort()
    expect(await client(`http://127.0.0.1:${port}`).check(checkRequest)).toEqual(refused)
    expect(await client(`http://localhost:${port}`).send(sendRequest)).toEqual(refused)
  })
})

describe('unknown', () => {
  it.each<[string, string, () => Promise<{ baseUrl: string }>]>([
    [
      'the request is read and the connection reset',
      'reset',
      () => tcpServer((socket) => socket.resetAndDestroy()),
    ],
    ['the connection closes before an answer', 'reset', () => tcpServer((socket) => socket.end())],
    ['no answer comes in time', 'timeout', () => tcpServer(() => undefined)],
    [
      'the answer stops in the middle',
      'timeout',
      () => says('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{'),
    ],
    ['the head stops in the middle', 'timeout', () => says('HTTP/1.1 200 OK\r\ncontent-le')],
    [
      'the answer is cut short',
      'unreadable',
      () => saysAndCloses('content-length: 99\r\n\r\n{"status":"VER'),
    ],
    [
      'a chunked answer is cut short',
      'unreadable',
      () => saysAndCloses('transfer-encoding: chunked\r\n\r\n5\r\n{}'),
    ],
    ['the answer is not HTTP', 'unreadable', () => says('SSH-2.0-OpenSSH_9.6\r\n')],
    ['the answer is HTML', 'unreadable', () => answering(200, '<html>welcome</html>')],
    ['the answer is empty', 'unreadable', () => answering(200, '')],
    ['the answer is 204', 'unreadable', () => answering(204, '')],
    ['the answer is 202', 'unreadable', () => answering(202, session('WAITING'))],
    ['the status is not one', 'unreadable', () => says('HTTP/1.1 777 Jackpot\r\ncontent-length: 0\r\n\r\n')],
    ['gzip is garbage', 'unreadable', () => answering(200, randomBytes(50), { 'content-encoding': 'gzip' })],
    ['gzip is cut short', 'unreadable', () => zipped(session('WAITING'), -9)],
    ['gzip is a bomb', 'unreadable', () => zipped(session('WAITING', { x: ' '.repeat(10_000_000) }))],
    ['the encoding is foreign', 'unreadable', () => answering(200, '{}', { 'content-encoding': 'br' })],
    [
      'the answer exceeds 64 KiB',
      'unreadable',
      () => answering(200, session('WAITING', { x: 'x'.repeat(65_536) })),
    ],
    ['8x8 is in trouble', 'server_error', () => answering(500, { code: 2000 })],
  ])('when %s', async (_, cause, start) => {
    const { baseUrl } = await start()
    const eightByEight = client(baseUrl, cause === 'timeout' ? hasty : {})
    const outcomes = await Promise.all([eightByEight.send(sendRequest), eightByEight.check(checkRequest)])
    expect(outcomes).toEqual([
      { outcome: 'unknown', cause },
      { outcome: 'unknown', cause },
    ])
  })

  it('OPS-6: when the answer never ends, though some of it comes all the time', async () => {
    const server = await httpServer((response) => {
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    })
    const eightByEight = client(server.baseUrl, hasty)
    expect(await eightByEight.check(checkRequest)).toEqual({ outcome: 'unknown', cause: 'timeout' })
  })
})

it('an answer that is compressed unasked, and just under the limit, is read', async () => {
  const { baseUrl } = await zipped(session('WAITING', { x: 'x'.repeat(65_000) }))
  expect(await client(baseUrl).send(sendRequest)).toEqual({ outcome: 'sent', challenge: 'c96a488d-01' })
})

it('one hanging call does not hold up another', async () => {
  const server = await httpServer((response, request) => {
    if (request.method === 'GET') response.end(JSON.stringify(session('VERIFIED')))
  })
  const eightByEight = client(server.baseUrl, { sendTimeoutMs: 300 })
  const hanging = eightByEight.send(sendRequest)
  expect(await eightByEight.check(checkRequest)).toEqual({ outcome: 'verified' })
  expect(await hanging).toEqual({ outcome: 'unknown', cause: 'timeout' })
})

function says(text: string) {
  return tcpServer((socket) => socket.write(text))
}

function saysAndCloses(text: string) {
  return tcpServer((socket) => socket.end(`HTTP/1.1 200 OK\r\n${text}`))
}

function zipped(json: unknown, cut?: number) {
  return answering(200, gzipSync(JSON.stringify(json)).subarray(0, cut), { 'content-encoding': 'gzip' })
}
