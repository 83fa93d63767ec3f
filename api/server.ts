/** Composition root of the API: config → log → connection → gateway → app → port → drain. */
import { serve } from '@hono/node-server'
import { ConfigError, readConfig } from '../platform/config.ts'
import { createLog } from '../platform/log.ts'
import { startPart } from '../platform/part.ts'
import { checkRetention, connectClient, describeTarget } from '../platform/temporal.ts'
import { TASK_QUEUE } from '../workflows/messages.ts'
import { createApp } from './app.ts'
import { createIdentity } from './identity.ts'
import { createLoginGateway } from './login-gateway.ts'
import { createAppLookup } from './middleware/app-lookup.ts'

await startPart('api', async () => {
  const config = readConfig()
  const log = createLog('api', config.logLevel)
  for (const warning of config.warnings) log.warn(warning)

  log.info(`Temporal at ${describeTarget(config)}`)
  const client = await connectClient(config, (text) => log.error(text))
  await checkRetention(config, client.connection, client.options.namespace)
  const identity = createIdentity(config.lookupKey)
  const { policy, publicUrl, brand, allowedCountries } = config
  const app = {
    name: 'default',
    subAccountId: config.eightByEight.subAccountId,
    brand,
    admin: true,
    ...(allowedCountries === undefined ? {} : { allowedCountries }),
  }
  const api = createApp({
    gateway: createLoginGateway({ client, identity, policy, taskQueue: TASK_QUEUE }),
    identity,
    apps: createAppLookup([{ app, apiKey: config.apiKey }]),
    policy,
    publicUrl,
    log,
  })

  const server = serve({ fetch: api.fetch, port: config.port, hostname: config.host })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new ConfigError([`PORT ${config.port} is occupied; set another`])
          : error,
      )
    })
  })
  return {
    ready: publicUrl,
    async drain() {
      await new Promise((resolve) => server.close(resolve))
      await client.connection.close()
    },
  }
})
