/** The header `Prefer` (RFC 7240), of which we know `wait` and `respond-async`. */

export type Preferences = {
  /** `wait`, in seconds: 0–30. */
  readonly waitSeconds?: number
  readonly respondAsync: boolean
}

const MAX_WAIT_SECONDS = 30

/**
 * Reads the preferences that we know and ignores the others.
 *
 * Of several `wait` only the first counts (RFC 7240, 2); one over 30 is taken for 30, one that is no number for none.
 */
export function parsePrefer(header: string | undefined): Preferences {
  // Commas inside quotes separate nothing; an open quote reaches to the end.
  const items = header?.match(/(?:[^,"]|"[^"]*"?)+/g) ?? []
  const preferences = items.map(toPreference)
  const wait = preferences.find(({ name }) => name === 'wait')?.value ?? ''
  return {
    respondAsync: preferences.some(({ name }) => name === 'respond-async'),
    ...(/^\d+$/.test(wait) ? { waitSeconds: Math.min(Number(wait), MAX_WAIT_SECONDS) } : {}),
  }
}

/** How long a call may be held: as long as `wait` says, not at all with only `respond-async`, else `standard` seconds. */
export function chooseWait(
  preferences: Preferences,
  standard: number,
): { seconds: number; applied?: string } {
  const { waitSeconds, respondAsync } = preferences
  if (waitSeconds !== undefined) return { seconds: waitSeconds, applied: `wait=${waitSeconds}` }
  return respondAsync ? { seconds: 0, applied: 'respond-async' } : { seconds: standard }
}

function toPreference(item: string): { name: string; value: string | undefined } {
  const [preference = ''] = item.split(';')
  const [name = '', value] = preference.split('=')
  return { name: name.trim().toLowerCase(), value: value?.trim().replace(/^"(.*)"$/, '$1') }
}
