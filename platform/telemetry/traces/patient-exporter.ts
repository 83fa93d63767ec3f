import { ExportResultCode } from '@opentelemetry/core'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Log } from '../../../domain/log.ts'
import { clean } from './clean.ts'

export type TracesLog = Pick<Log, 'info' | 'warn'>

/** Between two lines about a collector that stays away. */
const QUIET_MS = 600_000

/** Exports what may leave. A collector that takes nothing costs spans and, now and then, a line of the log. */
export function patientExporter(exporter: SpanExporter, log: TracesLog): SpanExporter {
  let toldAt: number | undefined
  let lost = 0

  function tell(isTaken: boolean, spans: number): void {
    if (isTaken) {
      if (toldAt !== undefined) log.info({ lost }, 'traces are exported again')
      toldAt = undefined
      lost = 0
      return
    }
    lost += spans
    const now = performance.now()
    if (toldAt !== undefined && now < toldAt + QUIET_MS) return
    toldAt = now
    log.warn({ lost }, 'traces are not exported: the collector does not take them')
  }

  return {
    export(spans, done) {
      exporter.export(spans.map(clean), ({ code }) => {
        tell(code === ExportResultCode.SUCCESS, spans.length)
        // It has been told. The SDK would say it with the collector's address and answer.
        done({ code: ExportResultCode.SUCCESS })
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  }
}
