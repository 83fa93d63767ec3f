/**
 * What an engineer may see of a decoded value: everything but the user's code, all digits of a phone number but the
 * last two, and what tells who or where the user is (PII-4, PII-14). Pure; masking twice changes nothing more.
 */

export const HIDDEN = '••••••'

/** Deeper than anything of ours; what is below is not shown. */
const MOST_LEVELS = 64

/** Members that are not shown at all: the code, what binds the verdict to the app, and the user's address. */
const hiddenNames = new Set(['code', 'nonce', 'clientip'])
/** Members of which the last two characters are shown, so that two of them can be told apart. */
const shortenedNames = new Set(['phone', 'userid', 'challenge', 'sessionid'])

/** Seven digits or more behind a plus, and whatever people and URLs put between them or for the plus. */
const INTERNATIONAL = /(?:\+|\uff0b|%2b|\\u002b)(?:[^\p{L}\p{Nd}]{0,2}\p{Nd}){7,}/giu
/** Digits that stand alone and could be a number without its plus; not parts of ids and UUIDs. */
const BARE = /(?<![\p{L}\p{Nd}_-])\p{Nd}{7,15}(?![\p{L}\p{Nd}_-])/gu
/** A text that is nothing but a code, as somebody may have sent it beside the contract. */
const ONLY_CODE = /^\s*\p{Nd}{4,10}\s*$/u

/** A whole payload. A number by itself is masked like a text; within an object numbers are times and counts. */
export function maskValue(value: unknown): unknown {
  return typeof value === 'number' && ONLY_CODE.test(String(value)) ? HIDDEN : mask(value, MOST_LEVELS)
}

export function maskText(text: string): string {
  if (ONLY_CODE.test(text)) return HIDDEN
  return text.replace(INTERNATIONAL, (number) => `+${hideDigits(number)}`).replace(BARE, hideDigits)
}

function mask(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return maskText(value)
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return HIDDEN
  if (Array.isArray(value)) return value.map((item: unknown) => mask(item, levels - 1))
  const members = Object.entries(value).map(([name, member]: [string, unknown]) => {
    return [maskText(name), maskMember(name, member, levels - 1)] as const
  })
  return Object.fromEntries(members)
}

function maskMember(name: string, value: unknown, levels: number): unknown {
  const plainName = name.toLowerCase().replace(/[^a-z]/g, '')
  if (hiddenNames.has(plainName)) return HIDDEN
  if (!shortenedNames.has(plainName)) return mask(value, levels)
  if (typeof value === 'string' || typeof value === 'number') return shorten(String(value))
  return value === null || typeof value === 'boolean' ? value : HIDDEN
}

/** `+••••••••67`; a plus in front stays, and a masked one stays as it is. */
function shorten(text: string): string {
  const [, plus = '', rest = ''] = /^(\+?)(.*)$/s.exec(text) ?? []
  const characters = Array.from(rest)
  if (characters.length <= 4) return HIDDEN
  return `${plus}${'•'.repeat(characters.length - 2)}${characters.slice(-2).join('')}`
}

function hideDigits(text: string): string {
  const digits = text.replace(/^(?:%2b|\\u002b)/i, '').match(/\p{Nd}/gu) ?? []
  return `${'•'.repeat(digits.length - 2)}${digits.slice(-2).join('')}`
}
