/** The kill switch: what an operator has stopped, until he allows it again (FRD-11). */
import type { Channel } from './login.ts'

/** Stops every send that all of its members are true of; at least one of them is there. */
export type Block = {
  /** ISO 3166-1 alpha-2, or the calling code for numbers of no country. */
  readonly country?: string | undefined
  /** The beginning of an E.164 number, with the plus. */
  readonly prefix?: string | undefined
  /** The name of an app. */
  readonly app?: string | undefined
  readonly channel?: Channel | undefined
  /** For operators; no caller is told. */
  readonly reason: string
  /** ISO 8601; left out, until it is removed. */
  readonly until?: string | undefined
}

/** A send as far as it is known: what is left out is matched by no block that names it. */
export type Blockable = {
  readonly country?: string | undefined
  readonly e164?: string | undefined
  readonly app?: string | undefined
  readonly channel?: Channel | undefined
}

/** The first block that stops this send at `now` (milliseconds since the epoch). */
export function findBlock(blocks: readonly Block[], send: Blockable, now: number): Block | undefined {
  return blocks.find(
    (block) =>
      (block.until === undefined || Date.parse(block.until) > now) &&
      (block.country === undefined || block.country === send.country) &&
      (block.prefix === undefined || send.e164?.startsWith(block.prefix) === true) &&
      (block.app === undefined || block.app === send.app) &&
      (block.channel === undefined || block.channel === send.channel),
  )
}

/** The cause of a send that was not made because of a block. */
export const BLOCKED = 'blocked'
/** The same, because no code goes to such a number by that channel. */
export const NUMBER_TYPE = 'number_type'

/** Whether we ourselves did not make a send: 8x8 was not asked, so it has refused nothing. */
export const isOwnRefusal = (cause: string | undefined): cause is typeof BLOCKED | typeof NUMBER_TYPE =>
  cause === BLOCKED || cause === NUMBER_TYPE
