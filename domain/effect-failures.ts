/** What an effect says when it cannot bring a result: the words that activities and workflows share. */

/** Failure type: certainly not done, so Temporal may repeat it. Its first detail is a `NotDoneDetail`. */
export const NOT_DONE = 'not-done'
/** Failure type: this run was made by an operator's reset, and nothing is sent or checked again (design 2, End). */
export const AFTER_RESET = 'after-reset'
/** Failure type: our own code failed; it may have been after the effect, so it is not repeated. */
export const BROKEN = 'broken'

export type NotDoneDetail = {
  /** The class of fault, such as `dns` or `rate_limited`; one word of ours. */
  readonly cause: string
  /** The provider's own wish, whole seconds ≥ 0. */
  readonly retryAfterSeconds?: number
}

/** Cause of an effect that no worker took in time: certainly not done. */
export const NO_WORKER = 'no-worker'
/** Cause of an effect that was under way, or between two tries, when the time for it was up: perhaps done. */
export const TIME_UP = 'time-up'
/** Cause of a result that is none of ours (a payload that the codec refused, another's answer): perhaps done. */
export const NOT_OURS = 'not-ours'
