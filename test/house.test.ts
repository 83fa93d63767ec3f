/** The house of design.md, section 5: its import table, proved on every import of the repository. */
import { ESLint } from 'eslint'
import { beforeAll, describe, expect, test } from 'vitest'
import tseslint from 'typescript-eslint'
import { breaches, type File } from './house/breaches.ts'
import { readRepository, root } from './house/repository.ts'

const rulesOf = (files: readonly File[]) => breaches(files).map(({ path, rule }) => `${path}: ${rule}`)

describe('the repository', () => {
  let files: readonly File[] = []
  beforeAll(async () => {
    files = await readRepository()
  })

  test('is read: every room that stands has files', () => {
    const rooms = new Set(files.map(({ path }) => path.split('/')[0]))
    expect([...rooms]).toEqual(
      expect.arrayContaining(['domain', 'workflows', 'activities', 'api', 'platform', 'sandbox', 'bin']),
    )
  })

  test('breaks no rule of the house', () => {
    expect(breaches(files)).toEqual([])
  })
})

describe('a planted breach is caught:', () => {
  const planted: readonly (readonly [title: string, path: string, text: string, rule: string])[] = [
    ['domain imports a workflow', 'domain/x.ts', "import '../workflows/login.ts'", 'ours'],
    ['domain imports the platform', 'domain/x.ts', "import { log } from '../platform/log.ts'", 'ours'],
    ['domain imports a package', 'domain/x.ts', "import { z } from 'zod'", 'npm'],
    ['domain parses phones elsewhere', 'domain/x.ts', "import 'libphonenumber-js/max'", 'npm'],
    ['domain imports a Node builtin', 'domain/x.ts', "import { createHash } from 'node:crypto'", 'node'],
    ['domain imports a bare Node builtin', 'domain/x.ts', "import { createHash } from 'crypto'", 'node'],
    ['a workflow calls an activity', 'workflows/x.ts', "import { a } from '../activities/index.ts'", 'ours'],
    [
      'a workflow marks only the name as a type',
      'workflows/x.ts',
      "import { type Activities } from '../activities/index.ts'",
      'ours',
    ],
    ['a workflow imports the api', 'workflows/x.ts', "import type { A } from '../api/gateway.ts'", 'ours'],
    ['a workflow parses a phone', 'workflows/x.ts', "import { p } from '../domain/phone.ts'", 'ours'],
    ['a workflow imports a package', 'workflows/x.ts', "import ky from 'ky'", 'npm'],
    ['a workflow imports the client', 'workflows/x.ts', "import { C } from '@temporalio/client'", 'npm'],
    ['a workflow imports a Node builtin', 'workflows/x.ts', "import { hash } from 'node:crypto'", 'node'],
    ['an activity imports a workflow', 'activities/x.ts', "import '../workflows/messages.ts'", 'ours'],
    ['an activity imports the platform', 'activities/a/x.ts', "import '../../platform/log.ts'", 'ours'],
    ['an activity speaks to Temporal', 'activities/x.ts', "import { C } from '@temporalio/client'", 'npm'],
    ['the api imports an activity', 'api/x.ts', "import type { A } from '../activities/index.ts'", 'ours'],
    ['the api imports the story', 'api/x.ts', "import { login } from '../workflows/login.ts'", 'ours'],
    ['the api reads settings', 'api/routes/x.ts', "import '../../platform/config.ts'", 'ours'],
    ['a route speaks to Temporal', 'api/routes/x.ts', "import { C } from '@temporalio/client'", 'npm'],
    ['a route knows Temporal’s errors', 'api/x.ts', "import { F } from '@temporalio/common'", 'npm'],
    ['the gateway is a worker', 'api/login-gateway/x.ts', "import { W } from '@temporalio/worker'", 'npm'],
    ['the gateway imports the platform', 'api/login-gateway.ts', "import '../platform/log.ts'", 'ours'],
    ['the platform imports the api', 'platform/x.ts', "import '../api/app.ts'", 'ours'],
    ['the platform imports the contract', 'platform/x.ts', "import '../workflows/messages.ts'", 'ours'],
    ['the platform answers HTTP', 'platform/x.ts', "import { Hono } from 'hono'", 'npm'],
    ['the client imports our words', 'client/x.ts', "import type { L } from '../domain/login.ts'", 'ours'],
    ['the client imports a package', 'client/x.ts', "import { z } from 'zod'", 'npm'],
    ['the sandbox imports our words', 'sandbox/x.ts', "import '../domain/phone.ts'", 'ours'],
    ['the sandbox’s server imports the platform', 'sandbox/server.ts', "import '../platform/log.ts'", 'ours'],
    ['the sandbox imports a package', 'sandbox/x.ts', "import ky from 'ky'", 'npm'],
    ['the demo imports our words', 'demo/x.ts', "import '../domain/login.ts'", 'ours'],
    ['the demo speaks to Temporal', 'demo/x.ts', "import { C } from '@temporalio/client'", 'npm'],
    ['a composition root imports a test', 'worker.ts', "import './test/support/house.ts'", 'ours'],
    ['a tool’s settings import our words', 'vitest.config.ts', "import './domain/login.ts'", 'ours'],
    ['a folder without a row', 'helpers/x.ts', 'export const x = 1', 'row'],
    ['a file at the top without a row', 'x.ts', 'export const x = 1', 'row'],
    ['settings of a tool inside a room', 'domain/x.config.ts', "import 'zod'", 'npm'],
    ['a way out of the repository', 'api/x.ts', "import '../../elsewhere.ts'", 'ours'],
    ['an absolute path', 'api/x.ts', "import '/srv/postern/workflows/login.ts'", 'ours'],
    ['a file URL', 'api/x.ts', "import 'file:///work/main/workflows/login.ts'", 'ours'],
    ['a data URL', 'api/x.ts', "import 'data:text/javascript,1'", 'npm'],
    ['a detour through the own room', 'api/x.ts', "import './../api/../workflows/login.ts'", 'ours'],
    ['a dynamic import', 'api/x.ts', "await import('../workflows/login.ts')", 'ours'],
    ['a dynamic import in a template', 'api/x.ts', 'await import(`../workflows/login.ts`)', 'ours'],
    ['a dynamic import of anything', 'api/x.ts', 'await import(name)', 'unreadable'],
    ['an export from', 'api/x.ts', "export { login } from '../workflows/login.ts'", 'ours'],
    ['an export of all from', 'api/x.ts', "export * from '../workflows/login.ts'", 'ours'],
    ['an export of types from', 'api/x.ts', "export type { L } from '../workflows/login.ts'", 'ours'],
    ['an imported type in a type', 'api/x.ts', "type L = import('../workflows/login.ts').L", 'ours'],
    ['an import with equals', 'api/x.ts', "import l = require('../workflows/login.ts')", 'ours'],
    ['a require', 'api/x.ts', "require('../workflows/login.ts')", 'ours'],
    ['a resolved path', 'api/x.ts', "import.meta.resolve('../workflows/login.ts')", 'ours'],
    ['a reference', 'api/x.ts', '/// <reference path="../workflows/login.ts" />', 'ours'],
    ['another dialect', 'api/x.mjs', "import '../workflows/login.ts'", 'ours'],
    ['the environment read in a room', 'api/x.ts', 'const port = process.env.PORT', 'environment'],
    ['the environment read by a root', 'worker.ts', 'run(process.env)', 'environment'],
    ['the environment in brackets', 'api/x.ts', "const { PORT } = process['env']", 'environment'],
    ['the environment taken apart', 'api/x.ts', 'const { env } = process', 'environment'],
    ['the environment taken apart and renamed', 'api/x.ts', 'const { env: e } = process', 'environment'],
    ['the environment of globalThis', 'api/x.ts', 'run(globalThis.process.env)', 'environment'],
    ['the environment imported', 'api/x.ts', "import { env as e } from 'node:process'", 'environment'],
    ['another file of the sandbox reads it', 'sandbox/x.ts', 'run(process.env)', 'environment'],
    ['301 lines', 'api/x.ts', '// a line\n'.repeat(301), 'length'],
    ['a default export', 'api/x.ts', 'export default 1', 'default export'],
    ['a default function', 'api/x.ts', 'export default function f() {}', 'default export'],
    ['a name exported as the default', 'api/x.ts', 'const x = 1\nexport { x as default }', 'default export'],
    ['a default export passed on', 'api/x.ts', "export { default } from './y.ts'", 'default export'],
    ['an enum', 'api/x.ts', 'enum Status { Open }', 'enum'],
    ['a constant enum', 'api/x.ts', 'export const enum Status { Open }', 'enum'],
    ['a class', 'api/x.ts', 'export class Store {}', 'class'],
    ['a class in an expression', 'api/x.ts', 'const Store = class extends Map {}', 'class'],
  ]
  test.each(planted)('%s', (_, path, text, rule) => {
    expect(rulesOf([{ path, text }])).toEqual([`${path}: ${rule}`])
  })

  test('a workflow reaches the phone parser through another file of domain/', () => {
    const files = [
      { path: 'workflows/x.ts', text: "import { a } from '../domain/a.ts'" },
      { path: 'domain/a.ts', text: "export { b } from './b.ts'" },
      { path: 'domain/b.ts', text: "import { a } from './a.ts'\nimport { parsePhone } from './phone.ts'" },
    ]
    expect(rulesOf(files)).toEqual(['workflows/x.ts: reach'])
  })

  test('with its line and what it names', () => {
    const text = "import { a } from '../domain/a.ts'\n\nimport { login } from '../workflows/login.ts'\n"
    expect(breaches([{ path: 'api/x.ts', text }])).toEqual([
      { path: 'api/x.ts', line: 3, rule: 'ours', detail: '../workflows/login.ts' },
    ])
  })

  test('and each one of several', () => {
    const text = "import 'ky'\nimport '../workflows/login.ts'\nexport default class {}"
    const rules = breaches([{ path: 'api/x.ts', text }]).map(({ rule }) => rule)
    expect(rules).toEqual(['npm', 'ours', 'class', 'default export'])
  })
})

