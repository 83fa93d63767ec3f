/** How many logins a process remembers something of. */
const MOST_KEPT = 10_000

/** Sets `key` and makes it the newest; beyond ten thousand the oldest goes. */
export function keepNewest<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > MOST_KEPT && oldest !== undefined) map.delete(oldest)
}
