/** Row 42: the codec server is for engineers who look at histories. API and worker seal and open by themselves. */
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../platform/dev-server/ports.ts'
import { openHouse, type House } from '../support/house.ts'
import { injected } from '../support/injected.ts'
import { signInOverHttp, startApiProcess, startWorkerProcess } from '../support/processes.ts'

async function listen(server: Server, port: number) {
  let connections = 0
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => {
        resolve()
      })
    })
  onTestFinished(close)
  return { connections: () => connections, close }
}

/** How what an engineer sees without a codec server is encoded. */
async function encodingsIn(house: House, workflowId: string): Promise<ReadonlySet<string>> {
  const { events } = await house.client.workflow.getHandle(workflowId).fetchHistory()
  const started = events?.[0]?.workflowExecutionStartedEventAttributes
  const payloads = [...(started?.input?.payloads ?? []), ...Object.values(started?.memo?.fields ?? {})]
  return new Set(payloads.map(({ metadata }) => Buffer.from(metadata?.encoding ?? []).toString()))
}

test('row 42: with no codec server, one that hangs and one that answers 500 logins are verified, and nobody asks it', async ({
  task,
}) => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  const port = await freePort()
  const codecPort = await freePort()
  const env = { CODEC_HOST: '127.0.0.1', CODEC_PORT: String(codecPort) }
  await Promise.all([startWorkerProcess(house, env), startApiProcess(house, port, env)])
  const url = `http://127.0.0.1:${port}`

  injected(task, 'no codec server')
  const { status, workflowId } = await signInOverHttp(house, url)
  expect(status).toBe('verified')
  expect(await encodingsIn(house, workflowId)).toEqual(new Set(['binary/encrypted']))

  injected(task, 'a codec server that hangs')
  const hanging = await listen(createServer(), codecPort)
  expect((await signInOverHttp(house, url)).status).toBe('verified')
  await hanging.close()

  injected(task, 'a codec server that answers 500')
  const broken = await listen(
    createHttpServer((_, response) => response.writeHead(500).end()),
    codecPort,
  )
  expect((await signInOverHttp(house, url)).status).toBe('verified')
  expect([hanging.connections(), broken.connections()]).toEqual([0, 0])
})
