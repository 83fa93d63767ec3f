/** Structured logs on standard output, for every part and for the Temporal SDK alike. */
import { DefaultLogger, type LogLevel, Runtime, type TelemetryOptions } from '@temporalio/worker'
import { pino, type Logger } from 'pino'

export type Log = Logger

export function createLog(part: string, level: string): Log {
  return pino({
    level,
    base: { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: toName },
  })
}

/**
 * Sends the SDK's and the workflows' own log lines the same way. Call it before the first connection.
 * The SDK's metadata goes along: ids and types, and our code puts nothing personal into it. Not the task token, and not
 * the whole task, which the SDK adds when an activity's arguments cannot be read.
 *
 * @param telemetryOptions of the same runtime, which can be installed only once
 */
export function installTemporalLog(log: Log, telemetryOptions: TelemetryOptions = {}): void {
  Runtime.install({
    shutdownSignals: [],
    telemetryOptions,
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      const {
        taskToken: _token,
        task: _task,
        taskEncoded: _encoded,
        ...fields
      } = (meta ?? {}) as Record<string, unknown>
      log[levels[level]](fields, message)
    }),
  })
}

const levels: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
}

const toName = (label: string) => ({ level: label })
