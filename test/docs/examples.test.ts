/** The examples of the OpenAPI document: they are in it, they fit it, and sent in their order they are true. */
import { expect, test } from 'vitest'
import { examples, type Example } from '../../api/schemas/examples.ts'
import { parsePhone } from '../../domain/phone.ts'
import { given } from '../api/unit/harness.ts'
import { createJudge, type OpenApiDocument } from '../support/contract.ts'
import { loginOf, openJourney, untilResendable, type Answer } from '../support/http.ts'

type Media = { readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }
type Operation = {
  readonly operationId: string
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>
}

const written = (await (await given().request('/openapi.json')).json()) as OpenApiDocument
const operations = Object.entries(written.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method: method.toUpperCase(),
    operation: operation as unknown as Operation,
  })),
)

function requestOf({ operation: id, path: parts = {}, query = {} }: Example) {
  const found = operations.find(({ operation }) => operation.operationId === id)
  if (found === undefined) throw new Error(`there is no operation ${id}`)
  const path = found.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ''))
  const search = new URLSearchParams(query).toString()
  return { ...found, path: search === '' ? path : `${path}?${search}` }
}

test('every operation has an example, but for what 8x8 alone sends and the public keys', () => {
  const shown = new Set(examples.map(({ operation }) => operation))
  const without = operations.map(({ operation }) => operation.operationId).filter((id) => !shown.has(id))
  expect(without.filter((id) => id !== 'readJwks')).toEqual(['receiveReceipt'])
})

test.each(examples)('$operation, $name: stands in the document', (example) => {
  const { operation } = requestOf(example)
  const { name, body, status, answer } = example
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  expect(operation.responses[status]?.content?.[type]?.examples?.[name]).toEqual({ value: answer })
  const sent = operation.requestBody?.content['application/json']?.examples?.[name]
  expect(sent).toEqual(body === undefined ? undefined : { value: body })
})

test.each(examples)('$operation, $name: is of its schema', (example) => {
  const { path, method } = requestOf(example)
  const { status, answer } = example
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  const headers = new Headers({ 'content-type': type, ...(status === 201 ? { location: '/' } : {}) })
  const judged = { method, path, status, headers, text: JSON.stringify(answer) }
  expect(() => {
    createJudge(written)(judged)
  }).not.toThrow()
})

test('API-17: sent in their order, the examples are answered as they say', async () => {
  const { house, api } = await openJourney({ policy: { resendIntervalSeconds: 1 } })
  /** What the document says, and what it is this time: ids and codes are random. */
  const real = new Map<string, string>()
  const asOfNow = <T>(value: T) => {
    const text = [...real].reduce((all, [said, is]) => all.replaceAll(said, is), JSON.stringify(value))
    return JSON.parse(text) as T
  }

  for (const example of examples) {
    if (example.operation === 'resendCode') {
      const { id = '' } = asOfNow(example.path ?? {})
      await untilResendable(loginOf(await api.read(id)))
    }
    const { method, path } = requestOf(asOfNow(example))
    const body = example.body === undefined ? {} : { body: asOfNow(example.body) }
    const answer = await api.as(example.operation === 'readNumber' ? 'ops' : 'acme').send(method, path, body)
    expect([example.name, answer.status, answer.text]).toEqual([example.name, example.status, answer.text])
    expect([example.name, membersOf(answer.body)]).toEqual([example.name, membersOf(example.answer)])
    if (example.operation === 'startLogin') learn(example, answer)
  }

  function learn({ answer: said, body = {} }: Example, { body: is }: Answer) {
    if ('id' in said) real.set(String(said.id), String(is.id))
    const { phone, country } = body as { phone: string; country?: string }
    const parsed = parsePhone(phone, country)
    if (parsed.outcome !== 'phone' || real.has('042354')) return
    real.set('042354', house.codeFor(parsed.phone))
    real.set('000000', house.wrongCodeFor(parsed.phone))
  }
})

/** The names of the members, to the bottom; of a list those of its first entry. Time makes some of them null. */
function membersOf(value: unknown): unknown {
  if (Array.isArray(value)) return [membersOf(value[0])]
  if (typeof value !== 'object' || value === null) return 'value'
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return members.map(([name, member]) => [name, membersOf(member)])
}
