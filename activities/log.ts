import { log as temporalLog } from '@temporalio/activity'
import type { Log } from '../domain/log.ts'

/** The log of the running activity, whose workflow and run the SDK adds; in our order, and with our fields only. */
export const log: Log = {
  info(fields, message) {
    temporalLog.info(message, { ...fields })
  },
  warn(fields, message) {
    temporalLog.warn(message, { ...fields })
  },
  error(fields, message) {
    temporalLog.error(message, { ...fields })
  },
}
