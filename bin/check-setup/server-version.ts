/** Versions of the Temporal server that must not carry logins: too old for us, or with a known hole. */

/** What each line of versions needs to be rid of it; later lines never had it, earlier ones have it for ever. */
type Hole = {
  readonly cve: string
  readonly what: string
  /** First versions with the fix, oldest line first. */
  readonly fixed: readonly string[]
  /** First version that has it; left out, any before the fix. */
  readonly since?: string
}

/**
 * Gathered in November 2026. That 1.28.4 has the fixes of CVE-2025-14986 and -14987 was seen; which earlier version of
 * each line has them first was not confirmed. From `LEAST_SAFE` on it makes no difference.
 */
export const holes: readonly Hole[] = [
  {
    cve: 'CVE-2025-14986',
    what: 'update-with-start is judged by another namespace’s rules',
    fixed: ['1.27.4', '1.28.2', '1.29.2'],
  },
  {
    cve: 'CVE-2025-14987',
    what: 'a worker of one namespace may command workflows of another',
    fixed: ['1.27.4', '1.28.2', '1.29.2'],
  },
  {
    cve: 'CVE-2026-5199',
    what: 'whoever may write to one namespace may signal, reset and delete in another',
    since: '1.29.0',
    fixed: ['1.29.5', '1.30.3'],
  },
  {
    cve: 'CVE-2026-5724',
    what: 'the replication stream is open to whoever reaches the port',
    fixed: ['1.28.4', '1.29.6', '1.30.4'],
  },
]

/** Worker versioning as a rollout needs it (docs/shipping-workflow-changes.md). */
export const LEAST_FOR_VERSIONS = '1.29.1'

/** The first of the oldest line that has no hole. */
export const LEAST_SAFE = '1.29.6'

/** @param version as the server says it: `1.32.0`, `1.31.0-150.1` */
export function holesOf(version: string): readonly Hole[] {
  return holes.filter(({ since, fixed }) => {
    if (since !== undefined && isBefore(version, since)) return false
    const ofLine = fixed.find((first) => lineOf(first) === lineOf(version))
    const last = fixed.at(-1)
    return isBefore(version, ofLine ?? last ?? version)
  })
}

export function isBefore(version: string, other: string): boolean {
  const [a, b] = [partsOf(version), partsOf(other)]
  const differing = a.findIndex((part, index) => part !== b[index])
  return differing >= 0 && (a[differing] ?? 0) < (b[differing] ?? 0)
}

const lineOf = (version: string) => partsOf(version).slice(0, 2).join('.')

function partsOf(version: string): readonly number[] {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []
  return [major, minor, patch].map(Number)
}

/** Whether the version can be read at all. */
export const isReadable = (version: string) => partsOf(version).every(Number.isInteger)
