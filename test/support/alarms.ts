/** What activities log, told apart by login: the house keeps such lines to itself, since tests cause so many. */
import { DefaultLogger, type ActivityInterceptorsFactory } from '@temporalio/worker'

/** By workflow id, warnings and errors in their order, as `ERROR what was said {"with":"its fields"}`. */
export type Alarms = ReadonlyMap<string, readonly string[]>

/** The interceptor is for a worker; whatever its activities say is in `alarms` from then on. */
export function listenToActivities(): { alarms: Alarms; interceptor: ActivityInterceptorsFactory } {
  const alarms = new Map<string, string[]>()
  const interceptor: ActivityInterceptorsFactory = (context) => {
    const { workflowId = '' } = context.info.workflowExecution ?? {}
    context.log = new DefaultLogger('WARN', ({ level, message, meta }) => {
      const line = `${level} ${message}${meta ? ` ${JSON.stringify(meta)}` : ''}`
      alarms.set(workflowId, [...(alarms.get(workflowId) ?? []), line])
    })
    return {}
  }
  return { alarms, interceptor }
}

/** Each error once, however often Temporal has repeated what it is about. */
export function errorsIn(alarms: Alarms, workflowId: string): readonly string[] {
  const lines = alarms.get(workflowId) ?? []
  return [...new Set(lines.flatMap((line) => (line.startsWith('ERROR ') ? line.slice(6) : [])))]
}
