/** What may leave in a span: a closed list. Whatever a library writes into one besides stays here (PII-4, PII-5). */
import type { Attributes, SpanContext } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'

/**
 * Not `temporalWorkflowId` and `temporalUpdateId`, which the interceptors set: the one names the number for as long as
 * there is a `LOOKUP_KEY`, the other is made of an idempotency key. The run id opens the same history.
 */
const KEPT = new Set([
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'postern.attempt',
  'postern.cause',
  'postern.endpoint',
  'postern.event',
  'postern.login',
  'postern.outcome',
  'postern.request_id',
  'run_id',
  'server.address',
  'server.port',
  'url.template',
])

/** Without messages, stack traces, links and trace state; of an exception its class is left. */
export function clean(span: ReadableSpan): ReadableSpan {
  const { parentSpanContext } = span
  const kept = Object.entries(span.attributes).filter(([name]) => KEPT.has(name))
  const context = bare(span.spanContext())
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => context,
    ...(parentSpanContext === undefined ? {} : { parentSpanContext: bare(parentSpanContext) }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    ended: span.ended,
    status: { code: span.status.code },
    attributes: { ...Object.fromEntries(kept), ...errorType(span) },
    links: [],
    events: [],
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

function bare({ traceId, spanId, traceFlags, isRemote }: SpanContext): SpanContext {
  return { traceId, spanId, traceFlags, ...(isRemote === undefined ? {} : { isRemote }) }
}

function errorType({ events }: ReadableSpan): Attributes {
  const type = events.find(({ name }) => name === 'exception')?.attributes?.['exception.type']
  return typeof type === 'string' && /^[A-Za-z]{1,60}$/.test(type) ? { 'error.type': type } : {}
}
