/** An OpenTelemetry collector that takes whatever is exported, counts the exports, and keeps none. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export async function startCollector() {
  let exports = 0
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      exports += 1
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    exports: () => exports,
    close: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise<unknown>((resolve) => server.close(resolve))
    },
  }
}
