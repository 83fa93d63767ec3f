/** What `npm run build` emits, as an app has it: JavaScript and types, without our sources or a loader. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitingLogin as login } from '../support/waiting-login.ts'
import { json, openScripted } from './scripted.ts'

const root = resolve(import.meta.dirname, '../..')
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const run = promisify(execFile)
let app = ''

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'postern-client-'))
  const postern = join(app, 'node_modules/@postern/client')
  await mkdir(postern, { recursive: true })
  await cp(join(root, 'client/package.json'), join(postern, 'package.json'))
  for (const name of ['ky', 'jose', 'standardwebhooks', '@stablelib', 'fast-sha256']) {
    await symlink(join(root, 'node_modules', name), join(app, 'node_modules', name))
  }
  await run(process.execPath, [tsc, '-p', join(root, 'client'), '--outDir', join(postern, 'dist')])
})
afterAll(() => rm(app, { recursive: true, force: true }))

test('plain Node imports it and calls Postern', async () => {
  const { url, heard } = await openScripted(json(201, { ...login, clientToken: 'ct.x' }))
  await writeFile(
    join(app, 'app.mjs'),
    `import { createPosternClient, verifyWebhook, verifyAssertion } from '@postern/client'
     const postern = createPosternClient({ baseUrl: '${url}', apiKey: 'pk_test' })
     const { id } = await postern.start({ phone: '+6591234567' })
     console.log(id, typeof verifyWebhook, typeof verifyAssertion)`,
  )
  const { stdout } = await run(process.execPath, ['--no-experimental-strip-types', join(app, 'app.mjs')])
  expect(stdout.trim()).toBe('lg_x function function')
  expect(heard).toMatchObject([{ method: 'POST', path: '/v1/logins' }])
})

test(
  'an app in TypeScript sees its types, and is told what it does wrong',
  { timeout: 120_000 },
  async () => {
    const options = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,dom',
    ]
    const compile = (text: string) =>
      writeFile(join(app, 'app.mts'), text)
        .then(() => run(process.execPath, [tsc, ...options, 'app.mts'], { cwd: app }))
        .then(
          () => '',
          (error: unknown) => String((error as { stdout?: unknown }).stdout),
        )
    const begin =
      "import { createPosternClient } from '@postern/client'\nconst baseUrl = 'https://postern.example'\n"
    const right = `${begin}const { clientToken } = await createPosternClient({ baseUrl, apiKey: 'k' }).start({ phone: '+65' })
    const { status } = await createPosternClient({ baseUrl, clientToken }).read('lg_x')
    if (status === 'verified') console.log(clientToken.length)`
    expect(await compile(right)).toBe('')
    expect(await compile(`${right}\nif (status === 'approved') console.log(1)`)).toMatch(/TS2367/)
    const browser = `${begin}await createPosternClient({ baseUrl, clientToken: 'ct' }).start({ phone: '+65' })`
    expect(await compile(browser)).toMatch(/TS2339/)
  },
)

test('it needs nothing of Node, and only the packages that it says', async () => {
  const dist = join(app, 'node_modules/@postern/client/dist')
  const files = (await readdir(dist)).filter((name) => name.endsWith('.js'))
  const texts = await Promise.all(files.map((name) => readFile(join(dist, name), 'utf8')))
  const named = texts.flatMap((text) =>
    [...text.matchAll(/from ['"]([^'"]+)['"]/g)].map(([, name = '']) => name),
  )
  const packages = [...new Set(named.filter((name) => !name.startsWith('./')))].toSorted()
  const { dependencies } = JSON.parse(await readFile(join(root, 'client/package.json'), 'utf8')) as Manifest
  expect(packages).toEqual(Object.keys(dependencies))
  expect(texts.join('\n')).not.toMatch(/\b(process|Buffer|require)\b[.(]/)
})

test('its packages have the versions that it is tested with', async () => {
  const ours = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest
  const { dependencies } = JSON.parse(await readFile(join(root, 'client/package.json'), 'utf8')) as Manifest
  for (const [name, version] of Object.entries(dependencies))
    expect([name, version]).toEqual([name, ours.dependencies[name]])
})

type Manifest = { readonly dependencies: Readonly<Record<string, string>> }
