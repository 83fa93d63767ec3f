/** What a set of files does that the house does not allow. Pure: files go in as text. */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import type ts from 'typescript'
import { habitBreaches } from './habits.ts'
import { importsOf, parse, type Import } from './imports.ts'
import { isIn, notForWorkflows, table, type Row } from './table.ts'

export type File = { readonly path: string; readonly text: string }

export type Rule =
  /** The file is in a folder that the table does not know. */
  | 'row'
  | 'ours'
  | 'npm'
  | 'node'
  /** An import whose target is made up at run time. */
  | 'unreadable'
  /** A workflow reaches a domain file that it must not, perhaps through another. */
  | 'reach'
  | 'environment'
  | 'length'
  | 'default export'
  | 'enum'
  | 'class'

export type Breach = {
  readonly path: string
  readonly line: number
  readonly rule: Rule
  readonly detail: string
}

type Parsed = { readonly path: string; readonly file: ts.SourceFile; readonly imports: readonly Import[] }

export function breaches(files: readonly File[]): readonly Breach[] {
  const parsed = files.map(({ path, text }): Parsed => {
    const file = parse(path, text)
    return { path, file, imports: importsOf(file) }
  })
  return [
    ...parsed.flatMap(importBreaches),
    ...reachBreaches(parsed),
    ...parsed.flatMap(({ path, file }) => habitBreaches(path, file)),
  ]
}

function importBreaches({ path, imports }: Parsed): Breach[] {
  const row = table.find(({ at }) => isIn(path, at))
  if (!row) return [{ path, line: 1, rule: 'row', detail: 'no row of the table holds this file' }]
  return imports.flatMap((found): Breach[] => {
    const rule = ruleBroken(path, row, found)
    return rule ? [{ path, line: found.line, rule, detail: found.specifier ?? 'not a string' }] : []
  })
}

function ruleBroken(path: string, row: Row, { specifier, isType }: Import): Rule | undefined {
  if (specifier === undefined) return 'unreadable'
  if (isBuiltin(specifier)) return row.node ? undefined : 'node'
  const target = ourFile(path, specifier)
  if (target === undefined) {
    return row.npm === 'anything' || row.npm.includes(packageOf(specifier)) ? undefined : 'npm'
  }
  if (row.ours === 'anything') return undefined
  const own = row.at.filter((place) => place.endsWith('/'))
  const allowed = [...row.ours, ...own, ...(isType ? (row.types ?? []) : [])]
  if (isIn(path, ['workflows/']) && notForWorkflows.includes(target)) return 'ours'
  return isIn(target, allowed) ? undefined : 'ours'
}

/** From the top of the repository; `undefined` for a package. What leads out of it is in no room. */
function ourFile(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  return /^(\/|file:)/.test(specifier) ? specifier : undefined
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Follows what is loaded, not what is only a type, from every workflow file through the files given. */
function reachBreaches(parsed: readonly Parsed[]): Breach[] {
  const loads = new Map(parsed.map(({ path, imports }) => [path, imports.filter(({ isType }) => !isType)]))
  const targets = (path: string) =>
    (loads.get(path) ?? []).flatMap(({ specifier, line }) => {
      const target = specifier === undefined ? undefined : ourFile(path, specifier)
      return target === undefined ? [] : [{ target, line }]
    })
  const reaches = (path: string, seen: ReadonlySet<string>): boolean =>
    notForWorkflows.includes(path) ||
    targets(path).some(({ target }) => !seen.has(target) && reaches(target, new Set([...seen, target])))
  return [...loads.keys()]
    .filter((path) => isIn(path, ['workflows/']))
    .flatMap((path) => targets(path).map((load) => ({ path, ...load })))
    .filter(({ target }) => isIn(target, ['domain/']) && !notForWorkflows.includes(target))
    .filter(({ target }) => reaches(target, new Set([target])))
    .map(({ path, line, target }) => ({ path, line, rule: 'reach', detail: target }))
}