describe('what the house allows stays allowed:', () => {
  test.each([
    ['domain imports itself', 'domain/x.ts', "import { a } from './a.ts'"],
    ['domain/phone.ts parses phones', 'domain/phone.ts', "import { p } from 'libphonenumber-js/max'"],
    [
      'a workflow knows the type of activities',
      'workflows/x.ts',
      "import type { A } from '../activities/a.ts'",
    ],
    ['a workflow imports its SDK', 'workflows/x.ts', "import { sleep } from '@temporalio/workflow'"],
    ['an activity imports Node', 'activities/x.ts', "import { lookup } from 'node:dns'"],
    ['an activity imports 8x8’s words', 'activities/x.ts', "import { v2 } from './eight-by-eight/v2.ts'"],
    ['a route imports the contract', 'api/routes/x.ts', "import '../../workflows/messages.ts'"],
    ['a route imports a part of Hono', 'api/routes/x.ts', "import { html } from 'hono/html'"],
    ['the gateway speaks to Temporal', 'api/login-gateway.ts', "import { C } from '@temporalio/client'"],
    ['its parts do', 'api/login-gateway/x.ts', "import '../problem.ts'\nimport '@temporalio/common'"],
    ['the api’s root imports the platform', 'api/server.ts', "import '../platform/config.ts'"],
    ['the worker imports activities', 'worker.ts', "import './activities/index.ts'\nimport 'pino'"],
    ['a tool of bin/ imports the platform', 'bin/dev/x.ts', "import '../../platform/log.ts'"],
    ['a test imports anything', 'test/api/x.ts', "import '../../workflows/login.ts'\nimport 'vitest'"],
    ['the settings are read in one place', 'platform/config.ts', 'read(process.env)'],
    ['an environment that was handed over', 'api/x.ts', 'const { env } = deps\nrun(deps.env)'],
    ['an error is a class', 'api/x.ts', 'export class NotSentError extends Error {}'],
    ['an error of an error is a class', 'api/x.ts', 'export class LateError extends NotSentError {}'],
    ['a default import', 'activities/x.ts', "import ky from 'ky'"],
    ['settings of a tool', 'vitest.config.ts', "import 'vitest/config'\nexport default {}"],
    ['300 lines', 'api/x.ts', '// a line\n'.repeat(300)],
    ['any number of lines in a test', 'test/x.ts', '// a line\n'.repeat(1000)],
    ['the word in a text', 'api/x.ts', "const text = 'import(x) and process.env and class A {}'"],
  ])('%s', (_, path, text) => {
    expect(breaches([{ path, text }])).toEqual([])
  })
})

