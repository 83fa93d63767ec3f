/** `.env.example` from the settings themselves: every variable with its default and range, and what it is for. */
import { z } from 'zod'
import { parseSettings } from '../dev/settings.ts'
import { SANDBOX_KEY, SANDBOX_SUB_ACCOUNT } from '../../platform/config.ts'
import { port } from '../../platform/config/parsers.ts'
import { variables } from '../../platform/config/variables.ts'
import { sections, type Section } from './text.ts'

const WIDTH = 120

const opening = `The settings of Postern, each with its default. A variable without a value here has none, or has the default that
  its comment says. Nothing reads this file by itself; copy it to .env, edit the copy, and in a shell:`
const command = 'set -a; . ./.env; set +a'
const closing = `An empty variable counts as one that is not set. Malformed or out of range is an error at start. This file is
  written by npm run env-example.`

/** @returns the text of the file; every line is a comment, so that a copy of it changes nothing */
export function renderEnvExample(): string {
  const head = [comment(opening), '#', `#   ${command}`, '#', comment(closing)].join('\n')
  return `${[head, ...sections.flatMap(toParagraphs)].join('\n\n')}\n`
}

function toParagraphs({ about, rows }: Section): readonly string[] {
  const paragraphs = Object.entries(rows).map(
    ([name, text]) =>
      `${comment(text.includes('{range}') ? text.replace('{range}', rangeOf(name)) : text)}\n# ${name}=${defaultOf(name)}`,
  )
  return about === undefined ? paragraphs : [comment(`--- ${about}`), ...paragraphs]
}

/** @throws Error when a text speaks of a range and the variable has none */
function rangeOf(name: string): string {
  const schema = name in ofNpmStart ? port : schemaOf(name)
  const range = (schema instanceof z.ZodOptional ? schema.unwrap() : schema)?.meta()?.range
  if (typeof range !== 'string') throw new Error(`${name} has no range`)
  return range
}

function schemaOf(name: string) {
  return Object.entries(variables.shape).find(([known]) => known === name)?.[1]
}

const npmStart = parseSettings({})

/** What only `npm start` reads, and what stands in for 8x8's account there. */
const ofNpmStart: Readonly<Record<string, string>> = {
  DEMO_PORT: String(npmStart.demoPort),
  TEMPORAL_DEV_PORT: String(npmStart.temporalPort),
  TEMPORAL_NAMESPACE: npmStart.namespace,
}

const ofSandbox: Readonly<Record<string, string>> = {
  EIGHTXEIGHT_API_KEY: SANDBOX_KEY,
  EIGHTXEIGHT_SUBACCOUNT_ID: SANDBOX_SUB_ACCOUNT,
}

function defaultOf(name: string): string {
  const written = ofNpmStart[name] ?? ofSandbox[name]
  if (written !== undefined) return written
  const read: unknown = schemaOf(name)?.safeParse(undefined).data
  return typeof read === 'string' || typeof read === 'number' ? String(read) : ''
}

/** Lines of `# …`, as wide as the code. */
function comment(text: string): string {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > WIDTH) lines.push(`# ${word}`)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.join('\n')
}
