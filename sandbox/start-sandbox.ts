import { getRequestListener } from '@hono/node-server'
import { createServer } from 'node:http'
import type { SandboxOptions } from './options.ts'
import { createSandbox, type Sandbox } from './sandbox.ts'

/** A sandbox that listens. */
export type RunningSandbox = {
  /** `http://127.0.0.1:{port}`, without a slash at the end. */
  readonly url: string
  readonly sandbox: Sandbox
  /** Stops listening and destroys every connection, those that hang too. Safe to call twice. */
  readonly close: () => Promise<void>
}

/**
 * Starts a sandbox on 127.0.0.1.
 * @param options.port 0–65535; 0, the default, takes a free one.
 * @throws the error of `node:http`, `EADDRINUSE` when the port is taken.
 */
export async function startSandbox(
  options: SandboxOptions & { readonly port?: number } = {},
): Promise<RunningSandbox> {
  const { port = 0, ...rest } = options
  const sandbox = createSandbox(rest)
  // In tests the sandbox shares its process with other code, whose Request and Response stay Node's own.
  const listener = getRequestListener(sandbox.app.fetch, { overrideGlobalObjects: false })
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing))

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the sandbox has no TCP address')

  let closed: Promise<void> | undefined
  const close = () =>
    (closed ??= new Promise<void>((resolve) => {
      server.close(() => {
        resolve()
      })
      server.closeAllConnections()
      sandbox.stop()
    }))
  return { url: `http://127.0.0.1:${address.port}`, sandbox, close }
}
