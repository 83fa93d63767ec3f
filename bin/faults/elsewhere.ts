/** Rows that are proved beside what they are about, by suites other than this one: read from the titles of their tests. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths from the repository's root, in order, by row. */
export type Elsewhere = ReadonlyMap<number, readonly string[]>

/** What `npm run faults` runs itself, and what is no suite. */
const passedOver = ['test/faults/', 'test/support/', 'test/recording/']

/** @param root of the repository */
export function rowsElsewhere(root: string): Elsewhere {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => `test/${name}`)
    .filter((path) => path.endsWith('.ts') && !passedOver.some((folder) => path.startsWith(folder)))
    .toSorted()
  const rows = new Map<number, string[]>()
  for (const path of files) {
    for (const row of rowsIn(readFileSync(join(root, path), 'utf8'))) {
      rows.set(row, [...(rows.get(row) ?? []), path])
    }
  }
  return rows
}

/** The rows that titles in this text of a test file name: `'row 36: …'`, `'WHI-4: row 36: …'`, `'row 33, 34: …'`. */
export function rowsIn(text: string): readonly number[] {
  const titles = text.matchAll(/['"`][^'"`\n]*\brow (\d+(?:, \d+)*): /g)
  return [...new Set([...titles].flatMap(([, named = '']) => named.split(', ').map(Number)))]
}
