/** JSON whose shape is not known, and how to reach into it without believing anything. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [member: string]: Json }

/** @throws SyntaxError */
export function parseJson(text: string): Json {
  return JSON.parse(text) as Json
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands at a path of members; `undefined` as soon as one is not there. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  const [member, ...rest] = path
  if (member === undefined) return value
  return isObject(value) && Object.hasOwn(value, member) ? at(value[member], ...rest) : undefined
}

export function textAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function objectAt(value: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = at(value, ...path)
  return isObject(found) ? found : {}
}

/** The elements of an array; nothing else has any. */
export function elementsOf(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : []
}

/** `Array.isArray` would make the elements `any`. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
