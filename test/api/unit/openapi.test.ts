import { describe, expect, test } from 'vitest'
import { problems, type ProblemCode } from '../../../domain/problems.ts'
import { apiKey, given } from './harness.ts'

type Schema = {
  readonly properties: Readonly<Record<string, { readonly enum?: readonly unknown[] }>>
}
type Header = { readonly required?: boolean; readonly schema: { readonly type: string } }
type Content = Readonly<Record<string, { readonly schema: Schema }>>
type Operation = {
  readonly operationId: string
  readonly security?: readonly object[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Content }
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string
        readonly content?: Content
        readonly headers?: Readonly<Record<string, Header>>
      }
    >
  >
}
type Document = {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema & { readonly required: readonly string[] }>>
    readonly securitySchemes: unknown
  }
}

const document = (await (await given().request('/openapi.json')).json()) as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    operation,
  })),
)
const documented = operations.flatMap(({ name, operation }) =>
  Object.entries(operation.responses).flatMap(([status, { content }]) => {
    const schema = content?.['application/problem+json']?.schema
    return schema === undefined ? [] : [{ name, status: Number(status), schema }]
  }),
)

test('the document is OpenAPI 3.1 of this place', () => {
  expect(document.openapi).toMatch(/^3\.1\./)
  expect(document.servers).toEqual([{ url: 'https://postern.example' }])
})

test('every route is documented, and nothing else', () => {
  const routes = given()
    .api.routes.filter(
      ({ method, path }) => method !== 'ALL' && path !== '/openapi.json' && !path.startsWith('/docs'),
    )
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect(operations.map(({ name }) => name).sort()).toEqual([...new Set(routes)].sort())
})

test('every operation has an id of its own', () => {
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
})

test('a body may be left out where it says nothing needed, and nowhere else', () => {
  const optional = operations.filter(({ operation }) => operation.requestBody?.required === false)
  expect(optional.map(({ name }) => name)).toEqual([
    'POST /v1/logins/{id}/resend',
    'POST /v1/logins/{id}/cancel',
  ])
  const posts = operations.filter(({ name }) => name.startsWith('POST'))
  for (const { operation } of posts) expect(operation.requestBody?.required).toBeTypeOf('boolean')
})

test('a body needs the members that it needs, and knows no others', () => {
  const { StartLogin, SubmitCode, ResendCode, CancelLogin } = document.components.schemas
  expect(StartLogin).toMatchObject({ required: ['phone'], additionalProperties: false })
  expect(SubmitCode).toMatchObject({ required: ['code'], additionalProperties: false })
  for (const schema of [ResendCode, CancelLogin]) {
    expect(schema).toMatchObject({ additionalProperties: false })
    expect(schema?.required).toBeUndefined()
  }
})

test('every pattern is one that JSON Schema can read', () => {
  const patterns = JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)
  const sources = [...patterns].map(([, text = '']) => JSON.parse(text) as string)
  expect(sources.length).toBeGreaterThan(5)
  for (const source of sources) expect(new RegExp(source, 'u').source).toMatch(/^\^.*\$$/)
})

describe('a problem of the document', () => {
  test.each(documented)('$name $status has codes of that status only', ({ status, schema }) => {
    const codes = schema.properties.code?.enum as readonly ProblemCode[]
    expect(codes.map((code) => problems[code].status)).toEqual(codes.map(() => status))
    expect(schema.properties.type?.enum).toEqual(codes.map((code) => `/problems/${code}`))
    expect(schema.properties.status?.enum).toEqual([status])
  })

  test('is given by some route, all of the catalogue', () => {
    const answered = new Set(documented.flatMap(({ schema }) => schema.properties.code?.enum ?? []))
    const missing = Object.keys(problems).filter((code) => !answered.has(code))
    expect(missing).toEqual([])
  })
})

describe('API-13: the headers that tell of quotas and waits are documented', () => {
  const carriers = (header: string) =>
    operations.flatMap(({ name, operation }) =>
      Object.entries(operation.responses)
        .filter(([, { headers = {} }]) => header in headers)
        .map(([status]) => `${name} ${status}`),
    )
  const [start, resend] = ['POST /v1/logins', 'POST /v1/logins/{id}/resend']

  test.each(['RateLimit', 'RateLimit-Policy'])('%s on what is counted, and on nothing else', (header) => {
    const starts = [201, 202, 403, 409, 410, 422, 429, 502, 503].map((status) => `${start} ${status}`)
    const resends = [200, 202, 403, 404, 409, 410, 422, 429, 502, 503].map((status) => `${resend} ${status}`)
    // What answers to any path and method, the document has on each operation.
    const counted = [...starts, ...resends, `${start} 405`, `${resend} 405`]
    expect(counted).toEqual(expect.arrayContaining(carriers(header)))
    expect(carriers(header)).toEqual(expect.arrayContaining([...starts, ...resends]))
  })

  test('Retry-After on every problem that is worth another try later, which always has it', () => {
    const waits = documented.filter(({ status }) => status === 429 || status === 503)
    expect(carriers('Retry-After').toSorted()).toEqual(
      waits.map(({ name, status }) => `${name} ${status}`).toSorted(),
    )
    for (const { operation } of operations) {
      for (const { headers } of Object.values(operation.responses)) {
        const header = headers?.['Retry-After']
        expect(header?.required ?? true).toBe(true)
        expect(header?.schema.type ?? 'integer').toBe('integer')
      }
    }
  })
})

describe('API-17: what every call can meet is documented for', () => {
  const statuses = (operation: Operation) => Object.keys(operation.responses).map(Number)

  test.each(operations)('$name', ({ path, operation }) => {
    expect(statuses(operation)).toContain(500)
    const isFor8x8 = path.startsWith('/v1/webhooks/')
    if (path.startsWith('/v1/')) {
      expect(statuses(operation)).toEqual(expect.arrayContaining([401, 503]))
      // What is done with one login, its token opens too.
      const ofOneLogin = path.startsWith('/v1/logins/{id}') ? [{ clientToken: [] }] : []
      expect(operation.security).toEqual(isFor8x8 ? [] : [{ bearer: [] }, ...ofOneLogin])
    }
    if (operation.requestBody) {
      expect(statuses(operation)).toEqual(expect.arrayContaining([400, 413, 415]))
      // What 8x8 brings breaks no schema of ours: there is none.
      expect(statuses(operation).includes(422)).toBe(!isFor8x8)
    }
  })
})

describe('API-17: an answer is one of those documented for', () => {
  const inits: readonly RequestInit[] = [
    {},
    ...['', '{', '{}', 'null', '{"phone":"1"}', '{"x":1}', 'x'.repeat(9000)].map((body) => ({
      body,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    })),
    { body: 'x', headers: { authorization: `Bearer ${apiKey}` } },
  ]

  test.each(operations)('$name', async ({ name, path, operation }) => {
    const { request } = given()
    const [method = ''] = name.split(' ')
    for (const { body, ...init } of inits) {
      const hasBody = method === 'POST' && body !== undefined && body !== null
      const response = await request(path.replaceAll(/[{}]/g, ''), {
        method,
        ...init,
        ...(hasBody ? { body } : {}),
      })
      const type = response.headers.get('content-type') ?? ''
      expect(Object.keys(operation.responses[response.status]?.content ?? {})).toContain(type)
    }
  })
})
