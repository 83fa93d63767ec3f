/**
 * Where a trace passes through a workflow: bundled with it as an interceptor module, and idle unless whoever started it
 * or sent a message had a trace.
 *
 * It changes no command and delays none: every promise is handed on as it came, since one `await` more would reorder
 * the commands of runs in flight. So a history replays with it and without it, whoever recorded it.
 */
import { defaultPayloadConverter, type Headers } from '@temporalio/common'
import {
  getRandomStream,
  proxySinks,
  workflowInfo,
  type ActivityInput,
  type LocalActivityInput,
  type Sinks,
  type WorkflowInterceptors,
} from '@temporalio/workflow'
import { resendUpdate, submitCodeUpdate, userCodeSignal } from './messages.ts'

/** One span that has ended. Times are the workflow's, in milliseconds. */
export type WorkflowSpan = {
  readonly name: string
  /** 32, 16 and 16 hexadecimal digits. */
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly startedAt: number
  readonly endedAt: number
  readonly isFailed: boolean
}

/** Where spans leave the sandbox; the worker must have this sink. Nothing leaves it during a replay. */
export type TraceSinks = { readonly traces: { ended(span: WorkflowSpan): void } }

/** Of Temporal's OpenTelemetry interceptors, in every language. Not sealed: it holds a `traceparent`, and nothing else. */
const TRACE_HEADER = '_tracer-data'
/** W3C Trace Context, section 3.2. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
/** Codes whose check is still to come; who signals nonsense fills no memory. */
const MOST_CODES = 20

type Place = { readonly traceId: string; readonly spanId: string; readonly flags: string }

export function interceptors(): WorkflowInterceptors {
  const { traces } = proxySinks<TraceSinks & Sinks>()
  /** What the run itself belongs to. */
  let story: Place | undefined
  /** A check belongs to the request that brought its code, and a resend to the one that asked for it. */
  const codes = new Map<string, Place>()
  let resend: Place | undefined

  function span<T>(
    name: string,
    parent: Place | undefined,
    step: (place: Place | undefined) => Promise<T>,
  ): Promise<T> {
    if (parent === undefined || !isSampled(parent)) return step(parent)
    const place = { ...parent, spanId: newSpanId() }
    const { traceId, spanId } = place
    const startedAt = Date.now()
    const end = (isFailed: boolean) => () =>
      traces.ended({
        name,
        traceId,
        spanId,
        parentSpanId: parent.spanId,
        startedAt,
        endedAt: Date.now(),
        isFailed,
      })
    const result = step(place)
    void result.then(end(false), end(true))
    return result
  }

  function noteCode([message]: readonly unknown[], place: Place | undefined): void {
    const code = memberOf(message, 'code')
    if (place && typeof code === 'string' && codes.size < MOST_CODES) codes.set(code, place)
  }

  function reasonOf({ activityType, args: [input] }: ActivityInput | LocalActivityInput): Place | undefined {
    if (activityType === 'sendCode' && memberOf(input, 'newCode') === false) return resend ?? story
    const code = activityType === 'checkCode' ? memberOf(input, 'code') : undefined
    if (typeof code !== 'string') return story
    const place = codes.get(code)
    codes.delete(code)
    return place ?? story
  }

  function schedule<I extends ActivityInput | LocalActivityInput>(
    input: I,
    next: (input: I) => Promise<unknown>,
  ): Promise<unknown> {
    return span(`StartActivity:${input.activityType}`, reasonOf(input), (place) =>
      next(place ? { ...input, headers: { ...input.headers, ...toHeader(place) } } : input),
    )
  }

  return {
    inbound: [
      {
        execute: (input, next) =>
          span(`RunWorkflow:${workflowInfo().workflowType}`, placeIn(input.headers), (place) => {
            story = place
            return next(input)
          }),
        handleSignal: (input, next) =>
          span(`HandleSignal:${input.signalName}`, placeIn(input.headers), (place) => {
            if (input.signalName === userCodeSignal.name) noteCode(input.args, place)
            return next(input)
          }),
        handleUpdate: (input, next) =>
          span(`HandleUpdate:${input.name}`, placeIn(input.headers), (place) => {
            if (input.name === submitCodeUpdate.name) noteCode(input.args, place)
            const handled = next(input)
            if (input.name !== resendUpdate.name) return handled
            resend = place
            const forget = () => {
              resend = undefined
            }
            void handled.then(forget, forget)
            return handled
          }),
      },
    ],
    outbound: [{ scheduleActivity: schedule, scheduleLocalActivity: schedule }],
  }
}

/** Of a stream of its own, so that what the workflow draws by lot stays the same; and again the same in a replay. */
function newSpanId(): string {
  const digits = getRandomStream('postern traces')
  return Array.from({ length: 16 }, () => Math.floor(digits.random() * 16).toString(16)).join('')
}

const isSampled = ({ flags }: Place) => (parseInt(flags, 16) & 1) === 1

function toHeader({ traceId, spanId, flags }: Place): Headers {
  const traceparent = `00-${traceId}-${spanId}-${flags}`
  return { [TRACE_HEADER]: defaultPayloadConverter.toPayload({ traceparent }) }
}

/** Whoever may write to Temporal may write a header: what is no trace of ours is passed over. */
function placeIn(headers: Headers): Place | undefined {
  const payload = headers[TRACE_HEADER]
  if (payload === undefined) return undefined
  try {
    const carrier: unknown = defaultPayloadConverter.fromPayload(payload)
    const [, traceId, spanId, flags] = TRACEPARENT.exec(String(memberOf(carrier, 'traceparent'))) ?? []
    return traceId && spanId && flags ? { traceId, spanId, flags } : undefined
  } catch {
    return undefined
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
