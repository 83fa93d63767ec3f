/** A time that the story waits for, as one timer that is set anew when the time changes. */
import { CancellationScope, sleep } from '@temporalio/workflow'
import { isPast } from '../domain/deadline.ts'

export type Alarm = {
  /** `at` is ISO 8601; the same time again changes nothing. */
  arm(at: string): void
  disarm(): void
  /** By the timer or by the clock, whichever says so first. False while no time is set. */
  isPast(): boolean
}

/** @param what what comes at that time, for the timer's summary. The timer is left to itself at the login's end. */
export function openAlarm(what: string): Alarm {
  let armedFor: string | undefined
  let rung: string | undefined
  let timer: CancellationScope | undefined
  return {
    arm(at) {
      if (at === armedFor) return
      timer?.cancel()
      timer = new CancellationScope()
      armedFor = at
      const summary = `${what} ${at.slice(11, 19)} UTC`
      timer
        .run(() => sleep(Math.max(1, Date.parse(at) - Date.now()), { summary }))
        .then(
          () => (rung = at),
          () => undefined,
        )
    },
    disarm() {
      if (armedFor !== rung) timer?.cancel()
      armedFor = undefined
      rung = undefined
    },
    isPast: () => armedFor !== undefined && (rung === armedFor || isPast(Date.parse(armedFor), Date.now())),
  }
}