describe('the lint rule in the editor agrees with the table', () => {
  const targets = [
    'domain/login.ts',
    'workflows/messages.ts',
    'workflows/login.ts',
    'activities/index.ts',
    'activities/eight-by-eight/v2.ts',
    'api/app.ts',
    'api/routes/x.ts',
    'platform/config.ts',
    'client/index.ts',
    'sandbox/phone.ts',
    'demo/app.ts',
    'bin/dev.ts',
    'test/support/house.ts',
  ]
  const eslint = new ESLint({
    cwd: root,
    // A planted file is in no project, so no rule may ask for types; the border rule asks for none.
    overrideConfig: tseslint.configs.disableTypeChecked,
  })

  const rooms = ['domain', 'workflows', 'activities', 'api', 'platform', 'client', 'sandbox', 'demo']
  test.each(
    rooms.flatMap((room) => [
      { path: `${room}/planted.ts`, up: '..' },
      { path: `${room}/deep/planted.ts`, up: '../..' },
    ]),
  )('$path', async ({ path, up }) => {
    const lines = targets.flatMap((target) => [
      `import '${up}/${target}'`,
      `import type {} from '${up}/${target}'`,
    ])
    const text = lines.join('\n')
    const [result] = await eslint.lintText(text, { filePath: `${root}/${path}` })
    const border = result?.messages.filter(({ ruleId }) => ruleId?.endsWith('/no-restricted-imports'))
    const refused = border?.map(({ line }) => lines[line - 1])
    expect(refused).toEqual(breaches([{ path, text }]).map(({ line }) => lines[line - 1]))
  })

  test('the workflow sandbox has no Node builtins', async () => {
    const text = "import 'node:crypto'"
    const [result] = await eslint.lintText(text, { filePath: `${root}/workflows/planted.ts` })
    expect(result?.messages.map(({ ruleId }) => ruleId)).toContain('@typescript-eslint/no-restricted-imports')
  })
})
