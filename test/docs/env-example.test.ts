import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { parseSettings } from '../../bin/dev/settings.ts'
import { renderEnvExample } from '../../bin/env-example/render.ts'
import { readConfig } from '../../platform/config.ts'
import { nodesOf, parse } from '../house/imports.ts'
import { read } from './pages.ts'

type Variable = { readonly name: string; readonly value: string; readonly comment: string }

/** `# NAME=value`, and the comment above it up to an empty line. */
const variables: readonly Variable[] = read('.env.example')
  .split('\n\n')
  .flatMap((paragraph): Variable[] => {
    const [, comment = '', name, value = ''] =
      /^(.*\n)?# ([A-Z][A-Z0-9_]+)=(.*)$/s.exec(paragraph.trim()) ?? []
    return name === undefined ? [] : [{ name, value, comment }]
  })
const commentOf = (name: string) => variables.find((variable) => variable.name === name)?.comment ?? ''

/** The members of the object `variables` in platform/config/variables.ts: name → how it is written. */
const configured = new Map(
  [...nodesOf(parse('variables.ts', read('platform/config/variables.ts')))]
    .filter((node) => ts.isVariableDeclaration(node) && node.name.getText() === 'variables')
    .flatMap((declaration) => [...nodesOf(declaration)].filter(ts.isPropertyAssignment))
    .map((property) => [property.name.getText(), property.initializer.getText()] as const),
)
const settings = [...read('bin/dev/settings.ts').matchAll(/\b(?:setting|port)\('(\w+)'/g)].map(
  ([, name = '']) => name,
)
const environment = [...read('bin/dev.ts').matchAll(/process\.env\.(\w+)/g)].map(([, name = '']) => name)

/** With these nothing is generated, so the test writes no file. */
const keys = {
  API_KEY: 'pk_test_0123456789abcdefghij',
  LOOKUP_KEY: Buffer.alloc(32, 1).toString('base64'),
  ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 2).toString('base64')}`,
  TOKEN_KEYS: `test:${Buffer.alloc(32, 3).toString('base64')}`,
}

test('it names the variables that platform/config/ and npm start read, and no others', () => {
  const wanted = new Set([...configured.keys(), ...settings, ...environment])
  expect(wanted.size).toBeGreaterThan(20)
  expect(variables.map(({ name }) => name).sort()).toEqual([...wanted].sort())
})

test('it is what npm run env-example writes', () => {
  expect(read('.env.example')).toBe(renderEnvExample())
})

test('every line is a comment, so that a copy of it changes nothing', () => {
  for (const line of read('.env.example').split('\n')) expect(line).toMatch(/^(#|$)/)
})

test('its values are the defaults of the settings', () => {
  const values = Object.fromEntries(
    variables.filter(({ value }) => value !== '').map((v) => [v.name, v.value]),
  )
  expect(readConfig({ ...values, ...keys })).toEqual(readConfig(keys))
})

test('its values are the defaults of npm start', () => {
  const values = Object.fromEntries(variables.map(({ name, value }) => [name, value]))
  expect(parseSettings(values)).toEqual(parseSettings({}))
})

describe('the range of every whole number and port is said', () => {
  const ranged = [...configured].filter(([, written]) => /^(integer\(|port\b)/.test(written))
  test.each(ranged)('%s', (name) => {
    expect(commentOf(name)).toMatch(/\d to \d+/)
  })
})

describe('every choice is said', () => {
  const choices = [...configured].flatMap(([name, written]) => {
    const [, list] = /z\.enum\(\[([^\]]+)\]/.exec(written) ?? []
    return list === undefined
      ? []
      : [{ name, choices: [...list.matchAll(/'(\w+)'/g)].map(([, c = '']) => c) }]
  })
  test.each(choices)('$name: $choices', ({ name, choices: words }) => {
    for (const word of words) expect(commentOf(name)).toMatch(new RegExp(`\\b${word}\\b`))
  })
})

test('what production requires is what the page lists', () => {
  const required = [...configured.keys()].filter((name) => isRequiredInProduction(name))
  expect(required.length).toBeGreaterThan(4)
  for (const name of required) expect(commentOf('NODE_ENV')).toContain(name)
})

function isRequiredInProduction(name: string): boolean {
  try {
    readConfig({ NODE_ENV: 'production' })
    return false
  } catch (error) {
    return String(error).includes(`${name} is required in production`)
  }
}
