/** Requests that no honest client makes, byte for byte over a socket. */
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { openJourney } from '../../support/http.ts'

/** A request of these lines; each stands for itself, so nothing is added that would make it right. */
const toBytes = (lines: readonly string[], body: string | Buffer = '') =>
  Buffer.concat([Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'), Buffer.from(body)])

/** The rude bytes by what is rude about them, and what is answered: a problem, a bare status, or nothing at all. */
function rudeRequests(authorization: string) {
  const usual = ['Host: x', 'Connection: close', `Authorization: ${authorization}`]
  const get = (path: string, ...headers: readonly string[]) =>
    toBytes([`GET ${path} HTTP/1.1`, ...usual, ...headers])
  const send = (body: string | Buffer, ...headers: readonly string[]) =>
    toBytes(['POST /v1/logins HTTP/1.1', ...usual, 'Content-Type: application/json', ...headers], body)
  const post = (body: string | Buffer, ...headers: readonly string[]) =>
    send(body, `Content-Length: ${Buffer.byteLength(body)}`, ...headers)
  const by = (method: string, path: string, ...headers: readonly string[]) =>
    toBytes([`${method} ${path} HTTP/1.1`, ...usual, ...headers])
  const phone = '"phone":"+6591234567"'

  return new Map<string, readonly [Buffer, string]>([
    ['TLS', [Buffer.from('16030102000100', 'hex'), '400']],
    ['HTTP/3.0 in words', [toBytes(['GET /healthz HTTP/3.0', 'Host: x']), '400']],
    ['a method that is none', [by('BREW', '/v1/logins'), '400']],
    ['a tunnel', [by('CONNECT', 'x:1'), 'closed']],
    ['a trace', [by('TRACE', '/v1/logins'), '405 method-not-allowed']],
    ['DELETE', [by('DELETE', '/v1/logins'), '405 method-not-allowed']],
    ['a method in a header', [by('GET', '/healthz/', 'X-HTTP-Method-Override: POST'), '404 not-found']],
    ['headers of 17 KiB', [get('/v1/logins/x', `X-A: ${'a'.repeat(17_000)}`), '431']],
    [
      'thousands of headers',
      [get('/v1/logins/x', ...Array.from({ length: 3000 }, (_, i) => `X-${i}: a`)), '431'],
    ],
    ['a header without a colon', [get('/v1/logins/x', 'nonsense'), '400']],
    ['a header over two lines', [get('/v1/logins/x', 'X-A: a', ' b'), '400']],
    ['a NUL in a header', [get('/v1/logins/x', 'X-Request-Id: a\0b'), '400']],
    ['headers that are no text', [get('/v1/logins/x', 'Prefer: \xff', 'Accept: \xfe'), '404 not-found']],
    ['no host', [toBytes(['GET /v1/logins/x HTTP/1.1', 'Connection: close']), '400']],
    ['a host that is none', [toBytes(['GET /v1/logins/x HTTP/1.1', 'Host: ][', 'Connection: close']), '400']],
    [
      'two keys in two headers',
      [get('/v1/logins/x', `Authorization: ${authorization}x`), '401 unauthorized'],
    ],
    ['a NUL in the path', [get('/v1/logins/\0'), '400']],
    ['bytes in the path', [get('/v1/logins/\xff'), '400']],
    ['%00 in the path', [get('/v1/logins/%00'), '404 not-found']],
    ['%C3%28 in the path', [get('/v1/logins/%C3%28'), '404 not-found']],
    ['half an escape in the path', [get('/v1/logins/%'), '404 not-found']],
    ['a way out of the path', [get('/v1/logins/../../etc/passwd'), '404 not-found']],
    ['another server’s address', [get('http://evil.example/v1/logins/x'), '404 not-found']],
    ['a query of nonsense', [get('/v1/logins?phone=%FF&phone=x&__proto__=1'), '422 invalid-request']],
    [
      'a preflight for nothing',
      [by('OPTIONS', '/v1/x', 'Origin: null', 'Access-Control-Request-Method: POST'), '404 not-found'],
    ],
    ['an upgrade', [get('/v1/logins/x', 'Upgrade: websocket', 'Connection: upgrade'), '404 not-found']],
    ['a body that is not UTF-8', [post(Buffer.from('7b22ff223a317d', 'hex')), '400 malformed-json']],
    ['a body of NULs', [post('\0'.repeat(100)), '400 malformed-json']],
    ['an escaped NUL', [post('{"phone":"+659\\u00001234567"}'), '422 invalid-request']],
    ['half a surrogate pair', [post(`{${phone},"brand":"\\ud800"}`), '422 invalid-request']],
    ['4000 lists in each other', [post('['.repeat(4000) + ']'.repeat(4000)), '422 invalid-request']],
    [
      '1000 objects in each other',
      [post('{"a":'.repeat(1000) + '1' + '}'.repeat(1000)), '422 invalid-request'],
    ],
    ['a number that is none', [post('{"phone":1e999999}'), '422 invalid-request']],
    ['__proto__', [post(`{"__proto__":{${phone}}}`), '422 invalid-request']],
    ['__proto__ besides', [post(`{${phone},"__proto__":{"channel":"call"}}`), '422 invalid-request']],
    ['constructor', [post(`{${phone},"constructor":{"prototype":{}}}`), '422 invalid-request']],
    ['gzip', [post(gzipSync(`{${phone}}`), 'Content-Encoding: gzip'), '400 malformed-json']],
    [
      'UTF-16',
      [
        toBytes(
          [
            'POST /v1/logins HTTP/1.1',
            ...usual,
            'Content-Type: application/json; charset=utf-16',
            'Content-Length: 4',
          ],
          Buffer.from('{}', 'utf16le'),
        ),
        '415 unsupported-media-type',
      ],
    ],
    ['an encoding of the transfer', [send('', 'Transfer-Encoding: gzip'), '400']],
    ['two lengths', [send('{}', 'Content-Length: 1', 'Content-Length: 2'), '400']],
    ['a length and chunks', [post('{}', 'Transfer-Encoding: chunked'), '400']],
    ['a length below nothing', [send('', 'Content-Length: -1'), '400']],
    ['a length of 100 MB', [send('', 'Content-Length: 100000000'), '413 payload-too-large']],
    ['a chunk that is none', [send('zz\r\n{}\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'), '400']],
    [
      'a chunk of 64 KiB',
      [
        send(`ffff\r\n${'a'.repeat(65_535)}\r\n0\r\n\r\n`, 'Transfer-Encoding: chunked'),
        '413 payload-too-large',
      ],
    ],
    ['an expectation', [post('{}', 'Expect: miracles'), '417']],
  ])
}

/** All that comes back until the connection is closed; a reset is one way of closing. */
async function exchange(url: string, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => (answer += text))
  socket.on('error', () => undefined)
  socket.write(bytes)
  await new Promise((resolve) => socket.on('close', resolve))
  return answer
}

/** The status, and the code when there is a problem in its envelope; nothing else may have a body. */
function read(answer: string): string {
  if (answer === '') return 'closed'
  const [head = '', ...rest] = answer.split('\r\n\r\n')
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 'no status'
  const body = /\{.*\}/s.exec(rest.join(''))?.[0]
  if (body === undefined) return /content-type/i.test(head) ? `${status} without a body` : status
  expect(head).toMatch(/^content-type: application\/problem\+json$/im)
  const problem = JSON.parse(body) as { readonly code: string; readonly status: number }
  expect(problem.status).toBe(Number(status))
  return `${status} ${problem.code}`
}

test('API-18: a rude request is answered with a 4xx or a closed connection, and the next one as ever', async () => {
  const { house, api } = await openJourney({ worker: 'none' })
  for (const [name, [bytes, expected]] of rudeRequests(api.authorization('acme'))) {
    const answer = await exchange(api.url, bytes)
    expect([name, read(answer)]).toEqual([name, expected])
    expect(answer).not.toMatch(/^access-control-allow-origin|91234567/im)
    const health = await fetch(`${api.url}/healthz`)
    expect([name, health.status, await health.json()]).toEqual([name, 200, { status: 'ok' }])
  }
  expect(house.sends()).toEqual([])
})

test('API-18: whoever hangs up in the middle of a body is no error of ours', async () => {
  const { api } = await openJourney({ worker: 'none' })
  const lines = ['POST /v1/logins HTTP/1.1', 'Host: x', `Authorization: ${api.authorization('acme')}`]
  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  socket.end(toBytes([...lines, 'Content-Type: application/json', 'Content-Length: 100'], '{"phone":'))
  await new Promise((resolve) => socket.resume().on('close', resolve))
  await expect
    .poll(() => api.lines)
    .toContainEqual(expect.objectContaining({ route: '/v1/logins', status: 400 }))
})
