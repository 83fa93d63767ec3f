import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import type { InjectedSinks } from '@temporalio/worker'
import type { TraceSinks, WorkflowSpan } from '../../../workflows/traces.ts'

/** Spans that ended in a workflow, as the SDK has them, with the run that they are of. */
export function workflowSpans(
  resource: Resource,
  onEnd: (span: ReadableSpan) => void,
): InjectedSinks<TraceSinks> {
  return {
    traces: { ended: { fn: ({ runId }, span) => onEnd(toReadable(span, runId, resource)) } },
  }
}

function toReadable(span: WorkflowSpan, runId: string, resource: Resource): ReadableSpan {
  const { name, traceId, spanId, parentSpanId, startedAt, endedAt, isFailed } = span
  const traceFlags = TraceFlags.SAMPLED
  return {
    name,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId, spanId, traceFlags }),
    parentSpanContext: { traceId, spanId: parentSpanId, traceFlags },
    startTime: toHrTime(startedAt),
    endTime: toHrTime(endedAt),
    duration: toHrTime(endedAt - startedAt),
    ended: true,
    status: { code: isFailed ? SpanStatusCode.ERROR : SpanStatusCode.OK },
    attributes: { run_id: runId },
    links: [],
    events: [],
    resource,
    instrumentationScope: { name: 'postern-workflow' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

/** Seconds, and nanoseconds. */
const toHrTime = (ms: number): HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1_000_000]
