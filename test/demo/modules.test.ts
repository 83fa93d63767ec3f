/** What the browser gets of the source: JavaScript, all that a page reaches, and no other file. */
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import ts from 'typescript'
import { expect, onTestFinished, test } from 'vitest'
import { importMap, serveModules } from '../../demo/modules.ts'

const entry = '/demo/browser/code.ts'

async function openModules() {
  const app = new Hono()
  serveModules(app)
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', overrideGlobalObjects: false })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    routes: app.routes.map(({ path }) => path),
    get: (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers }),
    /** The path as it is: `fetch` would take the dots out itself. */
    getRaw: (path: string) =>
      new Promise<{ status: number; body: string }>((resolve, reject) => {
        request({ host: '127.0.0.1', port, path }, (answer) => {
          void text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }))
        })
          .on('error', reject)
          .end()
      }),
  }
}

/** Static and dynamic imports and re-exports of a script, as they stand; what does not parse is an error. */
function importsOf(script: string): readonly string[] {
  const { diagnostics = [] } = ts.transpileModule(script, {
    fileName: 'module.js',
    reportDiagnostics: true,
    compilerOptions: { allowJs: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  })
  expect(diagnostics.map(({ messageText }) => messageText)).toEqual([])
  return ts.preProcessFile(script).importedFiles.map(({ fileName }) => fileName)
}

const { imports } = JSON.parse(importMap) as { imports: Record<string, string> }
const resolve = (specifier: string, from: string) =>
  imports[specifier] ?? new URL(specifier, `http://demo.example${from}`).pathname

/** What a browser fetches for the code page: path → its script. */
async function reach({ get }: Awaited<ReturnType<typeof openModules>>) {
  const reached = new Map<string, string>()
  const bare = new Set<string>()
  const waiting = [entry]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue
    const answer = await get(path)
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
      path,
      200,
      'text/javascript; charset=utf-8',
    ])
    const script = await answer.text()
    reached.set(path, script)
    for (const specifier of importsOf(script)) {
      if (!/^\.{0,2}\//.test(specifier)) bare.add(specifier)
      waiting.push(resolve(specifier, path))
    }
  }
  return { reached, bare }
}

test('every module that the code page reaches is there, and is JavaScript', async () => {
  const { reached, bare } = await reach(await openModules())
  expect([...reached.keys()]).toEqual(expect.arrayContaining(['/client/postern.ts', '/modules/ky/index.js']))
  expect([...bare]).toEqual(['ky'])
})

test('a page reaches nothing of what only a server needs', async () => {
  const { reached } = await reach(await openModules())
  for (const path of ['/client/index.ts', '/client/assertion.ts', '/client/webhook.ts']) {
    expect(reached.has(path), path).toBe(false)
  }
  for (const script of reached.values()) expect(script).not.toMatch(/from ['"](jose|standardwebhooks|node:)/)
})

test('there is a route for each of these files and for nothing else', async () => {
  const { routes } = await openModules()
  const own = ['demo/browser', 'client'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `/${folder}/${name}`),
  )
  const others = routes.filter((path) => !/^\/modules\/ky\/([\w-]+\/)?[\w-]+\.js$/.test(path))
  expect([...new Set(others)].sort()).toEqual(own.sort())
})

test.each([
  '/',
  '/demo/browser/',
  '/demo/browser/tsconfig.json',
  '/demo/browser/../server.ts',
  '/demo/browser/%2e%2e/server.ts',
  '/demo/browser/..%2fserver.ts',
  '/demo/browser/..%5cserver.ts',
  '/demo/browser/%252e%252e/server.ts',
  '/demo/browser/code.ts%00',
  '/demo/browser/code.ts/',
  '/demo/browser/code.js',
  '/demo/browser//code.ts',
  '/demo/server.ts',
  '/demo/store.ts',
  '/client/package.json',
  '/client/../package.json',
  '/client/%2e%2e/package.json',
  '/client/dist/index.js',
  '/modules/ky/../package.json',
  '/modules/ky/%2e%2e/package.json',
  '/modules/ky/../../../jose/package.json',
  '/modules/ky/index.d.ts',
  '/modules/ky/index.js.map',
  '/modules/jose/index.js',
  '/node_modules/ky/distribution/index.js',
  '/package.json',
])('%s is not served', async (path) => {
  const { getRaw } = await openModules()
  expect(await getRaw(path)).toEqual({ status: 404, body: '404 Not Found' })
  // The same way in, to a file that is there.
  expect((await getRaw(entry)).status).toBe(200)
})

test('a script is asked for each time, and sent again only when it has changed', async () => {
  const { get } = await openModules()
  const first = await get(entry)
  const tag = first.headers.get('etag') ?? ''
  expect(first.headers.get('cache-control')).toBe('no-cache')
  const again = await get(entry, { 'if-none-match': tag })
  expect([again.status, await again.text()]).toEqual([304, ''])
  expect((await get(entry, { 'if-none-match': '"another"' })).status).toBe(200)
  expect((await get('/client/postern.ts', { 'if-none-match': tag })).status).toBe(200)
})
