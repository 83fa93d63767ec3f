/** Which limit answered, for the access log: whoever reads a 403 or a 429 there cannot see its body. */
import type { Block } from '../../domain/blocks.ts'
import type { Denial } from '../../domain/budget.ts'
import type { LimitReason } from '../../domain/limits.ts'
import type { Answering } from '../problem.ts'

/** A closed list: never the key that was counted by, the number, or the reason that an operator wrote. */
export type LimitWord =
  /** Over all numbers (`platform/limits`). */
  | LimitReason
  /** The number's own budget; `disabled` until an operator clears it. */
  | Denial['reason']
  /** More at once of one login than it takes. */
  | 'codes'
  | 'resends'
  | 'streams'
  /** What the app may not send to at all. */
  | 'allowed-countries'
  | 'number-type'
  /** An operator's; `block` alone is one that the worker knew of. */
  | 'block'
  | `block-${(typeof memberNames)[number]}`

/** The narrowest member of a block first: it is called by that. */
const memberNames = ['prefix', 'country', 'app', 'channel'] as const

/** A context that remembers the word until the request is logged. */
export type Limited = Answering & { set(key: 'limit', word: LimitWord): void }

export function noteLimit(c: Limited, word: LimitWord): void {
  c.set('limit', word)
}

export function wordOf(block: Block): LimitWord {
  const name = memberNames.find((member) => block[member] !== undefined)
  return name === undefined ? 'block' : `block-${name}`
}
