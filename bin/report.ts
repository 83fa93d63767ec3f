/** `docs/faults.md` is written by machines: each keeps its own section, with the day it was made. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

const file = resolve(import.meta.dirname, '../docs/faults.md')
const titles = { faults: '`npm run faults`', sabotage: '`npm run sabotage`' } as const

/** Replaces one section where it stands, from its heading to the next. */
export function writeSection(name: keyof typeof titles, body: string): void {
  const before = existsSync(file)
    ? readFileSync(file, 'utf8')
    : '# Faults and sabotage\n\nWhat was broken on purpose, and what held. Written by the commands named below.\n'
  const sections = before.split(/^(?=## )/m)
  const section = `## ${titles[name]}\n\nLast run: ${new Date().toISOString().slice(0, 10)}.\n\n${body}\n`
  const isOwn = (text: string) => text.startsWith(`## ${titles[name]}`)
  const written = sections.some(isOwn)
    ? sections.map((text) => (isOwn(text) ? section : text))
    : [...sections, section]
  writeFileSync(file, `${written.map((text) => text.trimEnd()).join('\n\n')}\n`)
}
