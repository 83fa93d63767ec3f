/** Composition root of the API: config → log → connection → gateway → app → port → drain. */
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { announceEvents } from '../activities/announce-events.ts'
import { endpointsOf } from '../domain/webhook.ts'
import { createAppsSource } from '../platform/apps/source.ts'
import { ConfigError, readConfig } from '../platform/config.ts'
import { startDelivery } from '../platform/deliveries.ts'
import { prepareDrain } from '../platform/drain.ts'
import { watchBlocks } from '../platform/limits/blocks-file.ts'
import { createLimits } from '../platform/limits/create-limits.ts'
import { connectValkey } from '../platform/limits/valkey.ts'
import { createLog } from '../platform/log.ts'
import { announceMissingOrLog } from '../platform/missing-ends.ts'
import { startPart } from '../platform/part.ts'
import { requestTimeouts } from '../platform/request-timeouts.ts'
import { createAssertions } from '../platform/signing/assertions.ts'
import { developmentSigningKeys } from '../platform/signing/development-signing-keys.ts'
import { createLoginTokens } from '../platform/signing/login-tokens.ts'
import { watchSigningKeys } from '../platform/signing/signing-keys.ts'
import { createApiMetrics } from '../platform/telemetry/api-metrics.ts'
import { serveMetrics } from '../platform/telemetry/metrics-server.ts'
import { observeLimits } from '../platform/telemetry/observed-limits.ts'
import { openTraces } from '../platform/telemetry/traces.ts'
import { checkRetention, connectClient, describeTarget } from '../platform/temporal.ts'
import { TASK_QUEUE } from '../workflows/messages.ts'
import { createApp } from './app.ts'
import { createEventStreams } from './event-stream/streams.ts'
import { createIdentity } from './identity.ts'
import { createLoginGateway, type GatewayDeps } from './login-gateway.ts'

await startPart('api', async () => {
  const config = readConfig()
  const log = createLog('api', config.logLevel)
  for (const warning of config.warnings) log.warn({}, warning)

  log.info({}, `Temporal at ${describeTarget(config)}`)
  const traces = await openTraces('api', config.traces, log)
  const streams = createEventStreams()
  const metrics = createApiMetrics({ openStreams: () => streams.count() })
  const alarm = (text: string) => log.error({}, text)
  const { plainTextSeen, sealedWith } = metrics
  const client = await connectClient(config, { alarm, plainTextSeen, sealedWith }, traces?.client)
  await checkRetention(config, client.connection, client.options.namespace)
  const identity = createIdentity(config.lookupKey)
  const { policy, publicUrl, trustedProxies } = config
  const { token, authorization, addresses } = config.receipts
  const apps = createAppsSource(config.apps, log)
  // Here and not in `readConfig`: no other part signs, so no other part should have the key (TOK-11).
  if (config.isProduction && config.signingKeysFile === undefined) {
    throw new ConfigError(['SIGNING_KEYS_FILE is required in production'])
  }
  const signingKeys = watchSigningKeys(config.signingKeysFile ?? developmentSigningKeys(), log)
  const announce = announceEvents({
    endpoints: () => endpointsOf(apps.all()),
    startDelivery: (delivery) => startDelivery(client, delivery),
  })
  const closedFromOutside: GatewayDeps['closedFromOutside'] = ({ workflowId, runId }) => {
    if (endpointsOf(apps.all()).length === 0) return
    void announceMissingOrLog(client, { workflowId, runId }, announce, log)
  }
  const blocks = watchBlocks(config.blocksFile, log)
  const valkey = config.valkeyUrl === undefined ? undefined : await connectValkey(config.valkeyUrl, log)
  const { lookupKey, sendsPerDayCountry, sendsPerDayOverall } = config
  const limits = createLimits({
    lookupKey,
    sendsPerDayCountry,
    sendsPerDayOverall,
    log,
    ...(valkey && { valkey }),
  })
  const api = createApp({
    limits: observeLimits(limits, metrics.limitsUnavailable),
    blocks: () => blocks.current(),
    gateway: createLoginGateway({
      client,
      identity,
      policy,
      taskQueue: TASK_QUEUE,
      alarm,
      closedFromOutside,
    }),
    identity,
    apps,
    clientTokens: createLoginTokens(config.tokenKeys, 'client'),
    assertions: createAssertions({ issuer: publicUrl, keys: signingKeys }),
    publicUrl,
    receipts: {
      callbackTokens: createLoginTokens(config.tokenKeys, 'callback'),
      subAccountIds: () => apps.all().map(({ subAccountId }) => subAccountId),
      ...(token === undefined ? {} : { token }),
      ...(authorization === undefined ? {} : { authorization }),
      ...(addresses === undefined ? {} : { addresses }),
    },
    connInfo: getConnInfo,
    trustedProxies,
    streams,
    metrics,
    ...(traces && { traces: traces.requests }),
    log,
  })

  const server = serve({
    fetch: api.fetch,
    port: config.port,
    hostname: config.host,
    serverOptions: requestTimeouts(),
  })
  const drainServer = prepareDrain(server)
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
  const { host, apiPort: metricsPort } = config.metrics
  const scraped =
    metricsPort === undefined ? undefined : await serveMetrics(metrics.registry, { host, port: metricsPort })
  if (scraped) log.info({}, `metrics at ${scraped.url}`)
  return {
    ready: publicUrl,
    async drain() {
      const drained = drainServer()
      streams.end()
      apps.close()
      blocks.close()
      signingKeys.close()
      await drained
      await scraped?.close()
      await traces?.close()
      valkey?.disconnect()
      await client.connection.close()
    },
  }
})
