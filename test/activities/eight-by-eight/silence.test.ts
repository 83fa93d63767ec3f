import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createEightByEight } from '../../../activities/eight-by-eight/client.ts'
import {
  answering,
  apiKey,
  checkRequest,
  client,
  closedPort,
  hasty,
  sendRequest,
  session,
  subAccountId,
  tcpServer,
  tlsServer,
} from './stand-ins.ts'

/** What 8x8 might repeat to us: all that must not be repeated by us. */
const gossip = {
  message: `no: ${checkRequest.code} for ${checkRequest.phone}, Bearer ${apiKey}`,
  errorId: 'upstream-error-id',
  status: 'WAITING',
  destination: checkRequest.phone,
}

const failures: [string, () => Promise<{ baseUrl: string }>][] = [
  ['no name', () => Promise.resolve({ baseUrl: 'http://no-such-host.invalid' })],
  ['refused', async () => ({ baseUrl: `http://127.0.0.1:${await closedPort()}` })],
  [
    'a bad certificate',
    async () => ({ baseUrl: `https://localhost:${(await tlsServer('DNS:localhost')).port}` }),
  ],
  ['reset', () => tcpServer((socket) => socket.resetAndDestroy())],
  ['closed', () => tcpServer((socket) => socket.end())],
  ['a hang', () => tcpServer(() => undefined)],
  ['not HTTP', () => tcpServer((socket) => socket.end(`${checkRequest.code} ${apiKey}\r\n\r\n`))],
  ['a cut answer', () => tcpServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{'))],
  ['HTML', () => answering(200, `<html>${gossip.message}</html>`)],
  ['a breach of contract', () => answering(200, gossip)],
  [
    'another session',
    () => answering(200, session('VERIFIED', { message: gossip.message, sessionId: 'other' })),
  ],
  ['a redirect', () => answering(302, gossip, { location: `https://a.example/?code=${checkRequest.code}` })],
  ...[400, 401, 403, 404, 426, 429, 500, 503].map((status): [string, () => Promise<{ baseUrl: string }>] => [
    `a ${status}`,
    () => answering(status, { code: 1000, ...gossip }, { 'retry-after': checkRequest.code.concat(' s') }),
  ]),
]

describe('an outcome repeats neither number, code, key nor address', () => {
  it.each(failures)('after %s', async (_, start) => {
    const { baseUrl } = await start()
    const eightByEight = client(baseUrl, hasty)
    const outcomes = await Promise.all([eightByEight.send(sendRequest), eightByEight.check(checkRequest)])
    const said = JSON.stringify(outcomes) + inspect(outcomes, { depth: 9, showHidden: true })
    const secrets = [
      checkRequest.phone.slice(1),
      checkRequest.code,
      apiKey,
      subAccountId,
      '://',
      'c96a488d',
      'upstream',
    ]
    for (const secret of secrets) expect(said).not.toContain(secret)
    expect(said).toMatch(/unknown|not_done|refused|too_early|unauthorized|gone|incorrect/)
  })
})

describe('a malformed setting is refused without being repeated', () => {
  const settings = { version: 'v2', baseUrl: 'https://verify.8x8.com', subAccountId, apiKey } as const

  it.each([
    [{ ...settings, apiKey: 'secret\nkey' }, 'apiKey is empty or has characters a header cannot carry'],
    [{ ...settings, apiKey: '' }, 'apiKey is empty or has characters a header cannot carry'],
    [{ ...settings, subAccountId: '../secret' }, 'subAccountId is malformed'],
    [{ ...settings, baseUrl: 'https://user:secret@a.example' }, 'baseUrl is not a plain http or https URL'],
    [{ ...settings, baseUrl: 'https://a.example/?secret' }, 'baseUrl is not a plain http or https URL'],
    [{ ...settings, baseUrl: 'ftp://secret.example' }, 'baseUrl is not a plain http or https URL'],
    [{ ...settings, baseUrl: 'secret' }, 'baseUrl is not a plain http or https URL'],
  ])('case %#', (malformed, message) => {
    expect(() => createEightByEight(malformed)).toThrow(new Error(message))
  })
})
