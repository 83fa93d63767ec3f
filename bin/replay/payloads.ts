/** Payloads in a history: found, opened with our keys, and turned from one way of writing them into the other. */
import { ApplicationFailure, type PayloadCodec } from '@temporalio/common'
import { JSONToPayload, payloadToJSON } from '@temporalio/common/lib/proto-utils.js'
import { ENCODING, KEY_ID } from '../../platform/codec/encryption.ts'
import { UnreadableError, type History } from './history.ts'
import { at, isArray, isObject, objectAt, parseJson, textAt, type Json, type JsonObject } from './json.ts'

export type Keys = {
  /** Opens what is ours and refuses the rest, as in production. */
  readonly codec: PayloadCodec
  readonly namespace: string
}

/** A history without secrets: nothing in it is sealed any more. */
export type Reading = {
  readonly history: History
  /**
   * There when payloads of somebody else stand beside ours: the same as a worker in production read it, where they are
   * refused. The history does not tell which worker it was.
   */
  readonly ifRefused?: History
}

/**
 * Opens what is sealed with our keys, and writes every payload as the server stores it: metadata and data in base64.
 *
 * @param keys asked for only when something is sealed, so that a plain file needs none.
 * @throws UnreadableError that names a key which is not there
 */
export async function openHistory(history: History, keys: () => Promise<Keys>): Promise<Reading> {
  const stored = mapPayloads(history, toStored)
  const payloads = payloadsIn(stored)
  const sealed = payloads.filter(isSealed)
  if (sealed.length === 0) return { history: stored }
  const { codec, namespace } = await keys()
  const opened = await decodeEach(sealed, codec, namespace)
  const open = { history: replace(stored, opened) }
  if (sealed.length === payloads.length) return open
  return { ...open, ifRefused: replace(stored, await decodeEach(payloads, codec, namespace)) }
}

export type Readable = {
  readonly encoding: string
  /** Of a search attribute, such as `Keyword`. */
  readonly type: string | undefined
  /** Of JSON; other encodings have none. */
  readonly value: Json
}

export function toReadable(stored: JsonObject): Readable {
  const encoding = metadataOf(stored, 'encoding')
  const type = at(stored, 'metadata', 'type') === undefined ? undefined : metadataOf(stored, 'type')
  const text = Buffer.from(textAt(stored, 'data') ?? '', 'base64').toString()
  try {
    return { encoding, type, value: encoding === JSON_PLAIN ? parseJson(text) : null }
  } catch {
    return { encoding: 'damaged', type, value: null }
  }
}

/** The way the UI's decoded download writes a payload: metadata and data as they are, so that a diff shows them. */
export function fromReadable({ encoding, type, value }: Readable): JsonObject {
  const metadata = { encoding, ...(type === undefined ? {} : { type }) }
  return encoding === NOTHING ? { metadata } : { metadata, data: value }
}

export function isPayload(value: Json | undefined): value is JsonObject {
  return isObject(value) && textAt(value, 'metadata', 'encoding') !== undefined
}

const JSON_PLAIN = 'json/plain'
const NOTHING = 'binary/null'

/** Search attributes, headers, and the SDK's own notes in markers: a local activity's result and failure beside them are sealed. */
const notSealed = new Set(['searchAttributes', 'header', 'data', 'patch-data'])

function payloadsIn({ events }: History): JsonObject[] {
  const found: JsonObject[] = []
  const walk = (value: Json): void => {
    if (isPayload(value)) found.push(value)
    else if (isArray(value)) value.forEach(walk)
    else if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) if (!notSealed.has(name)) walk(member)
    }
  }
  events.forEach(walk)
  return found
}

function mapPayloads({ events }: History, change: (payload: JsonObject) => JsonObject): History {
  const walk = (value: Json): Json => {
    if (isPayload(value)) return change(value)
    if (isArray(value)) return value.map(walk)
    return isObject(value) ? mapMembers(value, walk) : value
  }
  return { events: events.map((event) => mapMembers(event, walk)) }
}

const replace = (history: History, by: ReadonlyMap<JsonObject, JsonObject>) =>
  mapPayloads(history, (payload) => by.get(payload) ?? payload)

function mapMembers(object: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
}

async function decodeEach(payloads: readonly JsonObject[], codec: PayloadCodec, namespace: string) {
  const decoded = new Map<JsonObject, JsonObject>()
  for (const payload of payloads) {
    try {
      const [open] = await codec.decode([JSONToPayload(payload)])
      if (open) decoded.set(payload, toJson(open))
    } catch (error) {
      throw new UnreadableError(whyNotOpened(error, metadataOf(payload, KEY_ID), namespace))
    }
  }
  return decoded
}

function toJson(payload: Parameters<typeof payloadToJSON>[0]): JsonObject {
  const { metadata, data } = payloadToJSON(payload)
  return { metadata: metadata ?? {}, ...(data ? { data } : {}) }
}

function whyNotOpened(error: unknown, keyId: string, namespace: string): string {
  const details: readonly unknown[] = error instanceof ApplicationFailure ? (error.details ?? []) : []
  const isUnknown = details.some((detail) => (detail as { cause?: unknown }).cause === 'unknown-key')
  if (isUnknown) return `it is encrypted with key ${keyId}, which is not among ENCRYPTION_KEYS`
  const reasons = 'another key under that name, another namespace (TEMPORAL_NAMESPACE), or damage'
  return `it does not open with key ${keyId} of ENCRYPTION_KEYS in namespace ${namespace}: ${reasons}`
}

function toStored(payload: JsonObject): JsonObject {
  const encoding = textAt(payload, 'metadata', 'encoding')
  if (encoding !== JSON_PLAIN && encoding !== NOTHING) return payload
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const metadata = mapMembers(objectAt(payload, 'metadata'), (text) =>
    base64(typeof text === 'string' ? text : ''),
  )
  return encoding === NOTHING ? { metadata } : { metadata, data: base64(JSON.stringify(payload.data)) }
}

function isSealed(stored: JsonObject): boolean {
  return metadataOf(stored, 'encoding') === ENCODING
}

function metadataOf(stored: JsonObject, name: string): string {
  return Buffer.from(textAt(stored, 'metadata', name) ?? '', 'base64').toString()
}
