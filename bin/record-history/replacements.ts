/** What stands for what in a fixture: the same original is replaced by the same everywhere, and twice in the same way. */
import { createHash } from 'node:crypto'
import { maskPhone } from '../../domain/phone.ts'
import { holds } from './leftovers.ts'

export type Kind = keyof typeof makers

/** Asked for each value that is to be replaced; it may note it, or answer with what stands for it. */
export type Replace = (kind: Kind, original: string) => string

/** @param n from 1, in the order in which the originals of a kind come up */
type Make = (n: number, original: string) => string

/** `user1`; when that is what an original is made of, something that none is made of. */
const numbered =
  (name: string): Make =>
  (n) =>
    n < 10 ? `${name}${n}` : `x${n}`

const makers = {
  /** Numbers that Ofcom keeps for drama: +44 7700 900000 to 900999. */
  phone: (n) => `+44${7_700_900_099 + n}`,
  /** Made of the number that it hides; on its own only when that number is not in the history. */
  mask: (n) => maskPhone(`+44${7_700_900_899 + n}`),
  /** `••67`, in summaries. */
  tail: (n) => `••${String(n).padStart(2, '0')}`,
  code: (n, original) => String(n).padStart(original.length, '0'),
  login: (n) =>
    `lg_${Buffer.concat([bytes(`login ${n}`), bytes('number 1'), Buffer.from('example')]).toString('base64url')}`,
  workflow: (n) => `login:example:${bytes(`number ${n}`).toString('base64url')}`,
  run: (n) => toUuid(bytes(`run ${n}`)),
  /** A name kept for documents (RFC 2606). */
  url: (n) => `https://callback${n}.example`,
  /** Addresses kept for documents (RFC 5737, RFC 3849). */
  address: (n, original) => (original.includes(':') ? `2001:db8::${n}` : `192.0.2.${n}`),
  /** The country of the numbers above. */
  country: () => 'GB',
  language: () => 'en-GB',
  update: numbered('update'),
  key: numbered('key'),
  challenge: numbered('challenge'),
  app: numbered('app'),
  brand: numbered('brand'),
  user: numbered('user'),
  nonce: numbered('nonce'),
  person: numbered('person'),
  identity: numbered('identity'),
  queue: numbered('queue'),
  endpoint: numbered('endpoint'),
  receipt: numbered('receipt'),
  deployment: numbered('deployment'),
  text: numbered('text'),
} satisfies Record<string, Make>

/** Countries and languages have one replacement, which may be what was there. */
const shared: readonly Kind[] = ['country', 'language']

const MOST_ATTEMPTS = 100

export type Replacements = {
  readonly of: Replace
  /** How many different originals of each kind. */
  readonly counts: ReadonlyMap<Kind, number>
}

/** @param noted each original with the kind that it first came up as, in the order in which they did */
export function toReplacements(noted: ReadonlyMap<string, Kind>): Replacements {
  const originals = [...noted.keys()]
  const made = new Map<string, string>()
  const used = new Map<Kind, number>()
  const isTaken = (candidate: string) => originals.some((original) => holds(candidate, original))

  function make(kind: Kind, original: string): string {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const n = (used.get(kind) ?? 0) + 1
      used.set(kind, n)
      const candidate = makers[kind](n, original)
      const shown = kind === 'phone' ? [candidate, ...shownOf(candidate)] : [candidate]
      if (shared.includes(kind) || !shown.some(isTaken)) return candidate
    }
    throw new Error(`there is nothing to replace a ${kind} by`)
  }

  const [phones, others] = [[...noted].filter(isPhone), [...noted].filter((it) => !isPhone(it))]
  for (const [original, kind] of phones) {
    made.set(original, make(kind, original))
    const [mask = '', tail = ''] = shownOf(original)
    const [newMask = '', newTail = ''] = shownOf(made.get(original) ?? '')
    made.set(mask, newMask).set(tail, newTail)
  }
  for (const [original, kind] of others) if (!made.has(original)) made.set(original, make(kind, original))
  return { of: (_kind, original) => made.get(original) ?? 'unknown', counts: countsOf(noted) }
}

const isPhone = ([, kind]: readonly [string, Kind]) => kind === 'phone'

/** How a number is shown: masked but for two digits, and in a summary by these alone. */
function shownOf(phone: string): readonly string[] {
  return [maskPhone(phone), `••${phone.slice(-2)}`]
}

function countsOf(noted: ReadonlyMap<string, Kind>): Map<Kind, number> {
  const counts = new Map<Kind, number>()
  for (const kind of noted.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** 16 bytes that look like any others, and are the same each time. */
function bytes(label: string): Buffer {
  return createHash('sha256').update(`a fixture of Postern: ${label}`).digest().subarray(0, 16)
}

function toUuid(random: Buffer): string {
  const hex = random.toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-')
}
