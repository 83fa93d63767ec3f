/** Composition root of the worker: config → log → connection → activities → run → drain. */
import { Client } from '@temporalio/client'
import { Runtime, Worker } from '@temporalio/worker'
import type { BreakerSettings } from './activities/eight-by-eight/breaker.ts'
import { createEightByEight, eightByEightBaseUrl } from './activities/eight-by-eight/client.ts'
import { bySubAccount } from './activities/eight-by-eight/by-sub-account.ts'
import { measured } from './activities/eight-by-eight/measured.ts'
import { traced } from './activities/eight-by-eight/traced.ts'
import { createActivities, createDeliveryActivities } from './activities/index.ts'
import { tracedAttempts } from './activities/webhooks/traced.ts'
import { endpointsOf, type Delivery } from './domain/webhook.ts'
import { createAppsSource } from './platform/apps/source.ts'
import { readConfig } from './platform/config.ts'
import { startDelivery } from './platform/deliveries.ts'
import { createAttemptNotes, isDisabled } from './platform/endpoint-health.ts'
import { watchBlocks } from './platform/limits/blocks-file.ts'
import { createConversion } from './platform/limits/conversion.ts'
import { connectValkey } from './platform/limits/valkey.ts'
import { createLog, installTemporalLog } from './platform/log.ts'
import { startPart } from './platform/part.ts'
import { openTraces, withoutTraces } from './platform/telemetry/traces.ts'
import { installMetrics } from './platform/telemetry/worker-metrics.ts'
import { checkRetention, connectWorker, describeTarget, ensureSearchAttributes } from './platform/temporal.ts'
import { createWebhookWorkers } from './platform/webhook-workers.ts'
import { describePromotion, readBuildId, toDeploymentOptions } from './platform/worker-version.ts'
import { takeWorkflowBundle } from './platform/workflow-bundle.ts'
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from './workflows/messages.ts'

/** Longer than a call to 8x8, so that a drained worker cuts none between the call and its record (OPS-10). */
const SHUTDOWN_GRACE_MS = 15_000

/** How long a login waits for the worker that knew it before another replays it; the default is 10 s. */
const STICKY_PATIENCE = '2 seconds'

await startPart('worker', async () => {
  const config = readConfig()
  const log = createLog('worker', config.logLevel)
  const apps = createAppsSource(config.apps, log)
  for (const warning of config.warnings) log.warn({}, warning)
  const metrics = installMetrics(config.metrics, (telemetry) => installTemporalLog(log, telemetry))
  const traces = await openTraces('worker', config.traces, log)

  log.info({}, `Temporal at ${describeTarget(config)}`)
  const { plainTextSeen, sealedWith } = metrics
  const { connection, namespace, dataConverter } = await connectWorker(config, {
    alarm: (text) => log.error({}, text),
    plainTextSeen,
    sealedWith,
  })
  await checkRetention(config, connection, namespace)
  const unregistered = await ensureSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES)
  if (unregistered) log.warn({}, unregistered)

  const { version, region, apiKey } = config.eightByEight
  const baseUrl = config.eightByEight.baseUrl ?? eightByEightBaseUrl(version, region)
  const breaker: BreakerSettings = {
    onOpen: (stopped) => log.error(stopped, '8x8 does not answer: no calls but one now and then'),
    onClose: (resumed) => log.info(resumed, '8x8 answers again: all calls are made'),
  }
  const eightByEight = bySubAccount((subAccountId) => {
    const client = createEightByEight({ version, baseUrl, apiKey, subAccountId, breaker })
    return measured(traces ? traced(client, { version, baseUrl }, traces.begin) : client, metrics.called)
  })
  log.info({}, `8x8 ${version} at ${baseUrl}`)

  const buildId = readBuildId(config.worker)
  log.info({}, buildId === undefined ? 'without a version' : `version ${buildId}`)

  const workflowBundle = await takeWorkflowBundle(config.worker.bundleFile, Runtime.instance().logger)
  const { isProduction } = config
  const endpoints = () => endpointsOf(apps.all())
  const client = new Client({ connection, namespace, dataConverter, interceptors: traces?.client ?? {} })
  const announcer = {
    endpoints,
    startDelivery: (delivery: Delivery) => startDelivery(client, delivery),
  }
  const blocks = watchBlocks(config.blocksFile, log)
  const valkey = config.valkeyUrl === undefined ? undefined : await connectValkey(config.valkeyUrl, log)
  const conversion = createConversion({ lookupKey: config.lookupKey, log, ...(valkey && { valkey }) })
  const common = {
    connection,
    namespace,
    dataConverter,
    workflowBundle,
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
  }
  const tracing = traces?.worker ?? withoutTraces
  const logins = await Worker.create({
    ...common,
    ...tracing,
    taskQueue: TASK_QUEUE,
    activities: createActivities({ eightByEight, announcer, blocks: () => blocks.current(), conversion }),
    ...(buildId === undefined ? {} : { workerDeploymentOptions: toDeploymentOptions(buildId) }),
    stickyQueueScheduleToStartTimeout: STICKY_PATIENCE,
  })
  const attempts = createDeliveryActivities({
    endpoints,
    isDisabled: (endpointId) => isDisabled(client, endpointId),
    noteAttempt: metrics.counted(createAttemptNotes(client)),
    mayStayInside: !isProduction,
  })
  const deliveries = createWebhookWorkers({
    ...common,
    tracing,
    endpoints,
    activities: traces ? tracedAttempts(attempts, traces.begin) : attempts,
    ...(buildId === undefined ? {} : { buildId }),
  })
  await deliveries.follow(apps)
  const running = Promise.race([logins.run(), deliveries.broken])
  const { address } = config.temporal
  // Outside production versions are off, and Temporal would log the question as an error.
  const hasVersions = isProduction || buildId !== undefined
  // Raced, so that a worker that Temporal turns away ends as every failed start does.
  const unpromoted = await Promise.race([
    running.then(() => undefined),
    hasVersions ? describePromotion({ connection, namespace, address }, buildId) : undefined,
  ])
  if (unpromoted) log.warn({}, unpromoted)
  return {
    ready: `task queue ${TASK_QUEUE}`,
    ended: running,
    async drain() {
      apps.close()
      blocks.close()
      logins.shutdown()
      await Promise.all([running, deliveries.drain()])
      valkey?.disconnect()
      await traces?.close()
      await connection.close()
    },
  }
})
