/** The OpenAPI document as a judge: an answer that it does not declare, or that does not fit its schema, is a fault. */
import { z } from 'zod'

type Schema = Readonly<Record<string, unknown>>
type JsonSchema = Parameters<typeof z.fromJSONSchema>[0]
type Header = { readonly required?: boolean; readonly schema: Schema }
type Declared = {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
  readonly headers?: Readonly<Record<string, Header>>
}
type Operation = { readonly responses: Readonly<Record<string, Declared>> }

export type OpenApiDocument = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export type Judged = {
  readonly method: string
  /** With or without a query. */
  readonly path: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * Makes the judge of one document.
 * @returns a function that throws when method, path and status are not declared together, when a declared header is
 * missing or of another form, when one of `headersOfAnswers` is not declared, when the media type is another, or when
 * the body has a member too many, too few or of another kind
 */
export function createJudge(document: OpenApiDocument): (answer: Judged) => void {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      template: path,
      pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      operation,
    })),
  )
  const definitions = closed(document.components.schemas)
  const validators = new Map<Schema, z.ZodType>()
  const validatorOf = (schema: Schema) => {
    const known = validators.get(schema)
    const whole = { ...(closed(schema) as object), $defs: definitions } as JsonSchema
    const made = known ?? z.fromJSONSchema(whole)
    validators.set(schema, made)
    return made
  }

  return function judge({ method, path, status, headers, text }) {
    const what = `${method} ${path} answered ${status}`
    const [pathname = ''] = path.split('?')
    const ofPath = operations.filter(({ pattern }) => pattern.test(pathname))
    const found = ofPath.find((operation) => operation.method === method)
    // The document describes what there is; beside it only two answers are possible.
    if (found === undefined) {
      const isRight = isProblem(text, headers, ofPath.length > 0 ? 'method-not-allowed' : 'not-found')
      if (!isRight) throw new Error(`${what}, which no path declares: ${text}`)
      return
    }

    const declared = found.operation.responses[status]
    if (declared === undefined) throw new Error(`${what}, which is not declared: ${text}`)
    judgeHeaders(what, headers, declared.headers ?? {})
    const type = headers.get('content-type') ?? ''
    const schema = declared.content?.[type]?.schema
    if (schema === undefined) throw new Error(`${what} as ${type}, which is not declared`)
    const { success, error } = validatorOf(schema).safeParse(JSON.parse(text))
    if (!success) throw new Error(`${what} against its schema: ${z.prettifyError(error)}\n${text}`)
  }
}

/** Those that say something of this very answer. */
const headersOfAnswers = [
  'Allow',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
]

function judgeHeaders(what: string, headers: Headers, declared: Readonly<Record<string, Header>>): void {
  const undeclared = headersOfAnswers.filter((name) => headers.has(name) && !(name in declared))
  if (undeclared.length > 0) throw new Error(`${what} with ${undeclared.join(', ')}, which is not declared`)
  for (const [name, { required = false, schema }] of Object.entries(declared)) {
    const text = headers.get(name)
    if (text === null && required) throw new Error(`${what} without ${name}`)
    if (text === null) continue
    const value = schema.type === 'integer' ? Number(text) : text
    const { success } = z.fromJSONSchema(schema).safeParse(value)
    if (!success) throw new Error(`${what} with another form of ${name}: ${text}`)
  }
}

function isProblem(text: string, headers: Headers, code: string): boolean {
  const isType = headers.get('content-type') === 'application/problem+json'
  return isType && (JSON.parse(text) as { code?: unknown }).code === code
}

/** The schema with every object closed, so that a member nobody declared is seen; references point at `$defs`. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) =>
    name === '$ref'
      ? [name, String(member).replace('#/components/schemas/', '#/$defs/')]
      : [name, closed(member)],
  )
  const schema = Object.fromEntries(members) as Record<string, unknown>
  return schema.type === 'object' && 'properties' in schema
    ? { ...schema, additionalProperties: false }
    : schema
}
