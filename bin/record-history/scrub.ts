/** A history without anything that is somebody's: an allow-list (`events.ts`, `shapes.ts`) says what stays. */
import { attributesKey, attributesOf, nameOf, type History } from '../replay/history.ts'
import {
  at,
  elementsOf,
  isArray,
  isObject,
  objectAt,
  textAt,
  type Json,
  type JsonObject,
} from '../replay/json.ts'
import { fromReadable, isPayload, toReadable } from '../replay/payloads.ts'
import { tellStart } from '../../domain/story.ts'
import { envelope, eventFields, type Fields, type Place, type Rule } from './events.ts'
import { scrubLeaf, scrubMember, scrubUnknown } from './leaves.ts'
import { isFact, textsOf } from './leftovers.ts'
import { toReplacements, type Kind, type Replace } from './replacements.ts'
import type { Shape } from './shape.ts'

export type Scrubbed = {
  /** Payloads are readable. The same history gives the same, whatever the order of its maps. */
  readonly history: History
  /** How many different originals of each kind were replaced. */
  readonly counts: ReadonlyMap<Kind, number>
  /** All that must not be found in it, and what it was; what was left out has no kind. */
  readonly originals: ReadonlyMap<string, Kind | 'left out'>
}

/** @param history opened: no payload is sealed, and all are as the server stores them */
export function scrub(history: History): Scrubbed {
  const noted = new Map<string, Kind>()
  const leftOut = new Set<string>()
  const note: Replace = (kind, original) => {
    const known = noted.get(original)
    if (known === undefined || known === 'text') noted.set(original, kind)
    return original
  }
  walk(history, note, (value) => textsOf(value).forEach((text) => leftOut.add(text)))
  const { of, counts } = toReplacements(noted)
  const strange = [...leftOut].filter(
    (text) => text.length >= 8 && !isFact(text) && !/^[A-Za-z_]+$/.test(text),
  )
  const originals = new Map([...strange.map((text) => [text, 'left out'] as const), ...noted])
  return { history: walk(history, of, () => undefined), counts, originals }
}

type Drop = (value: Json) => void

function walk(history: History, replace: Replace, drop: Drop): History {
  const events = history.events.map((event) => {
    const key = attributesKey(event) ?? ''
    const place: Place = { history, attributes: attributesOf(event) }
    const { [key]: _attributes, userMetadata, ...rest } = event
    const attributes = scrubFields(
      eventFields[nameOf(event) ?? ''] ?? {},
      place.attributes,
      place,
      replace,
      drop,
    )
    const told = scrubTold(objectAt(userMetadata), attributes, replace, drop)
    return {
      ...scrubFields(envelope, rest, place, replace, drop),
      ...(Object.keys(told).length > 0 ? { userMetadata: told } : {}),
      [key]: attributes,
    }
  })
  return { events }
}

function scrubFields(
  fields: Fields,
  object: JsonObject,
  place: Place,
  replace: Replace,
  drop: Drop,
): JsonObject {
  const kept = Object.entries(object).flatMap(([field, value]): [string, Json][] => {
    const rule = Object.hasOwn(fields, field) ? fields[field] : undefined
    const scrubbed = rule === undefined ? undefined : scrubRule(rule, value, place, replace, drop)
    if (scrubbed === undefined) drop(value)
    return scrubbed === undefined ? [] : [[field, scrubbed]]
  })
  return Object.fromEntries(kept)
}

/** @returns `undefined` for what has not the form that the rule is for */
function scrubRule(rule: Rule, value: Json, place: Place, replace: Replace, drop: Drop): Json | undefined {
  if (typeof rule === 'string')
    return isObject(value) || isArray(value) ? undefined : scrubLeaf(rule, value, replace)
  if ('list' in rule) return elementsOf(value).map((element) => scrubLeaf(rule.list, element, replace))
  if (!isObject(value)) return undefined
  if ('fields' in rule) return scrubFields(rule.fields, value, place, replace, drop)
  if ('payload' in rule) return scrubPayload(rule.payload(place), value, replace)
  if ('payloads' in rule) {
    const shape = rule.payloads(place)
    const payloads = elementsOf(value.payloads)
    // Our messages have one argument; whatever comes with it is nobody's.
    return {
      payloads: payloads.map((payload, n) => scrubPayload(n === 0 ? shape : undefined, payload, replace)),
    }
  }
  // The server's maps come in any order.
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    entries.flatMap(([name, payload]) => {
      const shape = Object.hasOwn(rule.each, name) ? rule.each[name] : undefined
      if (shape === undefined) drop(payload)
      return shape === undefined ? [] : [[name, scrubPayload(shape, payload, replace)]]
    }),
  )
}

function scrubPayload(shape: Shape | undefined, payload: Json, replace: Replace): Json {
  const { encoding, type, value } = toReadable(isPayload(payload) ? payload : {})
  if (encoding === 'binary/null') return fromReadable({ encoding, type: undefined, value: null })
  const scrubbed = encoding === 'json/plain' ? scrubJson(shape, value, replace) : null
  const isType = type !== undefined && /^[A-Za-z]+$/.test(type)
  return fromReadable({ encoding: 'json/plain', type: isType ? type : undefined, value: scrubbed })
}

function scrubJson(shape: Shape | undefined, value: Json, replace: Replace): Json {
  if (shape === undefined) return scrubUnknown(value, replace)
  if (typeof shape === 'string') return scrubLeaf(shape, value, replace)
  if (isShapes(shape)) {
    return isArray(value)
      ? value.map((element) => scrubJson(shape[0], element, replace))
      : scrubUnknown(value, replace)
  }
  if (!isObject(value)) return scrubUnknown(value, replace)
  const members = Object.entries(value).map(([name, member]) => {
    const isNamed = Object.hasOwn(shape, name)
    if (isNamed) return [name, scrubJson(shape[name], member, replace)] as const
    return scrubMember(name, member, replace)
  })
  return Object.fromEntries(members)
}

const isShapes = (shape: Exclude<Shape, string>): shape is readonly [Shape] => Array.isArray(shape)

/** Summaries and details. Those of a start are told anew, from the start as it now is. */
function scrubTold(told: JsonObject, attributes: JsonObject, replace: Replace, drop: Drop): JsonObject {
  const start = tellStartOf(attributes)
  const scrubbed = Object.entries(told).flatMap(([name, payload]): [string, Json][] => {
    if (name !== 'summary' && name !== 'details') return []
    const value = start?.[name]
    if (value !== undefined) drop(toReadable(objectAt(payload)).value)
    const anew =
      value === undefined ? undefined : fromReadable({ encoding: 'json/plain', type: undefined, value })
    return [[name, anew ?? scrubPayload(name === 'summary' ? 'summary' : 'text', payload, replace)]]
  })
  return Object.fromEntries(scrubbed)
}

function tellStartOf(
  attributes: JsonObject,
): { readonly summary: string; readonly details: string } | undefined {
  const [payload] = elementsOf(at(attributes, 'input', 'payloads'))
  const input = objectAt(payload, 'data')
  const text = (name: string) => textAt(input, name) ?? ''
  if (text('loginId') === '') return undefined
  return tellStart({
    loginId: text('loginId'),
    app: text('app'),
    previousRunId: textAt(input, 'previousRunId') ?? null,
    maskedPhone: text('maskedPhone'),
    country: text('country'),
    brand: text('brand'),
    channel: text('channel') === 'call' ? 'call' : 'sms',
    purpose: text('purpose') === 'enrolment' ? 'enrolment' : 'login',
    policy: { maxAttempts: 0, maxResends: 0 },
  })
}
