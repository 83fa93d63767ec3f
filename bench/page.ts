/** The page that a run writes into: prose by hand, and between markers what was measured. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export type Section = 'compare' | 'waiting' | 'scale'

/** Replaces what stands between the section's markers; a page without them gets them at its end. */
export function writeSection(file: string, section: Section, body: string): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '# Bench\n'
  writeFileSync(file, withSection(before, section, body))
}

export function withSection(page: string, section: Section, body: string): string {
  const [begin, end] = [`<!-- bench:${section} -->`, `<!-- /bench:${section} -->`]
  const block = `${begin}\n\n${body.trim()}\n\n${end}`
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${block}\n`
  return page.slice(0, from) + block + page.slice(to + end.length)
}
