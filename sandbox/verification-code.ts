import { randomInt } from 'node:crypto'

/** 8x8's code types [D]. */
export const codeTypes = [
  'NUMERIC',
  'NUMERIC_WITH_DASH',
  'ALPHANUMERIC',
  'ALPHANUMERIC_CAPITALS',
  'ALPHANUMERIC_EASY',
] as const
export type CodeType = (typeof codeTypes)[number]

/** A random code of `length` characters, a dash not counted; never the same as `previous`. */
export function makeCode(type: CodeType, length: number, previous?: string): string {
  for (;;) {
    const characters = Array.from({ length }, () => pick(alphabets[type])).join('')
    const middle = Math.ceil(length / 2)
    const code =
      type === 'NUMERIC_WITH_DASH' ? `${characters.slice(0, middle)}-${characters.slice(middle)}` : characters
    if (code !== previous) return code
  }
}

/** Whether a submitted code is the right one; the dash may be left out. */
export function isSameCode(submitted: string, code: string): boolean {
  return submitted === code || submitted === code.replace('-', '')
}

const digits = '0123456789'
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const alphabets: Record<CodeType, string> = {
  NUMERIC: digits,
  NUMERIC_WITH_DASH: digits,
  ALPHANUMERIC: digits + capitals + capitals.toLowerCase(),
  ALPHANUMERIC_CAPITALS: digits + capitals,
  // What is hard to tell apart on a screen (0 O, 1 I L) is left out.
  ALPHANUMERIC_EASY: '23456789ABCDEFGHJKMNPQRSTUVWXYZ',
}

function pick(alphabet: string): string {
  return alphabet.charAt(randomInt(alphabet.length))
}
