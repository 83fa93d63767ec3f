/** OpenTelemetry traces of one process (docs/traces.md). Without an endpoint nothing of OpenTelemetry is even loaded. */
import type { WorkflowClientInterceptor } from '@temporalio/client'
import type { WorkerOptions } from '@temporalio/worker'
import type { TracesLog } from './traces/patient-exporter.ts'

export type TracesSettings = {
  /** Where spans are posted as OTLP/HTTP; without one there are none. */
  readonly endpoint: string | undefined
  /** Default: `postern-api`, `postern-worker`. */
  readonly serviceName: string | undefined
  /** How long a span waits for others, in milliseconds. Default: `OTEL_BSP_SCHEDULE_DELAY`, or 5 000. */
  readonly batchMs?: number
  /** For one export, repeats included, in milliseconds. Default: `OTEL_EXPORTER_OTLP_TIMEOUT`, or 10 000. */
  readonly exportMs?: number
}

type Attributes = Readonly<Record<string, string | number>>

export type Traces = {
  /** Of requests: what `api/middleware/traces.ts` asks for. */
  readonly requests: {
    begin(request: {
      readonly method: string
      readonly requestId: string
      readonly traceparent: string | undefined
    }): {
      readonly traceId: string | undefined
      run<T>(work: () => T): T
      end(answer: {
        readonly route: string | undefined
        readonly status: number
        readonly login: string | undefined
      }): void
    }
  }
  /** Of a call to somebody else, within the activity that makes it; `end` says what came of it. */
  readonly begin: (name: string, attributes: Attributes) => (end: Attributes, isFailed: boolean) => void
  /** For a client of Temporal: its calls, and the header by which workflows go on with the trace. */
  readonly client: { readonly workflow: WorkflowClientInterceptor[] }
  /** For a worker: its activities, and the way out of the sandbox for spans of workflows. */
  readonly worker: Required<Pick<WorkerOptions, 'interceptors' | 'sinks'>>
  /** Exports what is left, for 3 s at most. Never rejects. */
  close(): Promise<void>
}

/** What a worker without traces must know: the API of another process may have some. */
export const withoutTraces: Pick<WorkerOptions, 'sinks'> = {
  sinks: { traces: { ended: { fn: () => undefined } } },
}

export async function openTraces(
  part: 'api' | 'worker',
  settings: TracesSettings,
  log: TracesLog,
): Promise<Traces | undefined> {
  const { endpoint } = settings
  if (endpoint === undefined) return undefined
  const { createTraces } = await import('./traces/create-traces.ts')
  return createTraces(part, { ...settings, endpoint }, log)
}
