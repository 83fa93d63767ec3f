/** The habits of style.md that a parser can see. */
import ts from 'typescript'
import type { Breach, Rule } from './breaches.ts'
import { lineOf, nodesOf } from './imports.ts'
import { defaultExports, environmentReaders, isIn, isToolSetting, MOST_LINES } from './table.ts'

export function habitBreaches(path: string, file: ts.SourceFile): Breach[] {
  const lines = file.text.replace(/\n$/, '').split('\n').length
  const tooLong = lines > MOST_LINES && !isIn(path, ['test/'])
  const length: Breach = { path, line: lines, rule: 'length', detail: `${lines} lines` }
  const seen = [...nodesOf(file)].flatMap((node) =>
    habitsBroken(path, node).map((rule): Breach => {
      return { path, line: lineOf(file, node.getStart()), rule, detail: firstLine(node) }
    }),
  )
  return [...(tooLong ? [length] : []), ...seen]
}

function habitsBroken(path: string, node: ts.Node): Rule[] {
  const broken: Rule[] = []
  if (ts.isEnumDeclaration(node)) broken.push('enum')
  if (ts.isClassLike(node) && !isErrorClass(node)) broken.push('class')
  if (isDefaultExport(node) && !isToolSetting(path) && !isIn(path, placesOf(defaultExports))) {
    broken.push('default export')
  }
  if (readsEnvironment(node) && !isIn(path, placesOf(environmentReaders))) broken.push('environment')
  return broken
}

const placesOf = (exceptions: readonly { readonly at: string }[]) => exceptions.map(({ at }) => at)

function isErrorClass(node: ts.ClassLikeDeclaration): boolean {
  const parents = node.heritageClauses?.filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword) ?? []
  return parents.some(({ types }) => types.some(({ expression }) => expression.getText().endsWith('Error')))
}

/** `export default …`, `export { x as default }`, and `export { default } from '…'`. */
function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true
  if (ts.isExportSpecifier(node)) return node.name.text === 'default'
  const isDeclaration = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)
  const modifiers = isDeclaration ? (node.modifiers ?? []) : []
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
}

/** `process.env`, `process['env']`, `const { env } = process`, and `import { env } from 'node:process'`. */
function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env'
  if (ts.isElementAccessExpression(node)) {
    return isProcess(node.expression) && /^['"`]env['"`]$/.test(node.argumentExpression.getText())
  }
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name)) {
    return isProcess(node.initializer) && node.name.elements.some((element) => nameOf(element) === 'env')
  }
  if (ts.isImportDeclaration(node) && /^['"](node:)?process['"]$/.test(node.moduleSpecifier.getText())) {
    const bindings = node.importClause?.namedBindings
    return bindings !== undefined && ts.isNamedImports(bindings) && bindings.elements.some(isEnv)
  }
  return false
}

const isEnv = (element: ts.ImportSpecifier) => nameOf(element) === 'env'

function nameOf(element: ts.BindingElement | ts.ImportSpecifier): string {
  return (element.propertyName ?? element.name).getText()
}

function isProcess(node: ts.Node | undefined): boolean {
  return node !== undefined && /^(globalThis\s*\??\.\s*)?process$/.test(node.getText())
}

function firstLine(node: ts.Node): string {
  return node.getText().split('\n', 1).join('')
}
