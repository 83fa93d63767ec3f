/** `2025-12-18T05:59:54.09Z`: UTC, the fraction without its trailing zeros [D]. */
export function shortTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z')
}

/** `2025-12-18T14:05:00.1254323+00:00`: seven digits and an offset [D]. */
export function longTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '4323+00:00')
}

/** `2017-08-29T21:43:26.641256+00:00`: six digits and an offset, as v1 writes it. */
export function v1Timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '256+00:00')
}
