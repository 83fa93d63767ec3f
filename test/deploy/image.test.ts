/** deploy/Dockerfile: held to the repository, since no machine of ours has built it yet. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { closedPort, httpServer } from '../activities/eight-by-eight/stand-ins.ts'
import { importsOf, parse } from '../house/imports.ts'
import { root } from '../house/repository.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Instructions, continued lines joined, comments left out. */
const instructions = read('deploy/Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '')

const { dependencies, devDependencies } = JSON.parse(read('package.json')) as {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** What the final stage takes out of the repository. */
const finalStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')))
const copied = finalStage
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
  .flatMap((line) => line.split(/\s+/).slice(1, -1))
const isCopied = (path: string) => copied.some((place) => path === place || path.startsWith(`${place}/`))

const healthCheck = z
  .array(z.string())
  .parse(
    JSON.parse(finalStage.find((line) => line.startsWith('HEALTHCHECK'))?.replace(/^.*? CMD /, '') ?? ''),
  )

test('its Node is the one that the tests run on', () => {
  expect(instructions[0]).toBe(`ARG NODE=${devDependencies.node}-bookworm-slim`)
  const stages = instructions.filter((line) => line.startsWith('FROM '))
  expect(stages).toEqual(['FROM node:${NODE} AS packages', 'FROM node:${NODE}'])
})

test('what it copies is there, and is all that .dockerignore lets through', () => {
  for (const path of copied) expect(existsSync(join(root, path))).toBe(true)
  const [first, ...rest] = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  expect(first).toBe('*')
  const allowed = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  expect(allowed.toSorted()).toEqual(copied.toSorted())
})

describe('has all that is imported by', () => {
  const commands = ['api/server.ts', 'worker.ts', 'workflows/index.ts', 'bin/codec-server.ts']
  const operators = [
    'app-key',
    'block',
    'bundle-workflows',
    'check-setup',
    'login',
    'number',
    'replay',
    'signing-key',
    'sweep',
    'webhooks',
  ]
  test.each([...commands, ...operators.map((name) => `bin/${name}.ts`)])('%s', (entry) => {
    const { files, packages } = reachedFrom(entry)
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter((path) => !isCopied(path))).toEqual([])
    // The development server alone needs what is not shipped, and no command here starts one.
    expect(packages.filter((name) => !(name in dependencies))).toEqual([])
  })
})

test('it is no root, and SIGTERM reaches node: every command is a list, without a shell', () => {
  expect(finalStage).toContain('USER 1000:1000')
  expect(finalStage.at(-1)).toBe('CMD ["node", "api/server.ts"]')
  expect(healthCheck.slice(0, 2)).toEqual(['node', '-e'])
  expect(finalStage.some((line) => /^(ENTRYPOINT|SHELL)\b/.test(line))).toBe(false)
})

test.each([
  [200, 0],
  [503, 1],
])('its health check of an API that answers /healthz with %i ends with %i', async (status, exit) => {
  const server = await httpServer((response, { url }) => {
    response.statusCode = url === '/healthz' ? status : 404
    response.end()
  })
  expect(await healthCheckAt(new URL(server.baseUrl).port)).toBe(exit)
})

test('its health check of an API that is not there ends with 1', async () => {
  expect(await healthCheckAt(String(await closedPort()))).toBe(1)
})

test('it has its workflow code bundled, and its worker finds it', () => {
  expect(finalStage).toContain('RUN node bin/bundle-workflows.ts /app/workflows.js')
  expect(finalStage).toContain('ENV WORKFLOW_BUNDLE=/app/workflows.js')
})

test('nothing else but NODE_ENV is set in it, and no argument can be a secret', () => {
  const set = instructions.filter((line) => line.startsWith('ENV '))
  expect(set).toEqual(['ENV NODE_ENV=production', 'ENV WORKFLOW_BUNDLE=/app/workflows.js'])
  expect(instructions.filter((line) => line.startsWith('ARG '))).toHaveLength(1)
})

function healthCheckAt(port: string): Promise<number | null> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, healthCheck.slice(1), { env: { PORT: port } }, () => {
      resolve(child.exitCode)
    })
  })
}

/** Files and packages that are loaded, not those that are only types. */
function reachedFrom(entry: string) {
  const files = new Set<string>()
  const packages = new Set<string>()
  const follow = (path: string): void => {
    if (files.has(path)) return
    files.add(path)
    for (const { specifier, isType } of importsOf(parse(path, read(path)))) {
      if (specifier === undefined || isType || specifier.startsWith('node:')) continue
      if (specifier.startsWith('.')) follow(posix.join(posix.dirname(path), specifier))
      else packages.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
    }
  }
  follow(entry)
  return { files: [...files], packages: [...packages] }
}
