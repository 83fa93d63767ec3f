/** A type of TypeScript and a schema of OpenAPI as the same plain value, so that they can be compared. */
import ts from 'typescript'

/** Members of an object end in `?` when they may be left out; a union is sorted. */
export type Shape = string | readonly Shape[] | { readonly [member: string]: Shape }

/** The exported types of one file. */
export function shapesOf(path: string): (name: string) => Shape {
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.es2024.d.ts'],
    types: [],
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.NodeNext,
  }
  const program = ts.createProgram([path], options)
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(path)
  const symbol = file && checker.getSymbolAtLocation(file)
  if (symbol === undefined) throw new Error(`${path} is no module`)
  const exported = new Map(checker.getExportsOfModule(symbol).map((each) => [each.name, each]))

  function toShape(type: ts.Type): Shape {
    if (type.flags & ts.TypeFlags.Boolean) return 'boolean'
    if (type.isUnion()) return union(type.types.map(toShape))
    if (type.isStringLiteral()) return JSON.stringify(type.value)
    if (checker.isArrayType(type) || checker.isTupleType(type)) {
      const [element] = checker.getTypeArguments(type as ts.TypeReference)
      return { '[]': element === undefined ? 'unknown' : toShape(element) }
    }
    if (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) {
      return Object.fromEntries(
        checker.getPropertiesOfType(type).map((member) => {
          const isOptional = (member.flags & ts.SymbolFlags.Optional) !== 0
          const shape = toShape(checker.getNonNullableType(checker.getTypeOfSymbol(member)))
          const isNullable = checker.typeToString(checker.getTypeOfSymbol(member)).includes('null')
          return [`${member.name}${isOptional ? '?' : ''}`, isNullable ? union([shape, 'null']) : shape]
        }),
      )
    }
    return checker.typeToString(type)
  }

  return function shapeOf(name) {
    const found = exported.get(name)
    if (found === undefined) throw new Error(`${path} exports no ${name}`)
    return toShape(checker.getDeclaredTypeOfSymbol(found))
  }
}

type Schema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly const?: string
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

/** @param schemas of the components */
export function shapesOfDocument(schemas: Readonly<Record<string, unknown>>): (schema: unknown) => Shape {
  function toShape(given: unknown): Shape {
    const schema = given as Schema
    if (schema.$ref !== undefined) return toShape(schemas[schema.$ref.split('/').at(-1) ?? ''])
    const parts = schema.anyOf ?? schema.oneOf
    if (parts !== undefined) return union(parts.map(toShape))
    if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map(toShape)) as Shape
    if (schema.const !== undefined) return JSON.stringify(schema.const)
    if (schema.enum !== undefined) return union(schema.enum.map((word) => JSON.stringify(word)))
    if (Array.isArray(schema.type)) {
      return union(
        schema.type.map((type: string) => (type === 'null' ? 'null' : toShape({ ...schema, type }))),
      )
    }
    if (schema.type === 'array') return { '[]': toShape(schema.items) }
    if (schema.properties !== undefined) {
      const { required = [] } = schema
      const members = Object.entries(schema.properties).map(([name, member]) => {
        return [`${name}${required.includes(name) ? '' : '?'}`, toShape(member)] as const
      })
      return Object.fromEntries(members)
    }
    return schema.type === 'integer' ? 'number' : String(schema.type)
  }
  return toShape
}

/** Without doubles, in an order that depends on nothing; one alone is itself. */
function union(parts: readonly Shape[]): Shape {
  const flat = parts.flatMap((part) => (isUnion(part) ? part : [part]))
  const sorted = new Map(flat.map((part) => [JSON.stringify(sortedMembers(part)), part]))
  const unique = [...sorted].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part)
  const [only] = unique
  return unique.length === 1 && only !== undefined ? only : unique
}

function isUnion(shape: Shape): shape is readonly Shape[] {
  return Array.isArray(shape)
}

function sortedMembers(shape: Shape): unknown {
  if (typeof shape === 'string') return shape
  if (isUnion(shape)) return shape.map(sortedMembers)
  const members = Object.entries(shape).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return members.map(([name, member]) => [name, sortedMembers(member)])
}
