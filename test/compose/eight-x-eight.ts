/** 8x8 for containers: the sandbox behind TLS, as production wants it, where they find the machine they run on. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { startSandbox } from '../../sandbox/start-sandbox.ts'
import { run } from './shell.ts'

export const HOST = '8x8.test'

/**
 * @param folder gets the certificate, `ca.pem`, and its key
 * @param address of this machine, as the containers reach it; nothing else can
 */
export async function startEightXEight(folder: string, address: string) {
  await run(
    'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem -out ca.pem ' +
      `-subj /CN=${HOST} -addext subjectAltName=DNS:${HOST}`,
    { cwd: folder },
  )
  const { sandbox, url, close } = await startSandbox({ receipts: { posted: false } })
  const [key, cert] = ['key.pem', 'ca.pem'].map((name) => readFileSync(join(folder, name)))
  const server = createServer({ key, cert }, (incoming, answer) => {
    const { method, headers } = incoming
    const onward = request(`${url}${incoming.url ?? ''}`, { method, headers }, (back) => {
      answer.writeHead(back.statusCode ?? 502, back.headers)
      pipeline(back, answer).catch(() => answer.destroy())
    })
    pipeline(incoming, onward).catch(() => answer.destroy())
  })
  server.listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    sandbox,
    url: `https://${HOST}:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await close()
    },
  }
}
