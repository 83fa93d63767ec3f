/** Named secret keys: the first is used to make, all of them to read. */
import { createSecretKey, type KeyObject } from 'node:crypto'

export type NamedKey = { readonly id: string; readonly key: KeyObject }

/** What is made now is made with the first one. */
export type KeyRing = readonly [NamedKey, ...NamedKey[]]

/** A key's id stands in plain text beside what it made. */
const ID = /^[A-Za-z0-9_-]{1,32}$/
const KEY_BYTES = 32

/**
 * Reads `id:base64,id:base64…`, either alphabet of base64, 32 bytes a key, each id once.
 *
 * @returns `undefined` when malformed; no part of the text is in any message.
 */
export function parseKeyRing(text: string): KeyRing | undefined {
  const keys = text.split(',').map(parseKey)
  const [first, ...others] = keys.filter((named) => named !== undefined)
  const ids = new Set(keys.map((named) => named?.id))
  return first === undefined || ids.has(undefined) || ids.size < keys.length ? undefined : [first, ...others]
}

function parseKey(text: string): NamedKey | undefined {
  const [, id = '', base64 = ''] = /^([^:]*):([A-Za-z0-9+/_-]+={0,2})$/.exec(text.trim()) ?? []
  const bytes = Buffer.from(base64, 'base64')
  return ID.test(id) && bytes.length === KEY_BYTES ? { id, key: createSecretKey(bytes) } : undefined
}
