/** Structured logs on standard output, for every part and for the Temporal SDK alike. */
import { DefaultLogger, type LogLevel, Runtime, type TelemetryOptions } from '@temporalio/worker'
import { pino } from 'pino'
import type { Log } from '../domain/log.ts'

/** Of one process. */
export type PartLog = Log & {
  /** A line of the Temporal SDK, whose fields are its own. */
  readonly temporal: (level: LogLevel, fields: object, message: string) => void
}

export function createLog(part: string, level: string): PartLog {
  const write = openLog(part, level)
  return {
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    temporal: (level, fields, message) => {
      write(levels[level])(fields, message)
    },
  }
}

/** For lines that have fields of their own; `F` should be a closed type too. Every level is written. */
export function createAudit<F extends object>(part: string) {
  const write = openLog(part, 'info')
  return {
    info: (fields: F) => write('info')(fields, 'asked'),
    warn: (fields: F) => write('warn')(fields, 'asked'),
  }
}

function openLog(part: string, level: string) {
  const logger = pino({
    level,
    base: { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: toName },
  })
  return (level: pino.Level) => (fields: object, message: string) => {
    logger[level](fields, message)
  }
}

/**
 * Sends the SDK's and the workflows' own log lines the same way. Call it before the first connection.
 * The SDK's metadata goes along: ids and types, and our code puts nothing personal into it. Not the task token, and not
 * the whole task, which the SDK adds when an activity's arguments cannot be read.
 *
 * @param telemetryOptions of the same runtime, which can be installed only once
 */
export function installTemporalLog(log: PartLog, telemetryOptions: TelemetryOptions = {}): void {
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
      log.temporal(level, fields, message)
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
