/** Composition root of the API: config → log → connection → gateway → app → port → drain. */
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { announceEvents } from '../activities/announce-events.ts'
import { ConfigError, readConfig } from '../platform/config.ts'
import { startDelivery } from '../platform/deliveries.ts'
import { createLog } from '../platform/log.ts'
import { announceMissing } from '../platform/missing-ends.ts'
import { startPart } from '../platform/part.ts'
import { createLoginTokens } from '../platform/signing/login-tokens.ts'
import { checkRetention, connectClient, describeTarget } from '../platform/temporal.ts'
import { TASK_QUEUE } from '../workflows/messages.ts'
import { createApp } from './app.ts'
import { createEventStreams } from './event-stream/streams.ts'
import { createIdentity } from './identity.ts'
import { createLoginGateway, type GatewayDeps } from './login-gateway.ts'
import { createAppLookup } from './middleware/app-lookup.ts'

await startPart('api', async () => {
  const config = readConfig()
  const log = createLog('api', config.logLevel)
  for (const warning of config.warnings) log.warn(warning)

  log.info(`Temporal at ${describeTarget(config)}`)
  const client = await connectClient(config, (text) => log.error(text))
  await checkRetention(config, client.connection, client.options.namespace)
  const identity = createIdentity(config.lookupKey)
  const { policy, publicUrl, brand, allowedCountries, ladder, trustedProxies } = config
  const { token, authorization, addresses } = config.receipts
  const { subAccountId } = config.eightByEight
  const app = {
    name: 'default',
    subAccountId,
    brand,
    admin: true,
    ladder,
    endpoints: config.endpoints.map(({ id }) => id),
    ...(allowedCountries === undefined ? {} : { allowedCountries }),
  }
  const streams = createEventStreams()
  const announce = announceEvents({
    endpoints: config.endpoints,
    startDelivery: (delivery) => startDelivery(client, delivery),
  })
  /** `npm run sweep` does the same, should this fail. */
  const closedFromOutside: GatewayDeps['closedFromOutside'] = ({ workflowId, runId }) => {
    announceMissing(client, { workflowId, runId }, announce).catch(() => {
      log.warn({ workflowId, runId }, 'the end of a login was not announced')
    })
  }
  const api = createApp({
    gateway: createLoginGateway({
      client,
      identity,
      policy,
      taskQueue: TASK_QUEUE,
      alarm: (text) => log.error(text),
      ...(config.endpoints.length === 0 ? {} : { closedFromOutside }),
    }),
    identity,
    apps: createAppLookup([{ app, apiKey: config.apiKey }]),
    policy,
    publicUrl,
    receipts: {
      callbackTokens: createLoginTokens(config.tokenKeys, 'callback'),
      subAccountIds: [subAccountId],
      ...(token === undefined ? {} : { token }),
      ...(authorization === undefined ? {} : { authorization }),
      ...(addresses === undefined ? {} : { addresses }),
    },
    connInfo: getConnInfo,
    trustedProxies,
    streams,
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
      const closed = new Promise((resolve) => server.close(resolve))
      streams.end()
      await closed
      await client.connection.close()
    },
  }
})
