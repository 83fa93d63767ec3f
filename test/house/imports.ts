/** Every way in which a TypeScript file can name another module, read with TypeScript's own parser. */
import ts from 'typescript'

export type Import = {
  /** `undefined` when it is made up at run time, which nobody can check. */
  readonly specifier: string | undefined
  /** It is gone when the types are stripped; `import { type X }` is not. */
  readonly isType: boolean
  readonly line: number
}

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
}

/** All nodes of a file, from the top. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  for (const child of children) yield* nodesOf(child)
}

export function lineOf(file: ts.SourceFile, position: number): number {
  return file.getLineAndCharacterOfPosition(position).line + 1
}

export function importsOf(file: ts.SourceFile): readonly Import[] {
  const references = [...file.referencedFiles, ...file.typeReferenceDirectives].map(
    ({ fileName, pos }): Import => ({ specifier: fileName, isType: true, line: lineOf(file, pos) }),
  )
  const written = [...nodesOf(file)].flatMap((node): Import[] => {
    const found = importAt(node)
    return found ? [{ ...found, line: lineOf(file, node.getStart()) }] : []
  })
  return [...references, ...written]
}

function importAt(node: ts.Node): Omit<Import, 'line'> | undefined {
  if (ts.isImportDeclaration(node)) {
    const isType = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
    return { specifier: textOf(node.moduleSpecifier), isType }
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    return { specifier: textOf(node.moduleSpecifier), isType: node.isTypeOnly }
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return { specifier: textOf(node.moduleReference.expression), isType: node.isTypeOnly }
  }
  if (ts.isImportTypeNode(node)) {
    const named = ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined
    return { specifier: named, isType: true }
  }
  if (ts.isCallExpression(node) && isLoading(node.expression)) {
    return { specifier: textOf(node.arguments[0]), isType: false }
  }
  return undefined
}

/** `import(…)`, `require(…)`, `require.resolve(…)`, `import.meta.resolve(…)`. */
function isLoading(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true
  return ['require', 'require.resolve', 'import.meta.resolve'].includes(callee.getText())
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined
}
