/** How a server stops, over real sockets: what `close` of `node:http` leaves open, and what it cuts. */
import { createServer, type RequestListener, type ServerOptions } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { prepareDrain, type DrainTimes } from '../../platform/drain.ts'
import { requestTimeouts } from '../../platform/request-timeouts.ts'

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

async function listen(answer: RequestListener, times: DrainTimes = {}, options: ServerOptions = {}) {
  const server = createServer({ keepAliveTimeout: 60_000, ...options }, answer)
  const drain = prepareDrain(server, { lookMs: 20, ...times })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo

  /** A connection that has said `beginning`; `closed` resolves with all that was said to it. */
  const open = async (beginning = '') => {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    let said = ''
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (said += text))
    socket.on('error', () => undefined)
    const closed = new Promise<string>((resolve) => {
      socket.once('close', () => {
        resolve(said)
      })
    })
    const arrived = new Promise((resolve) => server.once('connection', resolve))
    await new Promise((resolve) => socket.once('connect', resolve))
    await arrived
    if (beginning !== '') await new Promise((resolve) => socket.write(beginning, resolve))
    return { socket, closed, said: () => said }
  }
  return { drain, open, port }
}

/** Answers when it is told to. */
function holding() {
  const release = Promise.withResolvers<undefined>()
  const held = Promise.withResolvers<undefined>()
  const answer: RequestListener = (_request, response) => {
    held.resolve(undefined)
    void release.promise.then(() => response.end('done'))
  }
  const begun = () => held.promise
  const finish = () => {
    release.resolve(undefined)
  }
  return { answer, begun, finish }
}

test('OPS-10: what was begun before is answered, with the word that nothing more is', async () => {
  const { answer, begun, finish } = holding()
  const { drain, open } = await listen(answer)
  const { closed } = await open(GET)
  await begun()
  const drained = drain()
  await new Promise((resolve) => setTimeout(resolve, 100))
  finish()
  expect(await closed).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)*Connection: close\r\n(.+\r\n)*\r\ndone$/)
  await drained
}, 10_000)

test('a client that is never without a request is told at the next one', async () => {
  const { drain, open } = await listen((_request, response) => {
    setTimeout(() => response.end('done'), 10)
  })
  const { socket, closed } = await open(GET)
  socket.on('data', () => socket.write(GET))
  await expect.poll(() => socket.bytesRead).toBeGreaterThan(500)
  await drain()
  const told = await closed
  expect(told.match(/Connection: close/g)).toHaveLength(1)
  expect(told).toMatch(/done$/)
}, 10_000)

test.each([
  ['has said nothing', ''],
  ['has said half of its headers', 'GET / HTTP/1.1\r\nHost'],
  ['waits for another request', GET],
])(
  'a connection that %s is closed',
  async (_what, beginning) => {
    const { drain, open } = await listen((_request, response) => response.end('done'))
    const { closed, said } = await open(beginning)
    if (beginning === GET) await expect.poll(said).toMatch(/done$/)
    await drain()
    await closed
  },
  10_000,
)

test('a request that arrives a moment after the drain began is answered', async () => {
  const { drain, open } = await listen((_request, response) => response.end('done'), { lookMs: 500 })
  const { socket, closed } = await open()
  const drained = drain()
  socket.write(GET)
  expect(await closed).toMatch(/Connection: close\r\n(.+\r\n)*\r\ndone$/)
  await drained
}, 10_000)

test('an answer that its client reads slowly is sent to its end', async () => {
  const length = 8_000_000
  const { drain, open } = await listen((_request, response) => response.end(Buffer.alloc(length, 'x')))
  const { socket, closed } = await open()
  socket.pause()
  socket.write(GET)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const drained = drain()
  await new Promise((resolve) => setTimeout(resolve, 200))
  socket.resume()
  expect((await closed).length).toBeGreaterThan(length)
  await drained
}, 10_000)

test('a body that does not come to its end is still told 408', async () => {
  const options = requestTimeouts({ headersMs: 200, requestMs: 400 })
  const { drain, open } = await listen((request) => void request.resume(), {}, options)
  const { closed } = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n')
  await drain()
  expect(await closed).toMatch(/^HTTP\/1\.1 408 /)
}, 10_000)

test('what is open when the time is over is closed', async () => {
  const { answer, begun } = holding()
  const { drain, open } = await listen(answer, { mostMs: 300 })
  const { closed } = await open(GET)
  await begun()
  const drained = drain()
  expect(await closed).toBe('')
  await drained
}, 10_000)

test('a connection that comes later is refused', async () => {
  const { answer, begun, finish } = holding()
  const { drain, open, port } = await listen(answer)
  await open(GET)
  await begun()
  const drained = drain()
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow()
  finish()
  await drained
}, 10_000)

test('OPS-10: two requests that came together on one connection are both answered', async () => {
  const { answer, finish } = holding()
  let begun = 0
  const { drain, open } = await listen((request, response) => {
    begun += 1
    answer(request, response)
  })
  const { closed } = await open(GET + GET)
  await expect.poll(() => begun).toBe(2)
  const ended = drain()
  finish()
  expect((await closed).match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  await ended
})
