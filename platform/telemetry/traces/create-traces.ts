/** The one place that knows OpenTelemetry's SDK; loaded only where traces are on. */
import { setTimeout as wait } from 'node:timers/promises'
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry-v2'
import { knownMethod } from '../request-method.ts'
import type { Traces, TracesSettings } from '../traces.ts'
import { createContextManager } from './context-manager.ts'
import { patientExporter, type TracesLog } from './patient-exporter.ts'
import { workflowSpans } from './workflow-spans.ts'

/** For the spans that are left when a process stops. */
const CLOSE_MS = 3_000

export function createTraces(
  part: 'api' | 'worker',
  { endpoint, serviceName = `postern-${part}`, batchMs, exportMs }: TracesSettings & { endpoint: string },
  log: TracesLog,
): Traces {
  // These two are the process's, and the interceptors of Temporal know no others.
  context.setGlobalContextManager(createContextManager())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const resource = detectResources({ detectors: [envDetector] }).merge(
    resourceFromAttributes({ 'service.name': serviceName }),
  )
  const exporter = new OTLPTraceExporter({
    url: endpoint,
    ...(exportMs === undefined ? {} : { timeoutMillis: exportMs }),
  })
  const processor = new BatchSpanProcessor(
    patientExporter(exporter, log),
    batchMs === undefined ? {} : { scheduledDelayMillis: batchMs },
  )
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] })
  const tracer = provider.getTracer('postern')

  return {
    requests: requestsOf(tracer),
    begin(name, attributes) {
      const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes })
      return (end, isFailed) => {
        span.setAttributes(end)
        if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      }
    },
    client: { workflow: [new OpenTelemetryWorkflowClientInterceptor({ tracer })] },
    worker: {
      interceptors: {
        activity: [
          (activity) => ({
            inbound: new OpenTelemetryActivityInboundInterceptor(activity, { tracer }),
            outbound: { getLogAttributes: (input, next) => next({ ...input, traceId: presentTraceId() }) },
          }),
        ],
      },
      sinks: workflowSpans(resource, (span) => processor.onEnd(span)),
    },
    async close() {
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        wait(CLOSE_MS, undefined, { ref: false }),
      ])
    },
  }
}

function requestsOf(tracer: Tracer): Traces['requests'] {
  return {
    begin({ method: asked, requestId, traceparent }) {
      const method = knownMethod(asked)
      const known = method === '_OTHER' ? 'HTTP' : method
      // `traceparent` and nothing else: a caller's trace state would go on into histories.
      const caller = propagation.extract(ROOT_CONTEXT, traceparent === undefined ? {} : { traceparent })
      const attributes = { 'http.request.method': method, 'postern.request_id': requestId }
      const span = tracer.startSpan(known, { kind: SpanKind.SERVER, attributes }, caller)
      const within = trace.setSpan(caller, span)
      return {
        traceId: span.isRecording() ? span.spanContext().traceId : undefined,
        run: (work) => context.with(within, work),
        end({ route, status, login }) {
          if (route !== undefined) span.updateName(`${known} ${route}`).setAttribute('http.route', route)
          if (login !== undefined) span.setAttribute('postern.login', login)
          span.setAttribute('http.response.status_code', status)
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
          span.end()
        },
      }
    },
  }
}

function presentTraceId(): string | undefined {
  return trace.getSpanContext(context.active())?.traceId
}
