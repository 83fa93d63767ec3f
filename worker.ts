/** Composition root of the worker: config → log → connection → activities → run → drain. */
import { fileURLToPath } from 'node:url'
import { Worker } from '@temporalio/worker'
import type { BreakerSettings } from './activities/eight-by-eight/breaker.ts'
import { createEightByEight, eightByEightBaseUrl } from './activities/eight-by-eight/client.ts'
import { createActivities } from './activities/index.ts'
import { readConfig } from './platform/config.ts'
import { createLog, installTemporalLog } from './platform/log.ts'
import { startPart } from './platform/part.ts'
import { checkRetention, connectWorker, describeTarget, ensureSearchAttributes } from './platform/temporal.ts'
import { describePromotion, readBuildId, toDeploymentOptions } from './platform/worker-version.ts'
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from './workflows/messages.ts'

/** Longer than a call to 8x8, so that a drained worker cuts none between the call and its record (OPS-10). */
const SHUTDOWN_GRACE = '15 seconds'

/** How long a login waits for the worker that knew it before another replays it; the default is 10 s. */
const STICKY_PATIENCE = '2 seconds'

await startPart('worker', async () => {
  const config = readConfig()
  const log = createLog('worker', config.logLevel)
  for (const warning of config.warnings) log.warn(warning)
  installTemporalLog(log)

  log.info(`Temporal at ${describeTarget(config)}`)
  const { connection, namespace, dataConverter } = await connectWorker(config, (text) => log.error(text))
  await checkRetention(config, connection, namespace)
  const unregistered = await ensureSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES)
  if (unregistered) log.warn(unregistered)

  const { version, region, apiKey, subAccountId } = config.eightByEight
  const baseUrl = config.eightByEight.baseUrl ?? eightByEightBaseUrl(version, region)
  const breaker: BreakerSettings = {
    onOpen: (stopped) => log.error(stopped, '8x8 does not answer: no calls but one now and then'),
    onClose: (resumed) => log.info(resumed, '8x8 answers again: all calls are made'),
  }
  const eightByEight = createEightByEight({ version, baseUrl, apiKey, subAccountId, breaker })
  log.info(`8x8 ${version} at ${baseUrl}`)

  const buildId = readBuildId(config.worker)
  log.info(buildId === undefined ? 'without a version' : `version ${buildId}`)

  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL('./workflows/index.ts', import.meta.url)),
    activities: createActivities({ eightByEight }),
    dataConverter,
    ...(buildId === undefined ? {} : { workerDeploymentOptions: toDeploymentOptions(buildId) }),
    shutdownGraceTime: SHUTDOWN_GRACE,
    stickyQueueScheduleToStartTimeout: STICKY_PATIENCE,
  })
  const running = worker.run()
  const { address } = config.temporal
  // Raced, so that a worker that Temporal turns away ends as every failed start does.
  const unpromoted = await Promise.race([
    running,
    describePromotion({ connection, namespace, address }, buildId),
  ])
  if (unpromoted) log.warn(unpromoted)
  return {
    ready: `task queue ${TASK_QUEUE}`,
    ended: running,
    async drain() {
      worker.shutdown()
      await running
      await connection.close()
    },
  }
})
