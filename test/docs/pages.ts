/** The pages that people read, taken apart as far as a test can hold them to what they say. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { nodesOf, parse } from '../house/imports.ts'
import { root } from '../house/repository.ts'

export { root }

export type Page = { readonly path: string; readonly text: string }

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** README.md and every page of docs/. */
export const pages: readonly Page[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((path) => ({ path, text: read(path) }))

export function pageAt(path: string): Page {
  const page = pages.find((candidate) => candidate.path === path)
  if (page === undefined) throw new Error(`there is no page ${path}`)
  return page
}

/** A fenced block; `language` is empty when none is named. */
export type Block = { readonly language: string; readonly text: string }

export function blocksOf({ text }: Page): readonly Block[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', block = '']) => {
    return { language, text: block }
  })
}

/** The page without its fenced blocks. */
export function proseOf({ text }: Page): string {
  return text.replace(/^```.*?^```$/gms, '')
}

/** What stands between backticks in the prose. */
export function spansOf(page: Page): readonly string[] {
  return [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
}

/** Targets of links that lead to a file or a heading of this repository. */
export function relativeLinksOf(page: Page): readonly string[] {
  const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: Page): readonly string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** What stands under each heading of the second level. */
export function sectionsOf({ text }: Page): ReadonlyMap<string, string> {
  const [, ...sections] = text.split(/^## /m)
  return new Map(
    sections.map((section) => {
      const [heading = '', ...lines] = section.split('\n')
      return [heading, lines.join('\n').trim()]
    }),
  )
}

/** Cells of every row of a page's tables, headers and rulers included. */
export function rowsOf({ text }: Page): readonly (readonly string[])[] {
  return [...text.matchAll(/^\|(.+)\|$/gm)].map(([, row = '']) => row.split('|').map((cell) => cell.trim()))
}

/** The titles of a test file's tests and groups, those of `test.each` with their placeholders. */
export function titlesIn(path: string): readonly string[] {
  return [...nodesOf(parse(path, read(path)))].flatMap((node) => {
    if (!ts.isCallExpression(node) || !/^(test|it|describe)\b/.test(node.expression.getText())) return []
    const [title] = node.arguments
    return title !== undefined && ts.isStringLiteralLike(title) ? [title.text] : []
  })
}
