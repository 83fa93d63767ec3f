/** The client's types are written by hand, for people to read; here they are held to the OpenAPI document. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { given } from '../api/unit/harness.ts'
import { shapesOf, shapesOfDocument } from './shapes.ts'

type Operation = {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

const document = (await (await given().request('/openapi.json')).json()) as Document
const { schemas } = document.components
const documented = shapesOfDocument(schemas)
const written = shapesOf(fileURLToPath(new URL('../../client/types.ts', import.meta.url)))

function answer(method: string, path: string, status: number) {
  const operation = document.paths[path]?.[method]
  return documented(operation?.responses[String(status)]?.content?.['application/json']?.schema ?? {})
}

test('API-17: a login has the members of the document', () => {
  expect(written('Login')).toEqual(documented(schemas.Login))
})

test('API-17: an event of the timeline has the members of the document', () => {
  expect(written('LoginEvent')).toEqual(documented(schemas.LoginEvent))
})

test('API-17: a start takes the members of the document', () => {
  expect(written('StartLogin')).toEqual(documented(schemas.StartLogin))
})

test('API-17: a start answers with the members of the document', () => {
  expect(written('StartedLogin')).toEqual(answer('post', '/v1/logins', 201))
})

test.each([
  ['get', '/v1/logins/{id}'],
  ['post', '/v1/logins/{id}/code'],
])('API-17: %s %s answers with the members of the document', (method, path) => {
  expect(written('ProvenLogin')).toEqual(answer(method, path, 200))
})

test.each([
  ['post', '/v1/logins/{id}/resend'],
  ['post', '/v1/logins/{id}/cancel'],
])('API-17: %s %s answers with the members of the document', (method, path) => {
  expect(written('Login')).toEqual(answer(method, path, 200))
})

test('API-17: a number has the members of the document', () => {
  expect(written('NumberBudget')).toEqual(documented(schemas.Number))
  expect(written('NumberBudget')).toEqual(answer('get', '/v1/numbers/{phone}', 200))
})

test('API-17: a problem has the codes and members of the document', () => {
  const members = new Map<string, unknown>()
  const codes = new Set<unknown>()
  for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
    for (const { content } of Object.values(operation.responses)) {
      const schema = content?.['application/problem+json']?.schema
      if (schema === undefined) continue
      const { code, type: _type, status: _status, ...rest } = documented(schema) as Record<string, unknown>
      for (const each of [code].flat()) codes.add(each)
      for (const [name, shape] of Object.entries(rest)) members.set(name, shape)
    }
  }
  const { code, type, status, ...rest } = written('Problem') as Record<string, unknown>
  expect([code].flat()).toEqual([...codes].toSorted())
  expect(rest).toEqual(Object.fromEntries(members))
  expect([type, status]).toEqual(['string', 'number'])
})
