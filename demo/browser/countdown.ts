/** Counts down to moments that Postern names. */

/** Milliseconds since the epoch by the server's clock, of which `serverNow` (ISO 8601) is the reading at this moment. */
export function createClock(serverNow: string): () => number {
  const ahead = Date.parse(serverNow) - Date.now()
  return () => Date.now() + ahead
}

/** Whole seconds from `now` until `at` (ISO 8601), 0 when it has come; null when there is no such moment. */
export function secondsUntil(at: string | null, now: number): number | null {
  return at === null ? null : Math.max(0, Math.ceil((Date.parse(at) - now) / 1000))
}

/** As `4:07`. */
export function toClockTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
