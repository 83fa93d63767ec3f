/** `npm run demo`: Amazing Product as a process of its own, until SIGTERM or SIGINT. */
import { serve } from '@hono/node-server'
import { createPosternClient } from '../client/index.ts'
import { createDemo } from './app.ts'
import { parseEnvironment, type DemoEnvironment } from './environment.ts'
import { createPasswords } from './passwords.ts'
import { createStore } from './store.ts'
import { createVerdict } from './verdict.ts'

/** What was asked before it ends is answered within this, or not at all. */
const LAST_ANSWER_MS = 5000

try {
  const environment = parseEnvironment(process.env)
  const { postern, url, file, webhookSecret, development } = environment
  const store = createStore(file === undefined ? {} : { file })
  const demo = createDemo({
    store,
    passwords: createPasswords(),
    postern: createPosternClient({ baseUrl: postern.url, apiKey: postern.apiKey }),
    verdict: createVerdict({
      issuer: postern.issuer,
      audience: postern.audience,
      // Where the issuer is reached from here, which need not be its public address.
      jwksUrl: new URL('/.well-known/jwks.json', postern.url),
      store,
    }),
    webhookSecret,
    posternUrl: postern.url,
    isSecure: url.startsWith('https:'),
    ...(development === undefined ? {} : { development }),
    log: (line) => console.log(`demo: ${line}`),
  })
  await listen(demo, environment)
  console.log(`demo: ready on ${url}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : 'The demo could not start.')
  process.exitCode = 1
}

async function listen(demo: ReturnType<typeof createDemo>, { port }: DemoEnvironment): Promise<void> {
  const server = serve({ fetch: demo.fetch, port, hostname: '127.0.0.1' })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE' ? 'already in use' : `not to be opened (${String(error.code)})`
      reject(new Error(`Port ${port} is ${reason}. Set DEMO_PORT to a free one.`))
    })
  })
  const stop = () => {
    server.close()
    // Of itself it would wait for a browser that asks again and again, and for one that says nothing.
    setTimeout(() => {
      if ('closeAllConnections' in server) server.closeAllConnections()
    }, LAST_ANSWER_MS).unref()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
}
