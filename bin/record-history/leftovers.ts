/** Whether anything that was to be replaced is still to be found. */
import { isArray, isObject, type Json } from '../replay/json.ts'

/** What is as long as this is not there by accident, so it is looked for inside of anything. */
const LONG = 8
/** What is shorter than this is everywhere. It is replaced where it stands, and not looked for. */
const SHORT = 4

/** Numbers, times, durations and the protocol's own upper-case words: what they hold, they hold by accident. */
const FACT = /^(?:-?\d+(?:\.\d+)?s?|[A-Z][A-Z0-9_]*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)$/

export const isFact = (text: string) => FACT.test(text)

/** Whether `text` holds the original: anywhere if it is long, as a word of its own if it is not. */
export function holds(text: string, original: string): boolean {
  if (original.length < SHORT) return false
  const [where, what] = [text.toLowerCase(), original.toLowerCase()]
  if (original.length >= LONG) return where.includes(what)
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + 1)) {
    if (!isLetter(where[at - 1]) && !isLetter(where[at + what.length])) return true
  }
  return false
}

const isLetter = (character = ' ') => /[\p{L}\p{N}]/u.test(character)

/** The originals that a fixture still holds. A phone is looked for without its plus sign as well. */
export function leftovers(fixture: Json, originals: readonly string[]): string[] {
  const text = JSON.stringify(fixture)
  const leaves = textsOf(fixture).filter((leaf) => !isFact(leaf))
  return originals.filter((original) => {
    const digits = /^\+(\d{8,})$/.exec(original)?.[1]
    if (digits !== undefined && text.includes(digits)) return true
    return original.length >= LONG ? holds(text, original) : leaves.some((leaf) => holds(leaf, original))
  })
}

/** Every text in it, names of members included. */
export function textsOf(value: Json): string[] {
  if (typeof value === 'string') return [value]
  if (isArray(value)) return value.flatMap(textsOf)
  return isObject(value) ? Object.entries(value).flatMap(([name, member]) => [name, ...textsOf(member)]) : []
}
