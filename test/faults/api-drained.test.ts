/** An API process that is asked to stop while clients keep their connections (OPS-10). */
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../platform/dev-server/ports.ts'
import { openHouse } from '../support/house.ts'
import { startApiProcess } from '../support/processes.ts'

test('OPS-10: an API ends although one client asks again and again, one has half asked, and one says nothing', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const port = await freePort()
  const process = await startApiProcess(house, port)
  for (const beginning of ['', 'GET /healthz HTTP/1.1\r\nHost: x']) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write(beginning)
  }
  const busy = askAlways(port)
  await expect.poll(busy.answers).toBeGreaterThan(5)

  const askedAt = performance.now()
  const status = process.drain()
  expect(await busy.ended).toEqual({ connection: 'close' })
  expect(await status).toBe(0)
  expect(performance.now() - askedAt).toBeLessThan(9000)
}, 30_000)

/** Asks over one connection, as soon as it is answered, until it is told to go. */
function askAlways(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => {
    agent.destroy()
  })
  let answers = 0
  const ended = Promise.withResolvers<{ readonly connection: string | undefined }>()
  const ask = () => {
    const request = get({ port, host: '127.0.0.1', path: '/healthz', agent }, (response) => {
      const { connection } = response.headers
      response.resume().once('end', () => {
        answers += 1
        if (connection === 'keep-alive') setImmediate(ask)
        else ended.resolve({ connection })
      })
    })
    request.once('error', ended.reject)
  }
  ask()
  return { answers: () => answers, ended: ended.promise }
}
