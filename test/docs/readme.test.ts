/** README.md and docs/: what they name exists, and what they show is what the program answers. */
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loginSchema } from '../../api/schemas/login.ts'
import { createSandbox } from '../../sandbox/sandbox.ts'
import { given, loginId } from '../api/unit/harness.ts'
import { anchorsOf, blocksOf, pageAt, pages, read, relativeLinksOf, root, spansOf } from './pages.ts'

const readme = pageAt('README.md')

describe('npm commands', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const builtIn = ['ci', 'install', ...['test', 'start'].filter((name) => name in scripts)]
  const commands = pages.flatMap((page) =>
    [...spansOf(page), ...blocksOf(page).map(({ text }) => text)].flatMap((code) =>
      [...code.matchAll(/\bnpm (run )?([a-z][\w:-]*)/g)].map(([command, run = '', name = '']) => {
        return { path: page.path, command, isKnown: run === '' ? builtIn.includes(name) : name in scripts }
      }),
    ),
  )

  test('are named', () => {
    expect(commands.length).toBeGreaterThan(5)
  })

  test.each(commands)('$path: $command exists', ({ isKnown }) => {
    expect(isKnown).toBe(true)
  })
})

describe('a relative link leads somewhere', () => {
  const links = pages.flatMap((page) =>
    relativeLinksOf(page).map((target) => ({ page, target, from: page.path })),
  )
  test.each(links)('$from: $target', ({ page, target }) => {
    const [file = '', anchor] = target.split('#')
    const path = file === '' ? page.path : normalize(join(dirname(page.path), file))
    expect(existsSync(join(root, path))).toBe(true)
    if (anchor !== undefined) expect(anchorsOf(pageAt(path))).toContain(anchor)
  })
})

describe('a path of the repository exists', () => {
  /** Made when it runs, so not in a fresh checkout. */
  const generated = /^(\.postern|node_modules|postern|temporal-[\d.]+)\//
  const isPath = (span: string) =>
    /^[\w.-]+(\/[\w.-]+)*\/$/.test(span) || /^([\w.-]+\/)*[\w.-]+\.(ts|js|json|md)$/.test(span)
  const named = pages.flatMap((page) =>
    [...new Set(spansOf(page))]
      .filter((span) => isPath(span) && !generated.test(span))
      .map((span) => [page.path, span]),
  )

  test('if it is named', () => {
    expect(named.length).toBeGreaterThan(30)
  })

  test.each(named)('%s: %s', (_, path = '') => {
    const candidates = [path, `test/workflows/histories/${path}`]
    expect(candidates.some((candidate) => existsSync(join(root, candidate)))).toBe(true)
  })
})

describe('the routes of the README', () => {
  const { api } = given()
  const document = api.getOpenAPI31Document({ openapi: '3.1.0', info: { title: '', version: '' } })
  const routes = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const named = spansOf(readme).filter((span) => /^(GET|POST) \//.test(span))

  test('are all that there are', () => {
    expect(named.toSorted()).toEqual([...routes, 'GET /openapi.json', 'GET /docs'].toSorted())
  })

  const curls = blocksOf(readme)
    .flatMap(({ text }) => text.match(/^curl .+$/gm) ?? [])
    .map((line) => {
      const [, port = '', path = ''] = /http:\/\/127\.0\.0\.1:(\d+)([^\s']*)/.exec(line) ?? []
      const body = / -d '([^']*)'/.exec(line)?.[1]
      return { line, port, path: path.replace('$ID', loginId), body }
    })

  test('are called in three lines', () => {
    expect(curls.map(({ port }) => port)).toEqual(['3000', '3002', '3000'])
  })

  test.each(curls.filter(({ port }) => port === '3000'))(
    'take what is sent to them: $line',
    async ({ path, body, line }) => {
      const { post, wasGatewayReached } = given()
      expect(line).toContain('-H "Authorization: Bearer $KEY" -H \'Content-Type: application/json\'')
      await post(path, body)
      expect(wasGatewayReached()).toBe(true)
    },
  )

  test.each(curls.filter(({ port }) => port === '3002'))('are the sandbox’s: $line', async ({ path }) => {
    const response = await createSandbox().app.request(path)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ messages: [] })
  })
})

describe('the answers that the README shows', () => {
  const shown = blocksOf(readme)
    .filter(({ language }) => language === 'json')
    .map(({ text }) => JSON.parse(text) as Record<string, unknown>)
  const logins = shown.filter((json) => 'attemptsLeft' in json && 'id' in json)

  test('are two logins, an inbox and a problem', () => {
    expect(logins.map(({ status }) => status)).toEqual(['waiting_for_code', 'verified'])
    expect(shown).toHaveLength(4)
  })

  test('have the members of a login, and besides them the token at its start and the proof at its end', () => {
    const [{ clientToken, ...started } = {}, { assertion, ...verified } = {}] = logins
    for (const login of [started, verified]) expect(loginSchema.strict().parse(login)).toEqual(login)
    expect(clientToken).toMatch(/^ct\.default\./)
    expect(assertion).toMatch(/^eyJ/)
  })

  test('are of one login, and of one code', () => {
    expect(new Set(logins.map(({ id }) => id)).size).toBe(1)
    const { messages } = shown.find((json) => 'messages' in json) as { messages: { code: string }[] }
    expect(readme.text).toContain(`-d '{"code":"${messages[0]?.code ?? 'none'}"}'`)
  })

  test('have the members of a message of the inbox, and no others', async () => {
    const { app } = createSandbox()
    await app.request('/api/v2/subaccounts/acme/sessions', {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox-key', 'content-type': 'application/json' },
      body: JSON.stringify({ destination: '+6591234567', brand: 'Postern', codeLength: 6 }),
    })
    const inbox = (await (await app.request('/inbox.json')).json()) as { messages: object[] }
    const { messages } = shown.find((json) => 'messages' in json) as { messages: object[] }
    expect(messages.map((message) => Object.keys(message))).toEqual(inbox.messages.map((m) => Object.keys(m)))
  })
})

test('no page names a path of a machine or a registry', () => {
  for (const { path, text } of [...pages, { path: '.env.example', text: read('.env.example') }]) {
    expect(`${path}: ${/\/(home|root|tmp|work|Users)\/|registry\./.exec(text)?.[0] ?? 'none'}`).toBe(
      `${path}: none`,
    )
  }
})

test('BIND-3: whoever sets up a real account is told to give the sub-account to this service alone', () => {
  expect(read('README.md')).toContain('Give the sub-account to this service alone')
})
