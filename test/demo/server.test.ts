/** The demo as a process of its own. */
import { spawn } from 'node:child_process'
import { connect, createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

function start(env: Readonly<Record<string, string>>) {
  const path = fileURLToPath(new URL('../../demo/server.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, exited, errors: text(child.stderr) }
}

/** Nobody has it now. */
async function aPort(): Promise<{ readonly port: string; readonly release: () => Promise<unknown> }> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const release = () => new Promise((resolve) => server.close(resolve))
  onTestFinished(async () => {
    await release()
  })
  return { port: String((server.address() as AddressInfo).port), release }
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'says where it is, answers there, and ends by %s',
  async (signal) => {
    const { port, release } = await aPort()
    await release()
    const { child, exited, errors } = start({ DEMO_PORT: port, POSTERN_API_KEY: 'pk_test' })
    const said = await new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk))))
    expect(said).toBe(`demo: ready on http://127.0.0.1:${port}\n`)
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('Welcome to Amazing Product')
    child.kill(signal)
    expect(await exited).toBe(0)
    expect(await errors).toBe('')
  },
)

test('ends although a browser keeps a connection on which it says nothing', async () => {
  const { port, release } = await aPort()
  await release()
  const { child, exited } = start({ DEMO_PORT: port, POSTERN_API_KEY: 'pk_test' })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const socket = connect(Number(port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await new Promise((resolve) => socket.once('connect', resolve))
  // An answer on another connection: the first has been taken by then.
  await (await fetch(`http://127.0.0.1:${port}/`)).text()
  child.kill('SIGTERM')
  await closed
  expect(await exited).toBe(0)
}, 20_000)

test('does not start with settings that are wrong, and says which', async () => {
  const { exited, errors } = start({ DEMO_PORT: 'x' })
  expect(await exited).toBe(1)
  expect((await errors).split('\n')).toEqual([
    'DEMO_PORT must be a port number from 1 to 65535, not "x".',
    'POSTERN_API_KEY is required: the key of an app with the scope start.',
    '',
  ])
})

test('says that its port is taken', async () => {
  const { port } = await aPort()
  const { exited, errors } = start({ DEMO_PORT: port, POSTERN_API_KEY: 'pk_test' })
  expect(await exited).toBe(1)
  expect(await errors).toBe(`Port ${port} is already in use. Set DEMO_PORT to a free one.\n`)
})
