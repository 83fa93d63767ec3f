/** The proxy that the other tests break connections with does to them what it is told. */
import net from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

/** Answers each chunk with its capitals; `heard` is all that reached it. */
async function openShouter() {
  const heard: string[] = []
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      heard.push(String(bytes))
      socket.write(String(bytes).toUpperCase())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const proxy = await openTcpProxy(`127.0.0.1:${(server.address() as net.AddressInfo).port}`)
  return { heard, proxy }
}

/** `got` is what has come so far; `ended` says how the connection ended. */
function connect(proxy: TcpProxy) {
  const socket = net.connect(proxy.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let got = ''
  socket.on('data', (bytes) => (got += String(bytes)))
  const ended = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.once('end', () => resolve('end'))
  })
  return { say: (text: string) => socket.write(text), got: () => got, ended }
}

test('bytes pass both ways until the proxy is told otherwise', async () => {
  const { proxy, heard } = await openShouter()
  const caller = connect(proxy)
  caller.say('one')
  await expect.poll(caller.got).toBe('ONE')
  caller.say('two')
  await expect.poll(caller.got).toBe('ONETWO')
  expect(heard).toEqual(['one', 'two'])
  expect(proxy.exchanges()).toBe(2)
})

test('a cut before the request resets the caller and shows the target nothing', async () => {
  const { proxy, heard } = await openShouter()
  proxy.next({ kind: 'cut-before' })
  const caller = connect(proxy)
  caller.say('one')
  expect(await caller.ended).toBe('ECONNRESET')
  expect(heard).toEqual([])
})

test('a cut after the request resets the caller when the target has done its work', async () => {
  const { proxy, heard } = await openShouter()
  proxy.next({ kind: 'cut-after' })
  const caller = connect(proxy)
  caller.say('one')
  expect(await caller.ended).toBe('ECONNRESET')
  expect(caller.got()).toBe('')
  expect(heard).toEqual(['one'])
})

test('a course is for one exchange, and the next one on the same connection passes', async () => {
  const { proxy } = await openShouter()
  proxy.next({ kind: 'pass' }, { kind: 'cut-after' })
  const caller = connect(proxy)
  caller.say('one')
  await expect.poll(caller.got).toBe('ONE')
  caller.say('two')
  expect(await caller.ended).toBe('ECONNRESET')
  const other = connect(proxy)
  other.say('three')
  await expect.poll(other.got).toBe('THREE')
})

test('a truncated answer is its first bytes and then the end', async () => {
  const { proxy } = await openShouter()
  proxy.next({ kind: 'truncate', bytes: 2 })
  const caller = connect(proxy)
  caller.say('one')
  expect(await caller.ended).toBe('end')
  expect(caller.got()).toBe('ON')
})

test('a delayed answer comes late and whole', async () => {
  const { proxy } = await openShouter()
  proxy.next({ kind: 'delay', ms: 300 })
  const caller = connect(proxy)
  const begun = performance.now()
  caller.say('one')
  await expect.poll(caller.got).toBe('ONE')
  expect(performance.now() - begun).toBeGreaterThanOrEqual(290)
})

test('a lost answer leaves the caller waiting until the connection is cut', async () => {
  const { proxy, heard } = await openShouter()
  proxy.always({ kind: 'lose-answer' })
  const caller = connect(proxy)
  caller.say('one')
  await expect.poll(() => heard).toEqual(['one'])
  proxy.cut()
  expect(await caller.ended).toBe('ECONNRESET')
  expect(caller.got()).toBe('')
})

test('a black hole takes bytes and passes none, from now on and on connections that stand', async () => {
  const { proxy, heard } = await openShouter()
  const caller = connect(proxy)
  caller.say('one')
  await expect.poll(caller.got).toBe('ONE')
  proxy.always({ kind: 'blackhole' })
  caller.say('two')
  await expect.poll(proxy.exchanges).toBe(2)
  proxy.always({ kind: 'pass' })
  const other = connect(proxy)
  other.say('three')
  await expect.poll(other.got).toBe('THREE')
  expect(heard).toEqual(['one', 'three'])
})

test('a connection that is frozen passes nothing and does not end, and a new one passes', async () => {
  const { proxy, heard } = await openShouter()
  const caller = connect(proxy)
  caller.say('one')
  await expect.poll(caller.got).toBe('ONE')
  proxy.freeze()
  caller.say('two')
  const other = connect(proxy)
  other.say('three')
  await expect.poll(other.got).toBe('THREE')
  expect([caller.got(), heard]).toEqual(['ONE', ['one', 'three']])
})

test('a proxy that refuses is not there, and takes connections on the same port again when told', async () => {
  const { proxy } = await openShouter()
  const before = connect(proxy)
  before.say('one')
  await expect.poll(before.got).toBe('ONE')
  await proxy.refuse()
  expect(await before.ended).toBe('ECONNRESET')
  expect(await connect(proxy).ended).toBe('ECONNREFUSED')
  await proxy.accept()
  const after = connect(proxy)
  after.say('two')
  await expect.poll(after.got).toBe('TWO')
})
