/** What Prometheus learns of one worker process: the SDK's own metrics, the workflows' (`workflows/metrics.ts`) and these. */
import type { MetricMeter } from '@temporalio/common'
import { Runtime, type TelemetryOptions } from '@temporalio/worker'
import type { AttemptOutcome } from '../../domain/webhook.ts'
import { ConfigError } from '../config/parsers.ts'
import { toAuthority } from './metrics-server.ts'

/** In seconds; a send may take 10 s, a check 5 s. */
const CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10]
/** In seconds, up to the longest life of a login. */
const VERIFY_BUCKETS = [2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600]
/** In seconds: the SDK's own, and between 10 and 100 the 30 that an alert asks about. */
const ACTIVITY_WAIT_BUCKETS = [0.1, 0.5, 1, 5, 10, 30, 60, 100, 1000]

type Place = {
  /** An IP address. */
  readonly host: string
  /** Without one there is no listener, and nothing is counted. */
  readonly workerPort: number | undefined
}

/**
 * @param install installs the SDK's runtime with these options, before its first use
 * @throws ConfigError when the port cannot be listened on
 */
export function installMetrics(at: Place, install: (telemetry: TelemetryOptions) => void) {
  try {
    install(metricsAt(at))
  } catch (error) {
    const { workerPort } = at
    const isPort = workerPort !== undefined && error instanceof Error && error.message.includes('prometheus')
    if (!isPort) throw error
    throw new ConfigError([`WORKER_METRICS_PORT ${workerPort} cannot be listened on; set another`])
  }
  return createWorkerMetrics(Runtime.instance().metricMeter)
}

/**
 * The SDK serves `GET /metrics` itself, in threads of its own, so it answers when our event loop
 * does not. Names come out as Prometheus has them: counters end in `_total`, durations are seconds.
 */
function metricsAt({ host, workerPort: port }: Place): TelemetryOptions {
  if (port === undefined) return {}
  return {
    metrics: {
      attachServiceName: false,
      prometheus: {
        bindAddress: toAuthority({ host, port }),
        countersTotalSuffix: true,
        unitSuffix: true,
        useSecondsForDurations: true,
        // By a part of the name, unit and suffix left out.
        histogramBucketOverrides: {
          postern_8x8_call_duration: CALL_BUCKETS,
          postern_time_to_verify: VERIFY_BUCKETS,
          temporal_activity_schedule_to_start_latency: ACTIVITY_WAIT_BUCKETS,
        },
      },
    },
  }
}

type NoteAttempt = (endpointId: string, outcome: AttemptOutcome) => Promise<void>

function createWorkerMetrics(meter: MetricMeter) {
  const calls = meter.createCounter(
    'postern_8x8_calls',
    undefined,
    'Sends and checks at 8x8, by what came of them',
  )
  const durations = meter.createHistogram(
    'postern_8x8_call_duration',
    'float',
    'seconds',
    'How long 8x8 took; calls that were not made are left out',
  )
  const attempts = meter.createCounter(
    'postern_webhook_attempts',
    undefined,
    'Attempts to deliver an event to a webhook endpoint',
  )
  const plainText = meter.createCounter(
    'postern_plaintext_payloads',
    undefined,
    'Payloads from Temporal that we did not encrypt',
  )
  // There from the start, so that the first one is an increase.
  plainText.add(0)
  const payloadsSealed = meter.createCounter(
    'postern_payloads_sealed',
    undefined,
    'Payloads for Temporal that were sealed, by the id of the key',
  )
  return {
    plainTextSeen: (): void => {
      plainText.add(1)
    },
    /** For the codec. */
    sealedWith: (keyId: string) => {
      const ofKey = payloadsSealed.withTags({ key: keyId })
      ofKey.add(0)
      return (payloads: number): void => {
        ofKey.add(payloads)
      }
    },
    /** `operation`, `outcome` and `cause` are closed lists. */
    called: (call: {
      readonly operation: 'send' | 'check'
      readonly outcome: string
      readonly cause: string
      readonly seconds: number
    }): void => {
      const { operation, outcome, cause, seconds } = call
      calls.add(1, { operation, outcome, cause })
      if (cause !== 'open') durations.record(seconds, { operation })
    },
    /** Counts each attempt, and then lets it be noted; the label is the endpoint's id in the settings. */
    counted(note: NoteAttempt): NoteAttempt {
      return async (endpointId, outcome) => {
        attempts.add(1, { endpoint: endpointId, outcome })
        await note(endpointId, outcome)
      }
    },
  }
}
